//! Archives, right ones and such as were made to do harm.

use ::tar::EntryType;

use std::ops::Deref;

use super::*;

/// A hand-in, and its class, which it is read from.
struct Only(HandIn, #[expect(dead_code, reason = "keeps the directory")] Class);

impl Deref for Only {
    type Target = HandIn;

    fn deref(&self) -> &HandIn {
        &self.0
    }
}

/// The hand-in that is an archive with this name and these bytes.
fn hand_in(name: &str, bytes: impl AsRef<[u8]>) -> Only {
    let class = Class::new();
    class.write(name, bytes);
    let hand_in = class.only();
    assert_eq!(unpacked(&hand_in).len(), hand_in.files.len());
    Only(hand_in, class)
}

fn regular<'a>(name: &'a str, bytes: &'a [u8]) -> (EntryType, &'a str, &'a [u8]) {
    (EntryType::Regular, name, bytes)
}

#[test]
fn each_kind_of_archive_is_unpacked_whatever_its_name_says() {
    let entries: &[(&str, &[u8])] =
        &[("work/", b""), ("work/buffered_client.py", b"one"), ("work/data/x", b"two")];
    let tarred = tar(&[regular("work/buffered_client.py", b"one"), regular("./work/data/x", b"two")]);
    for (name, bytes) in [
        ("a.zip", zip(entries)),
        ("a.tar", tarred.clone()),
        ("a.tar.gz", gzip(&tarred)),
        ("a.TGZ", gzip(&tarred)),
        ("a.zip", gzip(&tarred)),
        ("a.tgz", zip(entries)),
    ] {
        let class = Class::new();
        class.write(name, bytes);
        let only = class.only();
        assert_eq!((&*only.id, only.layout), ("a", Layout::Archives), "{name}");
        let files = [(CLIENT.to_owned(), b"one".to_vec()), ("data/x".to_owned(), b"two".to_vec())];
        assert_eq!(unpacked(&only), files, "{name}");
        assert_eq!(only.remarks, [""; 0]);
    }
}

#[test]
fn a_whole_download_is_taken_from_its_archive() {
    let student = zip(&[("buffered_client.py", b"zipped")]);
    let entries: &[(&str, &[u8])] = &[
        ("hw/alice/buffered_client.py", b"a"),
        ("hw/bob/bob.zip", &student),
        ("hw/bob/notes.txt", b""),
        ("hw/kim.tar.gz", &gzip(&tar(&[regular("x/buffered_server.py", b"k")]))),
        ("hw/alice/.git/HEAD", b""),
        ("hw/alice/env/pyvenv.cfg", b""),
        ("hw/alice/env/lib/x.py", b""),
    ];
    let tarred: Vec<_> = entries.iter().map(|(name, bytes)| regular(name, bytes)).collect();
    for (name, bytes) in [("all.zip", zip(entries)), ("all.tar.gz", gzip(&tar(&tarred)))] {
        let class = Class::new();
        class.write(name, bytes);
        let intake = take_in(&class.path().join(name), &Names::default(), None).unwrap();
        assert_eq!(
            told(&intake),
            [
                "alice: -: hw/alice: buffered_client.py",
                "bob: -: hw/bob: bob/buffered_client.py notes.txt",
                "kim: -: hw/kim.tar.gz: buffered_server.py",
            ],
            "{name}"
        );
        assert_eq!(unpacked(&intake.hand_ins[1])[0].1, b"zipped");
        assert_eq!(intake.hand_ins[1].file(Side::Client), Some(Path::new("bob/buffered_client.py")));
        assert_eq!(unpacked(&intake.hand_ins[2])[0].1, b"k");
    }
}

#[test]
fn an_archive_in_an_archive_is_unpacked_and_not_without_end() {
    let mut nested = zip(&[(CLIENT, b"deep")]);
    for _ in 0..2 {
        nested = zip(&[("in.zip", &nested)]);
    }
    let hand_in_of = |bytes: &[u8]| hand_in("a.zip", bytes);
    assert_eq!(file_names(&hand_in_of(&zip(&[("hw.zip", &zip(&[(CLIENT, b"")]))]))), [CLIENT]);
    let deep = hand_in_of(&nested);
    assert!(deep.remarks[0].contains("an archive beside, or inside, too many others"), "{:?}", deep.remarks);
    let many: Vec<_> = (0..20).map(|number| format!("{number}.zip")).collect();
    let inner = zip(&[("x.py", b"")]);
    let entries: Vec<_> = many.iter().map(|name| (name.as_str(), inner.as_slice())).collect();
    assert!(hand_in_of(&zip(&entries)).remarks[0].starts_with("Left out: "));
}

#[test]
fn nothing_of_an_archive_lies_outside_of_it() {
    let hostile: &[&str] =
        &["../up.py", "a/../../up.py", "/etc/passwd", "C:/x.py", "C:\\x.py", "..\\up.py", "a/b/../../../x"];
    let long = format!("{}.py", "x".repeat(300));
    let deep = format!("{}x.py", "d/".repeat(40));
    let mut entries: Vec<(&str, &[u8])> = hostile.iter().map(|name| (*name, &b"hostile"[..])).collect();
    entries.extend([(CLIENT, &b"own"[..]), (&long, b""), (&deep, b"")]);
    let zipped = hand_in("a.zip", zip(&entries));
    assert_eq!(file_names(&zipped), [CLIENT]);
    assert_eq!(
        zipped.remarks,
        [
            "Left out: a.zip/../up.py, a.zip/a/../../up.py, a.zip//etc/passwd and 4 others (outside the hand-in).",
            &format!("Left out: a.zip/{long} (a name that no file can have)."),
            &format!("Left out: a.zip/{deep} (more than 32 folders deep)."),
        ]
    );
    let entries: Vec<_> =
        ["../up.py", "a/../../up.py", "/etc/passwd", CLIENT].map(|name| regular(name, b"x")).into();
    let tarred = hand_in("a.tar", tar(&entries));
    assert_eq!(file_names(&tarred), [CLIENT]);
    assert_eq!(
        tarred.remarks,
        ["Left out: a.tar/../up.py, a.tar/a/../../up.py and a.tar//etc/passwd (outside the hand-in)."]
    );
}

#[test]
fn a_link_is_the_file_that_it_leads_to_or_nothing() {
    let only = hand_in(
        "a.tar",
        tar(&[
            regular("src/real.py", b"real"),
            (EntryType::Symlink, CLIENT, b"src/real.py"),
            (EntryType::Link, "src/deep/buffered_server.py", b"src/real.py"),
            (EntryType::Symlink, "stolen", b"../../secret"),
            (EntryType::Symlink, "passwd", b"/etc/passwd"),
            (EntryType::Link, "hard", b"../secret"),
            (EntryType::Symlink, "loop", b"loop"),
            (EntryType::Symlink, "folder", b"src"),
            // What comes through a link would be written where it leads to.
            (EntryType::Symlink, "out", b"/tmp"),
            regular("out/file", b"through"),
            (EntryType::Char, "device", b""),
            (EntryType::Fifo, "fifo", b""),
        ]),
    );
    assert_eq!(file_names(&only), [CLIENT, "src/deep/buffered_server.py", "src/real.py"]);
    let told = only.remarks.join("\n");
    for expected in [
        "Left out: a.tar/hard, out, passwd and 1 other (outside the hand-in).",
        "Left out: folder and loop (a link to what is no file).",
        "Left out: a.tar/device and a.tar/fifo (neither a file nor a folder).",
        "Left out: a.tar/out/file (a name that is taken, whatever its case).",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    let class = Class::of(&["secret", "alice/real.py"]);
    std::os::unix::fs::symlink("real.py", class.path().join("alice/buffered_client.py")).unwrap();
    std::os::unix::fs::symlink("../secret", class.path().join("alice/stolen.py")).unwrap();
    let alice = &class.take_in().hand_ins[0];
    assert_eq!(unpacked(alice).iter().map(|(name, _)| &**name).collect::<Vec<_>>(), [CLIENT, "real.py"]);
    assert_eq!(alice.remarks, ["Left out: stolen.py (outside the hand-in)."]);
}

#[test]
fn of_names_that_one_file_system_takes_for_one_the_first_is_taken() {
    let only = hand_in(
        "a.zip",
        zip(&[
            (CLIENT, b"first"),
            ("Buffered_Client.py", b"second"),
            ("X/a.py", b""),
            ("x/b.py", b""),
            ("X", b"file"),
        ]),
    );
    assert_eq!(file_names(&only), ["X/a.py", CLIENT]);
    assert_eq!(unpacked(&only)[1].1, b"first");
    assert!(
        only.remarks[0].starts_with("Left out: a.zip/Buffered_Client.py, a.zip/x/b.py and a.zip/X ("),
        "{:?}",
        only.remarks
    );
}

#[test]
fn of_files_of_one_name_the_last_is_taken_and_the_others_are_told() {
    let again = hand_in("a.tar", tar(&[regular(CLIENT, b"old"), regular(CLIENT, b"new")]));
    assert_eq!(unpacked(&again)[0].1, b"new");
    assert_eq!(
        again.remarks,
        [format!("Left out: a.tar/{CLIENT} (in the archive again, further on).").as_str()]
    );
    // The writer refuses a name that it has written.
    let mut zipped = zip(&[("replaced_client.py", b"old"), (CLIENT, b"new")]);
    let other = b"replaced_client.py";
    for place in 0..=zipped.len() - other.len() {
        if zipped[place..].starts_with(other) {
            zipped[place..place + other.len()].copy_from_slice(CLIENT.as_bytes());
        }
    }
    let again = hand_in("a.zip", zipped);
    assert_eq!(unpacked(&again)[0].1, b"new");
    assert_eq!(again.remarks, ["Left out: a.zip/one or more files (in the archive again, further on)."]);
}

#[test]
fn a_bomb_costs_no_more_than_a_hand_in() {
    let zeros = vec![0; 20 << 20];
    let only = hand_in("a.zip", zip(&[(CLIENT, b"small"), ("bomb", &zeros)]));
    assert_eq!(file_names(&only), [CLIENT]);
    assert_eq!(only.remarks, ["Left out: bomb (more than 16 MiB in all)."]);
    // One that says that it is small.
    let mut liar = zip(&[(CLIENT, b"small"), ("bomb", &zeros)]);
    let len = u32::try_from(zeros.len()).unwrap().to_le_bytes();
    let said: Vec<_> =
        liar.windows(4).enumerate().filter(|(_, four)| *four == len).map(|(place, _)| place).collect();
    assert!(!said.is_empty());
    for place in said {
        liar[place..place + 4].copy_from_slice(&7_u32.to_le_bytes());
    }
    let only = hand_in("a.zip", liar);
    assert_eq!(only.remarks, ["Left out: bomb (not readable)."]);
    let many: Vec<_> = (0..60_000).map(|number| format!("{number}")).collect();
    let entries: Vec<_> = many.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let only = hand_in("a.zip", zip(&entries));
    assert!(only.remarks[0].contains("it has more than 50,000 entries"), "{:?}", only.remarks);
    let name = tar(&[(EntryType::GNULongName, "././@LongLink", &vec![b'x'; 1 << 20]), regular("x", b"")]);
    assert!(hand_in("a.tar", name).remarks[0].contains("the name of an entry is too long"));
}

#[test]
fn what_is_protected_or_broken_is_said_of_that_hand_in_alone() {
    let mut protected = zip(&[("secret.py", b"x"), (CLIENT, b"own")]);
    // The first bit of the flags, in the directory at the end, says that a password is needed.
    let entry = protected.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    protected[entry + 8] |= 1;
    let class = Class::new();
    class.write("ada.zip", protected);
    class.write("bob.zip", &zip(&[(CLIENT, b"cut off")])[..40]);
    class.write("eve.tar", "no archive");
    class.write("kim.zip", zip(&[(CLIENT, b"right")]));
    class.write("zoe/work.zip", "no archive");
    let intake = class.take_in();
    let remarks: Vec<_> =
        intake.hand_ins.iter().map(|one| (&*one.id, one.files.len(), one.remarks.join(" "))).collect();
    assert_eq!(remarks[0], ("ada", 1, "Left out: ada.zip/secret.py (protected by a password).".into()));
    assert_eq!((remarks[1].0, remarks[1].1), ("bob", 0));
    assert!(
        remarks[1].2.starts_with("Left out: bob.zip (an archive that cannot be unpacked: "),
        "{remarks:?}"
    );
    assert!(remarks[1].2.ends_with("There is no file in it."), "{remarks:?}");
    assert!(
        remarks[2].2.contains("it is neither a ZIP nor a tar archive, whatever its name says"),
        "{remarks:?}"
    );
    assert_eq!(remarks[3], ("kim", 1, String::new()));
    assert_eq!(remarks[4].1, 0);
}

#[test]
fn a_broken_file_in_an_archive_costs_only_itself() {
    let mut bytes = zip(&[("a.txt", &[7; 1000]), (CLIENT, b"own")]);
    let start = bytes.windows(5).position(|five| five == b"a.txt").unwrap() + 5;
    bytes[start..start + 4].copy_from_slice(&[0xFF; 4]);
    let only = hand_in("a.zip", bytes);
    assert_eq!(file_names(&only), [CLIENT]);
    assert_eq!(only.remarks, ["Left out: a.txt (not readable)."]);
}

#[test]
fn names_in_other_alphabets_are_kept() {
    let only = hand_in("a.zip", zip(&[("Zoë/buffered_client.py", b""), ("日本.txt", b"")]));
    assert_eq!(file_names(&only), ["Zoë/buffered_client.py", "日本.txt"]);
    let mut latin = zip(&[("na_me.py", b""), (CLIENT, b"")]);
    for place in 0..latin.len() - 8 {
        if &latin[place..place + 8] == b"na_me.py" {
            latin[place + 2] = 0x81;
        }
    }
    assert_eq!(file_names(&hand_in("a.zip", latin)), [CLIENT, "naüme.py"]);
    let windows = hand_in("a.zip", zip(&[("work\\buffered_client.py", b""), ("work\\x.txt", b"")]));
    assert_eq!(file_names(&windows), [CLIENT, "x.txt"]);
}

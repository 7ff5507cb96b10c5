//! Any directory, and any bytes for an archive.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use ::tar::EntryType;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Parts of names that mean something to somebody.
fn name() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        CLIENT,
        SERVER,
        "..",
        ".",
        "a",
        "A",
        "",
        "submission_1",
        "submission_metadata.yml",
        "x_1_2_a-1.py",
        "hw-submissions",
        ".git",
        "N_1_assignsubmission_file_",
        "N_1_assignsubmission_file_x.py",
        "__MACOSX",
        "a.zip",
        "a.tar.gz",
        "class.json",
        "pyvenv.cfg",
    ]);
    prop_oneof![4 => known.prop_map(|name| name.as_bytes().to_vec()), 1 => vec(any::<u8>(), 0..12)]
}

fn path() -> impl Strategy<Value = Vec<u8>> {
    vec(name(), 1..4).prop_map(|names| names.join(&b'/'))
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"submission_1:\n  :submitters:\n  - :name: x\n".to_vec()),
        vec(any::<u8>(), 0..40),
        archive(0)
    ]
}

fn kind() -> impl Strategy<Value = EntryType> {
    prop::sample::select(vec![
        EntryType::Regular,
        EntryType::Directory,
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Fifo,
    ])
}

/// An archive, of which a few bytes may be others than they should be.
fn archive(deep: u32) -> BoxedStrategy<Vec<u8>> {
    let inner = if deep == 0 { vec(any::<u8>(), 0..20).boxed() } else { archive(deep - 1) };
    let entries = vec((kind(), path(), inner), 0..6);
    let damage = vec((any::<prop::sample::Index>(), any::<u8>()), 0..3);
    let whole = (entries, 0..3).prop_map(|(entries, form)| {
        let entries: Vec<_> = entries
            .into_iter()
            .map(|(kind, name, bytes)| (kind, String::from_utf8_lossy(&name).into_owned(), bytes))
            .collect();
        let tarred: Vec<_> = entries
            .iter()
            .filter(|(kind, name, bytes)| {
                name.len() < 100 && (bytes.len() < 100 || !kind.is_symlink() && !kind.is_hard_link())
            })
            .map(|(kind, name, bytes)| (*kind, name.as_str(), bytes.as_slice()))
            .collect();
        let mut names = HashSet::new();
        let zipped: Vec<_> = entries
            .iter()
            .filter(|(_, name, _)| names.insert(name.trim_end_matches('/')))
            .map(|(_, name, bytes)| (name.trim_end_matches('/'), bytes.as_slice()))
            .collect();
        match form {
            0 => zip(&zipped),
            1 => tar(&tarred),
            _ => gzip(&tar(&tarred)),
        }
    });
    (whole, damage)
        .prop_map(|(mut bytes, damage)| {
            for (place, byte) in damage {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            bytes
        })
        .boxed()
}

/// Holds for whatever was taken in.
fn check(intake: &Intake) {
    let ids: HashSet<_> = intake.hand_ins.iter().map(|hand_in| hand_in.id.to_lowercase()).collect();
    assert_eq!(ids.len(), intake.hand_ins.len());
    for hand_in in &intake.hand_ins {
        let files = unpacked(hand_in);
        assert_eq!(files.len(), hand_in.files.len());
        assert_eq!(hand_in.digest().unwrap(), hand_in.digest().unwrap());
    }
    assert!(intake.rows().len() >= intake.hand_ins.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_directory_is_taken_in(files in vec((path(), content()), 0..8)) {
        let class = Class::new();
        for (path, bytes) in files {
            // What a file system takes, and lies inside.
            let Ok(path) = tree::inside(&OsString::from_vec(path)) else { continue };
            let path = class.path().join(path);
            if fs::create_dir_all(path.parent().unwrap()).is_ok() {
                fs::write(path, bytes).ok();
            }
        }
        let before = walkdir::WalkDir::new(class.path()).into_iter().count();
        check(&class.take_in());
        prop_assert_eq!(walkdir::WalkDir::new(class.path()).into_iter().count(), before);
    }

    #[test]
    fn any_archive_is_taken_in_or_refused(bytes in archive(1)) {
        let class = Class::new();
        class.write("a.zip", bytes);
        check(&class.take_in());
        if let Ok(intake) = take_in(&class.path().join("a.zip"), &Names::default(), None) {
            check(&intake);
        }
    }
}

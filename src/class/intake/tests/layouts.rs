//! Each layout, and what each takes for none.

use super::*;

#[test]
fn a_folder_each_is_taken_with_its_files_wherever_they_are() {
    let class = Class::of(&[
        "alice/buffered_client.py",
        "alice/buffered_server.py",
        "alice/.git/HEAD",
        "alice/__pycache__/x.pyc",
        "alice/.DS_Store",
        "alice/venv/pyvenv.cfg",
        "alice/venv/lib/site.py",
        "bob's work/src/deep/buffered_client.py",
        "bob's work/src/deep/._buffered_client.py",
        "bob's work/__MACOSX/src/x",
        "Zoë Müller/client/buffered_client.py",
        "Zoë Müller/server/buffered_server.py",
        "Zoë Müller/notes.txt",
        "near/Buffered_Client.py",
        "slides/week 1.pdf",
        "readme.txt",
        "buffered_client.py",
        "eve.rar",
    ]);
    fs::create_dir(class.path().join("empty")).unwrap();
    std::os::unix::fs::symlink("alice", class.path().join("mallory")).unwrap();
    let intake = class.take_in();
    assert_eq!(intake.layout, Layout::Folders);
    assert_eq!(
        told(&intake),
        [
            "Zoe_Muller: -: Zoë Müller: client/buffered_client.py notes.txt server/buffered_server.py",
            "alice: -: alice: buffered_client.py buffered_server.py",
            "bob_s_work: -: bob's work: buffered_client.py",
            "near: -: near: Buffered_Client.py",
        ]
    );
    let zoe = &intake.hand_ins[0];
    assert_eq!(zoe.file(Side::Server), Some(Path::new("server/buffered_server.py")));
    assert_eq!(zoe.file(Side::Client), Some(Path::new("client/buffered_client.py")));
    assert_eq!(intake.hand_ins[3].file(Side::Client), None);
    assert_eq!(
        unrecognized(&intake),
        [
            "buffered_client.py: It is a file by itself, and nothing says whose: put it into a folder with a name.",
            "empty: It is an empty folder, and nobody on a roster is called like this.",
            "eve.rar: It is an archive of a kind that the harness does not unpack: unpack it into a folder.",
            "mallory: It is a link, which may lead to somebody else's files.",
            "readme.txt: It is neither a folder nor an archive, and no platform calls a hand-in like this.",
            "slides: It is a folder without a file in Python and without an archive.",
        ]
    );
}

#[test]
fn what_canvas_gives_is_put_together_by_user() {
    let class = Class::of(&[
        "doejane_1234_501_buffered_client-2.py",
        "doejane_1234_502_buffered_client.py",
        "doejane_1234_503_buffered_server-1.py",
        "doejane_1234_504_data-1.txt",
        "doejane_77_505_buffered_client.py",
        "müllerzoë_LATE_88_506_buffered_server.py",
        "müllerzoë_LATE_88_507_notes on 1_2.txt",
        "anon_Ab1_508_buffered_client.py",
        "leekim_99_text.html",
        "leekim_98_link.html",
    ]);
    class.write(
        "oneil_55_509_work-1.zip",
        zip(&[("work/buffered_client.py", b"zipped"), ("__MACOSX/x", b"")]),
    );
    let intake = class.take_in();
    assert_eq!(intake.layout, Layout::Canvas);
    assert_eq!(
        told(&intake),
        [
            "1234: doejane: doejane_1234_*: buffered_client.py buffered_server.py data-1.txt: Left out: buffered_client.py \
             (handed in again later).",
            "55: oneil: oneil_55_509_work-1.zip: buffered_client.py",
            "77: doejane: doejane_77_505_buffered_client.py: buffered_client.py",
            "88: müllerzoë late: müllerzoë_LATE_88_*: buffered_server.py notes on 1_2.txt",
            "Ab1: -: anon_Ab1_508_buffered_client.py: buffered_client.py",
        ]
    );
    assert_eq!(unpacked(&intake.hand_ins[0])[0].1, b"doejane_1234_501_buffered_client-2.py");
    assert_eq!(unpacked(&intake.hand_ins[1]), [(CLIENT.to_owned(), b"zipped".to_vec())]);
    assert_eq!(intake.hand_ins[0].details[detail::CANVAS_ID], "1234");
    assert_eq!(
        unrecognized(&intake),
        [
            "leekim_98_link.html: It is an address that was typed into Canvas, and no file.",
            "leekim_99_text.html: It is a text that was typed into Canvas, and no file.",
        ]
    );
}

#[test]
fn what_moodle_gives_is_taken_in_folders_and_in_files() {
    let class = Class::of(&[
        "Zoë Müller_101_assignsubmission_file_/buffered_client.py",
        "Zoë Müller_101_assignsubmission_onlinetext_/onlinetext.html",
        "Zoë Müller_102_assignsubmission_file/src/buffered_server.py",
        "Ada \"A\" O'Neil_103_assignsubmission_file_buffered_client.py",
        "Ada \"A\" O'Neil_103_assignsubmission_file_buffered_server.py",
        "Kim_104_assignsubmission_onlinetext_onlinetext.html",
        "Default group_assignsubmission_file_/report.pdf",
    ]);
    class.write("Lee_105_assignsubmission_file_/hand in.zip", zip(&[("a/b/buffered_client.py", b"zipped")]));
    let intake = class.take_in();
    assert_eq!(intake.layout, Layout::Moodle);
    assert_eq!(
        told(&intake),
        [
            "101: Zoë Müller: Zoë Müller_101_assignsubmission_file_: buffered_client.py",
            "102: Zoë Müller: Zoë Müller_102_assignsubmission_file: buffered_server.py",
            "103: Ada \"A\" O'Neil: Ada \"A\" O'Neil_103_assignsubmission_file_*: buffered_client.py buffered_server.py",
            "105: Lee: Lee_105_assignsubmission_file_: buffered_client.py",
            "Default_group: Default group: Default group_assignsubmission_file_: report.pdf",
        ]
    );
    assert_eq!(intake.hand_ins[0].details[detail::PARTICIPANT], "101");
    assert_eq!(
        unrecognized(&intake),
        [
            "Kim_104_assignsubmission_onlinetext_onlinetext.html: It is a text that was typed into Moodle, and no file.",
            "Zoë Müller_101_assignsubmission_onlinetext_: It is a text that was typed into Moodle, and no file.",
        ]
    );
}

#[test]
fn where_moodle_hides_the_names_nobody_is_called_participant() {
    let class = Class::of(&[
        "Teilnehmerin_1_assignsubmission_file_/buffered_client.py",
        "Teilnehmerin_2_assignsubmission_file_/buffered_client.py",
    ]);
    assert_eq!(class.take_in().hand_ins.iter().filter_map(|hand_in| hand_in.name.clone()).count(), 0);
}

#[test]
fn what_gradescope_gives_is_named_by_its_metadata() {
    let class = Class::of(&[
        "assignment_9_export/submission_1/buffered_client.py",
        "assignment_9_export/submission_2/hw/buffered_server.py",
        "assignment_9_export/submission_3/report.pdf",
        "assignment_9_export/.DS_Store",
        "__MACOSX/assignment_9_export/x",
        "notes.txt",
    ]);
    class.write(
        "assignment_9_export/submission_metadata.yml",
        "submission_1:\n  :submitters:\n  - :name: \"Zoë \\\"Z\\\" O'Neil\"\n    :sid: '07'\n    :email: z@example.org\n  - :name: Kim Lee\n    \
         :sid: '08'\n    :email: k@example.org\n  :created_at: 2024-09-01 10:00:00.5 Z\n  :score: 3.0\nsubmission_2:\n  :submitters:\n  \
         - :name: Kim Lee\n    :sid: '09'\nsubmission_4:\n  :submitters:\n  - :name: Gone\n",
    );
    let intake = class.take_in();
    assert_eq!(intake.layout, Layout::Gradescope);
    assert_eq!(
        told(&intake),
        [
            "submission_1: Zoë \"Z\" O'Neil and Kim Lee: assignment_9_export/submission_1: buffered_client.py",
            "submission_2: Kim Lee: assignment_9_export/submission_2: buffered_server.py",
            "submission_3: -: assignment_9_export/submission_3: report.pdf: submission_metadata.yml does not say whose it is.",
        ]
    );
    let details: Vec<_> =
        intake.hand_ins[0].details.iter().map(|(kind, value)| format!("{kind} {value}")).collect();
    assert_eq!(
        details,
        [
            "email z@example.org, k@example.org",
            "id number 07, 08",
            "submission id 1",
            "submitted at 2024-09-01 10:00:00.5 Z"
        ]
    );
    assert_eq!(
        unrecognized(&intake),
        [
            "assignment_9_export/submission_4: It is named in submission_metadata.yml, and is not there.",
            "notes.txt: It lies beside the folder of the class.",
        ]
    );
}

#[test]
fn a_gradescope_export_without_usable_metadata_is_taken_without_names() {
    let class = Class::of(&["submission_1/buffered_client.py"]);
    class.write("submission_metadata.yml", b"submission_1: [");
    let intake = class.take_in();
    assert_eq!(intake.hand_ins[0].remarks, ["submission_metadata.yml does not say whose it is."]);
    assert!(unrecognized(&intake)[0].starts_with("submission_metadata.yml: It cannot be read"), "{intake:?}");
}

#[test]
fn repositories_of_github_classroom_are_called_after_their_users() {
    let cloned = Class::of(&[
        "hw-1-submissions/hw-1-ada-l/buffered_client.py",
        "hw-1-submissions/hw-1-ada-l/.git/HEAD",
        "hw-1-submissions/hw-1-Zoe/src/buffered_client.py",
        "hw-1-submissions/other/buffered_client.py",
    ]);
    let intake = cloned.take_in();
    assert_eq!(intake.layout, Layout::Mixed);
    assert_eq!(
        told(&intake),
        [
            "Zoe: -: hw-1-submissions/hw-1-Zoe: buffered_client.py",
            "ada-l: -: hw-1-submissions/hw-1-ada-l: buffered_client.py",
            "other: -: hw-1-submissions/other: buffered_client.py",
        ]
    );
    assert_eq!(intake.hand_ins[1].details[detail::GITHUB], "ada-l");
    let elsewhere = Class::of(&[
        "hw-1-ada/buffered_client.py",
        "hw-1-ada/.git/HEAD",
        "hw-1-zoe/buffered_client.py",
        "hw-1-zoe/.git/HEAD",
    ]);
    let intake = elsewhere.take_in();
    assert_eq!(intake.layout, Layout::GitHubClassroom);
    assert_eq!(intake.hand_ins.iter().map(|hand_in| &*hand_in.id).collect::<Vec<_>>(), ["ada", "zoe"]);
    let several =
        Class::of(&["a-submissions/a-x/buffered_client.py", "b-submissions/b-x/buffered_client.py"]);
    let intake = several.take_in();
    assert_eq!(intake.hand_ins.len(), 0);
    assert!(unrecognized(&intake)[0].contains("name this folder instead"), "{intake:?}");
}

#[test]
fn several_layouts_side_by_side_are_each_what_they_are() {
    let class = Class::of(&[
        "alice/buffered_client.py",
        "doejane_1_2_buffered_client.py",
        "Kim_3_assignsubmission_file_/buffered_client.py",
        "submission_4/buffered_client.py",
    ]);
    class.write("bob.zip", zip(&[(CLIENT, b"")]));
    let intake = class.take_in();
    assert_eq!(intake.layout, Layout::Mixed);
    let layouts: Vec<_> = intake.hand_ins.iter().map(|hand_in| (&*hand_in.id, hand_in.layout)).collect();
    assert_eq!(
        layouts,
        [
            ("1", Layout::Canvas),
            ("3", Layout::Moodle),
            ("alice", Layout::Folders),
            ("bob", Layout::Archives),
            ("submission_4", Layout::Gradescope),
        ]
    );
    assert_eq!(unrecognized(&intake), [""; 0]);
}

#[test]
fn the_results_of_a_class_are_no_hand_in() {
    let class = Class::of(&["alice/buffered_client.py", "results/class.json", "results/alice/x.py"]);
    assert_eq!(unrecognized(&class.take_in()), ["results: It has the results of a class (class.json)."]);
}

#[test]
fn one_student_with_two_folders_is_not_two_students() {
    let class = Class::of(&["alice/client/buffered_client.py", "alice/server/buffered_server.py"]);
    assert_eq!(class.only().id, "alice");
    let wrapped = Class::of(&["download/alice/buffered_client.py", "download/bob/buffered_client.py"]);
    assert_eq!(wrapped.take_in().hand_ins.len(), 2);
}

#[test]
fn of_two_files_that_are_as_near_one_is_graded_and_that_is_said() {
    let class = Class::of(&[
        "alice/a/buffered_client.py",
        "bob/x.py",
        "alice/b/buffered_client.py",
        "alice/b/buffered_server.py",
    ]);
    let intake = class.take_in();
    let alice = &intake.hand_ins[0];
    assert_eq!(alice.file(Side::Client), Some(Path::new("a/buffered_client.py")));
    assert_eq!(alice.remarks, ["buffered_client.py lies in a and b: the one in a is graded."]);
}

#[test]
fn hand_ins_that_are_equal_byte_by_byte_have_one_digest() {
    let class = Class::new();
    for path in ["alice/buffered_client.py", "bob/hw/buffered_client.py", "eve/other.py"] {
        class.write(path, "same");
    }
    class.write("zoe.zip", zip(&[("work/buffered_client.py", b"same")]));
    class.write("kim/buffered_client.py", "other");
    let intake = class.take_in();
    let digests: Vec<_> =
        intake.hand_ins.iter().map(|hand_in| hand_in.digest().unwrap().to_string()).collect();
    let same: Vec<_> = intake.hand_ins.iter().zip(&digests).filter(|(_, one)| **one == digests[0]).collect();
    assert_eq!(same.iter().map(|(hand_in, _)| &*hand_in.id).collect::<Vec<_>>(), ["alice", "bob", "zoe"]);
    assert_eq!(digests[0].len(), 64);
}

#[test]
fn what_is_too_much_is_left_out_and_said() {
    use crate::target::hand_in_folder::TOTAL_LEN_MAX;
    let class = Class::of(&["alice/buffered_client.py"]);
    let film = fs::File::create(class.path().join("alice/film.mp4")).unwrap();
    film.set_len(TOTAL_LEN_MAX).unwrap();
    assert_eq!(class.only().remarks, ["Left out: film.mp4 (more than 16 MiB in all)."]);
}

#[test]
fn nothing_at_all_and_nothing_there_are_told_apart() {
    let class = Class::new();
    assert_eq!(class.take_in().hand_ins.len(), 0);
    let error = |path: &Path| take_in(path, &Names::default(), None).unwrap_err().to_string();
    assert!(error(&class.path().join("gone")).contains("cannot be read: No such file"));
    class.write("notes.txt", "");
    assert!(error(&class.path().join("notes.txt")).contains("neither a folder nor an archive"));
    class.write("class.zip", "no archive");
    assert!(error(&class.path().join("class.zip")).contains("neither a ZIP nor a tar archive"));
}

#[test]
fn the_rows_have_everything() {
    let class = Class::of(&["alice/buffered_client.py", "doe_LATE_1_2_x.py", "odd\r.txt"]);
    let roster = class.path().join("roster.csv");
    fs::write(&roster, "id,name\nalice,Alice A.\nbob,Bob B.\n").unwrap();
    let roster = Roster::read(&roster).unwrap();
    let intake = take_in(class.path(), &Names::default(), Some(&roster)).unwrap();
    let rows = intake.rows();
    let told = |row: &IntakeRow| {
        let layout = row.layout.map_or("-".into(), |layout| layout.to_string());
        format!("{}|{layout}|{}|{}|{}", row.path, row.id, row.name, row.notes.join(" "))
    };
    assert_eq!(
        rows.iter().map(told).collect::<Vec<_>>(),
        [
            "doe_LATE_1_2_x.py|Canvas|1|doe|1 file: neither a server nor a client. It came late.",
            "alice|folders|alice|Alice A.|1 file: client.",
            "odd\\r.txt|-|||It is neither a folder nor an archive, and no platform calls a hand-in like this.",
            "roster.csv|-|||It is neither a folder nor an archive, and no platform calls a hand-in like this.",
            "|-|bob|Bob B.|On the roster, and has handed in nothing.",
        ]
    );
}

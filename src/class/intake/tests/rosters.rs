//! Hand-ins and the people on a roster.

use super::*;

fn take_in_with(class: &Class, table: &str) -> Intake {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("roster.csv");
    fs::write(&path, table).unwrap();
    let roster = Roster::read(&path).unwrap();
    take_in(class.path(), &Names::default(), Some(&roster)).unwrap()
}

fn missing(intake: &Intake) -> Vec<&str> {
    intake.missing.iter().map(|person| person.name.as_deref().unwrap_or("-")).collect()
}

#[test]
fn a_folder_is_somebodys_on_the_roster_and_who_has_none_is_missing() {
    let class =
        Class::of(&["zm1/buffered_client.py", "lee_kim/x.py", "stranger/x.py", "pdf only/report.pdf"]);
    let intake =
        take_in_with(&class, "id,name\nzm1,Zoë Müller\n7,Kim Lee\n8,\"O'Neil, Ada\"\npdf only,Pat\n");
    assert_eq!(
        told(&intake),
        [
            "lee_kim: Kim Lee: lee_kim: x.py",
            "pdf_only: Pat: pdf only: report.pdf",
            "stranger: -: stranger: x.py",
            "zm1: Zoë Müller: zm1: buffered_client.py",
        ]
    );
    assert_eq!(intake.hand_ins[0].details[detail::IDENTIFIER], "7");
    assert_eq!(missing(&intake), ["O'Neil, Ada"]);
    assert_eq!(unrecognized(&intake), [""; 0]);
}

#[test]
fn the_gradebook_of_canvas_names_its_users() {
    let class = Class::of(&["leekim_1_9_a.py", "leekim_2_9_a.py", "gone_3_9_a.py"]);
    let intake = take_in_with(
        &class,
        "Student,ID,SIS User ID,SIS Login ID,Section,Sockets\n    Points Possible,,,,,15\n\"Lee, Kim\",1,S1,kl1,A,\n\"Lee, Kim\",2,S2,kl2,B,\n\
         \"Test, Student\",4,,x,A,\n",
    );
    let sections: Vec<_> =
        intake.hand_ins.iter().map(|one| one.details.get(detail::SECTION).map(String::as_str)).collect();
    assert_eq!(sections, [Some("A"), Some("B"), None]);
    assert_eq!(told(&intake)[0], "1: Lee, Kim: leekim_1_9_a.py: a.py");
    assert_eq!(told(&intake)[2], "3: gone: gone_3_9_a.py: a.py");
    assert_eq!(missing(&intake), ["Test, Student"]);
}

#[test]
fn two_of_one_name_are_told_apart_by_a_number_or_not_at_all() {
    let class = Class::of(&[
        "Kim Lee_1_assignsubmission_file_/a.py",
        "Kim Lee_2_assignsubmission_file_/a.py",
        "Zoë_3_assignsubmission_file_/a.py",
    ]);
    let worksheet = take_in_with(
        &class,
        "Identifier,Full name,ID number\nParticipant 1,Kim Lee,S1\nParticipant 2,Kim Lee,S2\n",
    );
    let numbers: Vec<_> =
        worksheet.hand_ins.iter().map(|one| one.details.get(detail::ID_NUMBER).map(String::as_str)).collect();
    assert_eq!(numbers, [Some("S1"), Some("S2"), None]);
    let participants = take_in_with(
        &class,
        "First name;Last name;Email address\nKim;Lee;a@x\nKim;Lee;b@x\nZoë;Müller;z@x\n",
    );
    assert_eq!(
        participants.hand_ins[0].remarks,
        ["2 people on the roster may be Kim Lee: nothing says which."]
    );
    assert_eq!(participants.hand_ins[0].details.get(detail::EMAIL), None);
}

#[test]
fn the_roster_of_github_classroom_says_where_a_user_begins() {
    let class = Class::of(&["hw-1-ada-l/a.py", "hw-1-ada-z/a.py"]);
    let table = "\"identifier\",\"github_username\",\"github_id\",\"name\"\n\"ada\",\"ada-l\",\"1\",\"Ada L\"\n\"zoe\",\"Ada-Z\",\"2\",\"\"\n\"kim\",\"\",\"\",\"\"\n";
    let intake = take_in_with(&class, table);
    assert_eq!(intake.layout, Layout::GitHubClassroom);
    assert_eq!(told(&intake), ["ada-l: Ada L: hw-1-ada-l: a.py", "ada-z: -: hw-1-ada-z: a.py"]);
    assert_eq!(intake.hand_ins[1].details[detail::IDENTIFIER], "zoe");
    assert_eq!(intake.missing.len(), 1);
}

#[test]
fn everyone_of_a_group_has_handed_in() {
    let class = Class::of(&["submission_1/a.py"]);
    class.write(
        "submission_metadata.yml",
        "submission_1:\n  :submitters:\n  - :name: K. Lee\n    :sid: '1'\n  - :name: Zoë\n    :sid: '2'\n",
    );
    let intake =
        take_in_with(&class, "First Name,Last Name,SID,Email\nKim,Lee,1,k@x\nZoë,M,2,z@x\nAda,L,3,a@x\n");
    assert_eq!(told(&intake), ["submission_1: Kim Lee and Zoë M: submission_1: a.py"]);
    assert_eq!(intake.hand_ins[0].details[detail::EMAIL], "k@x, z@x");
    assert_eq!(missing(&intake), ["Ada L"]);
}

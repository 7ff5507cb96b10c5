//! A `/tmp` of a program's own: it is there to be used, and shows nothing of what others have in it.

use std::fs;
use std::path::Path;

use super::classroom::{Classroom, Grader, Kept};
use super::stage::Stage;
use super::support::fixtures::fixture;
use super::{INCOMPLETE, PASSED, SHORT};

/// A right server that does this before anything else.
fn server_that(does: &str) -> String {
    let server = fs::read_to_string(fixture("handins/right/natural").join("buffered_server.py")).unwrap();
    format!("import os, tempfile\n{does}\n{server}")
}

/// A name in `/tmp` that nothing else has.
fn unused(room: &Path) -> String {
    format!("/tmp/made-in-{}", room.file_name().unwrap().to_str().unwrap())
}

#[test]
fn a_hand_in_uses_a_tmp_of_its_own() {
    let does = r#"
made = "/tmp/made-in-" + os.path.basename("CLASSROOM")
for round in range(2):
    with open(made, "a") as file:
        file.write("x")
os.mkdir(made + ".d")
with tempfile.NamedTemporaryFile(dir="/tmp") as file:
    pass
assert open(made).read() == "xx"
# On the way to what it may use there is nothing else.
way = {"CLASSROOM".split("/")[2], os.environ["TMPDIR"].split("/")[2], os.path.basename(made), os.path.basename(made) + ".d"}
seen = set(os.listdir("/tmp"))
assert seen <= way, seen
assert os.listdir(os.environ["TMPDIR"])
"#;
    for grader in Grader::possible() {
        let room = Classroom::new(grader, &server_that(does));
        let graded = room.grade(Kept::InEveryWay, "s*");
        let text = graded.text();
        assert!(
            text.lines().any(|line| line.contains("contained by: ") && line.contains("namespaces")),
            "{text}"
        );
        assert_eq!(graded.output.status.code(), PASSED, "{grader:?}: {text}");
        assert!(!Path::new(&unused(room.path())).exists());
        room.assert_nothing_left();
    }
}

#[test]
fn without_namespaces_it_is_refused_and_told() {
    let does = r#"
open("/tmp/made-in-" + os.path.basename("CLASSROOM"), "a").close()
"#;
    for grader in Grader::possible() {
        let room = Classroom::new(grader, &server_that(does));
        let graded = room.grade(Kept::ByLandlock, "short");
        let text = graded.text().split_whitespace().collect::<Vec<_>>().join(" ");
        let says = format!("was not allowed to read or write {}", unused(room.path()));
        assert!(text.contains(&says) && text.contains("--no-sandbox"), "{text}");
        assert!(!text.contains("FAIL"), "{text}");
        assert!(!Path::new(&unused(room.path())).exists());
    }
}

/// What the harness hides is no mistake of the program's.
#[test]
fn a_file_in_tmp_that_a_server_does_not_see_is_told_and_can_be_allowed() {
    let settings = tempfile::Builder::new().prefix("settings-").tempfile_in("/tmp").unwrap();
    let path = settings.path().to_str().unwrap();
    let stage = Stage::with(&format!("open({path:?}).close()\nserve()"));
    for layers in [&[][..], &["--contain", "namespaces"]] {
        let text = stage.assert_grade(&[SHORT, layers].concat(), INCOMPLETE);
        let words = text.split_whitespace().collect::<String>();
        assert!(words.contains(&format!("notallowedtoreadorwrite{path}")), "{text}");
        assert!(!text.contains("FAIL"), "{text}");
        stage.assert_grade(&[SHORT, layers, &["--allow-read", path]].concat(), PASSED);
    }
}

/// Also where it is the harness's own working directory.
#[test]
fn what_a_program_may_read_in_tmp_is_not_written_to() {
    let stage = Stage::with(
        r#"
for path in ["made", "/tmp/made-in-" + os.path.basename(os.getcwd()), "program.py"]:
    try:
        open(path, "a").close()
        print("outcome: written")
    except OSError as error:
        print("outcome:", error.strerror)
sys.exit(1)
"#,
    );
    let text = stage.assert_grade(SHORT, INCOMPLETE);
    let outcomes: Vec<_> = text.lines().filter_map(|line| line.trim().strip_prefix("outcome: ")).collect();
    let refused = |at: usize| ["Read-only file system", "Permission denied"].contains(&outcomes[at]);
    assert!(outcomes.len() == 3 && refused(0) && outcomes[1] == "written" && refused(2), "{text}");
    assert!(!stage.path().join("made").exists() && !Path::new(&unused(stage.path())).exists());
}

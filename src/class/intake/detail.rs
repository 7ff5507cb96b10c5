//! What is known of a student or a hand-in besides the name: the keys of [`super::HandIn::details`].

/// The number of the user in Canvas: the column `ID` of its gradebook.
pub const CANVAS_ID: &str = "canvas id";
/// The number that the school has given: `SIS User ID` of Canvas, `ID number` of Moodle, `SID` of Gradescope.
pub const ID_NUMBER: &str = "id number";
/// The name by which a student logs in.
pub const LOGIN: &str = "login";
/// The address by which a student gets mail.
pub const EMAIL: &str = "email";
/// The number of the participant in the grading worksheet of Moodle.
pub const PARTICIPANT: &str = "participant";
/// The name of the user on GitHub.
pub const GITHUB: &str = "github";
/// What a course calls a student in a table of its own, or in the roster of GitHub Classroom.
pub const IDENTIFIER: &str = "identifier";
/// The section of the course.
pub const SECTION: &str = "section";
/// The number of the submission in Gradescope.
pub const SUBMISSION_ID: &str = "submission id";
/// When it was submitted, as the platform writes it.
pub const SUBMITTED_AT: &str = "submitted at";

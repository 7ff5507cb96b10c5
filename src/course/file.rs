//! From the text of a file to a course.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::rubric_table::RubricTable;
use super::tables::{Checker, NamesTable, RunTable, SizesTable, WireTable, WorkTable};
use super::{Course, CourseError};
use crate::bug;
use crate::diagnosis::SYMPTOMS;
use crate::scenario;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    wire: WireTable,
    work: WorkTable,
    sizes: SizesTable,
    run: RunTable,
    names: NamesTable,
    rubric: RubricTable,
    texts: BTreeMap<Spanned<String>, String>,
}

/// The course that a file with this text describes.
pub(super) fn read(text: &str) -> Result<Course, CourseError> {
    let file: File = toml::from_str(text).map_err(|error| CourseError::of_parser(text, &error))?;
    let checker = Checker { text };
    let mut course = Course::default();
    file.wire.put_into(&mut course.assignment, &checker)?;
    file.work.put_into(&mut course.assignment, &checker)?;
    file.sizes.put_into(&mut course.assignment, &checker)?;
    file.run.put_into(&mut course, &checker)?;
    file.names.put_into(&mut course.names, &checker)?;
    file.rubric.put_into(&mut course.rubric, &course.assignment, &checker)?;
    for (id, own) in file.texts {
        checker.known(&id, ids_with_texts())?;
        course.texts.insert(id.into_inner(), own);
    }
    Ok(course)
}

/// What a text can be about.
fn ids_with_texts() -> impl Iterator<Item = &'static str> {
    let scenarios = scenario::catalogue().map(|one| one.id);
    scenarios.chain(bug::catalogue().map(|bug| bug.id)).chain(SYMPTOMS.iter().map(|one| one.id))
}

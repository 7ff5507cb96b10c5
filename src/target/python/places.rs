//! Where the copies of a hand-in's folders are, and what the student calls what is in them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the folders of a hand-in are, and their copies.
#[derive(Debug, Clone, Default)]
pub(super) struct Places(Vec<Place>);

#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) original: PathBuf,
    pub(super) copy: PathBuf,
    /// What the copy is in.
    pub(super) above: PathBuf,
}

impl Places {
    pub(super) fn push(&mut self, place: Place) {
        self.0.push(place);
    }

    /// Where the copy of `original` is.
    pub(super) fn copy_of(&self, original: &Path) -> Option<PathBuf> {
        self.0.iter().find_map(|place| {
            let inside = original.strip_prefix(&place.original).ok()?;
            // Not `join` of nothing, which would end the path with a slash.
            Some(if inside.as_os_str().is_empty() { place.copy.clone() } else { place.copy.join(inside) })
        })
    }
}

/// Names the student's own files in a text, where it names their copies.
#[derive(Debug, Clone, Default)]
pub(super) struct OwnNames(Arc<[(String, String)]>);

impl From<&Places> for OwnNames {
    fn from(places: &Places) -> Self {
        let shown = |path: &Path| format!("{}/", path.to_string_lossy().trim_end_matches('/'));
        // What lies in the folder is known by its name alone. The name of the folder itself stays where it is told: it may not be
        // UTF-8, and each program writes that in its own way.
        let names = places.0.iter().flat_map(|place| {
            let above = place.original.parent().unwrap_or(Path::new("/"));
            [(shown(&place.copy), String::new()), (shown(&place.above), shown(above))]
        });
        Self(names.collect())
    }
}

impl OwnNames {
    pub(super) fn put_into(&self, text: String) -> String {
        self.0.iter().fold(text, |text, (copy, own)| match text.contains(copy) {
            true => text.replace(copy, own),
            false => text,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::folder::Folders;
    use super::*;

    #[test]
    fn a_text_names_the_student_s_own_files() {
        let (outside, private) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let elsewhere = tempfile::tempdir().unwrap();
        let [original, file] = [&outside, &elsewhere].map(|one| one.path().canonicalize().unwrap());
        let file = file.join("server.py");
        std::fs::write(&file, "").unwrap();
        let folders = Folders::read(&original, [file.as_path()].into_iter(), &[]).unwrap();
        let places = folders.copy_to(private.path()).unwrap();
        let text = |place: Option<PathBuf>| format!("File \"{}\"", place.unwrap().display());
        let names = OwnNames::from(&places);
        assert_eq!(names.put_into(text(places.copy_of(&file))), text(Some("server.py".into())));
        assert_eq!(names.put_into(text(places.copy_of(&original))), text(Some(original)));
    }
}

//! The lists of `.github/CONTRIBUTING.md`: what has to be touched to add something.

use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = ".github/CONTRIBUTING.md";

/// What can be added, and how many files that may touch at most, those that are created included.
const GOALS: &[(&str, usize)] = &[
    // The row, and the one that names the bug which the scenario is there for.
    ("scenario", 2),
    ("step", 6),
    ("format", 2),
    ("target", 2),
    ("bug", 1),
    ("kind of work", 8),
    ("key of `assignment.toml`", 3),
    ("layout of a class", 3),
    ("fuzz target", 5),
];

fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

/// The items of the list under `### A …`.
fn items<'a>(page: &'a str, what: &str) -> Vec<&'a str> {
    let heading = format!("### A {what}\n\n");
    let (_, rest) = page.split_once(&heading).unwrap_or_else(|| panic!("{PAGE} has no list for a {what}"));
    rest.lines().map_while(|line| line.strip_prefix("- ")).collect()
}

/// The files that stand in front of the colon of an item, without what surrounds them.
fn files(item: &str) -> Vec<&str> {
    let (files, _) = item.split_once(": ").unwrap_or_else(|| panic!("{item:?} does not say what to do"));
    files.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_list_is_there_and_as_short_as_the_goal() {
    let page = fs::read_to_string(path(PAGE)).unwrap();
    for (what, goal) in GOALS {
        let items = items(&page, what);
        assert!((1..=*goal).contains(&items.len()), "a {what} touches at most {goal} files: {items:#?}");
        // An item is one file. Where it names several, only one of them is touched.
        for item in items.iter().filter(|item| files(item).len() > 1) {
            assert!(item.contains("` or `"), "{item:?} names several files, and not one of several");
        }
    }
    assert_eq!(page.matches("\n### A ").count(), GOALS.len(), "a list has no goal here");
}

#[test]
fn every_file_exists_and_what_is_created_has_a_place() {
    let page = fs::read_to_string(path(PAGE)).unwrap();
    for item in GOALS.iter().flat_map(|(what, _)| items(&page, what)) {
        let is_created = item.starts_with('[');
        for file in files(item) {
            let exists = path(file).is_file();
            let place =
                path(file).ancestors().nth(if file.contains("corpus") { 2 } else { 1 }).map(Path::is_dir);
            assert_ne!(
                exists, is_created,
                "{file}: a file that is created stands in brackets, one that exists does not"
            );
            assert_eq!(place, Some(true), "{file} would be in a folder that is not there");
        }
    }
}

/// A kind of target that has no field in the options cannot be named, which the compiler does not notice.
#[test]
fn every_kind_of_target_is_among_the_options() {
    let folder = path("src/target");
    let options = fs::read_to_string(folder.join("mod.rs")).unwrap();
    let mut files: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.extend(files.clone().into_iter().map(|module| module.join("mod.rs")));
    let texts = files.iter().filter_map(|file| fs::read_to_string(file).ok());
    let kinds: Vec<String> = texts
        .filter_map(|text| {
            let (_, rest) = text.split_once("\nimpl TargetKind for ")?;
            rest.split_whitespace().next().map(str::to_owned)
        })
        .collect();
    assert!(!kinds.is_empty(), "no kind of target was found");
    for kind in kinds {
        assert!(options.contains(&format!("::{kind},")), "TargetOptions in src/target/mod.rs lacks {kind}");
    }
}

/// What the page says of the code around the lists.
#[test]
fn every_other_path_on_the_page_exists() {
    let page = fs::read_to_string(path(PAGE)).unwrap();
    let named = page.split('`').skip(1).step_by(2);
    let roots = ["src/", "tests/", "fuzz/", "scripts/"];
    for file in named.filter(|word| roots.iter().any(|root| word.starts_with(root)) && !word.contains(' ')) {
        let is_created = page.contains(&format!("[`{file}`]"));
        assert!(is_created || path(file).exists(), "{file} is not there");
    }
}

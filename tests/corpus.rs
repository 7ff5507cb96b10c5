//! Replays the seeds of every fuzz target, and holds the four places that name the targets together: the
//! bodies, the manifest of the fuzz package, its sources, and the corpus.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use lengthwise::fuzzing::BODIES;

fn fuzz_path(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(path)
}

/// What stands in a directory of the fuzz package, by name.
fn names_in(directory: &str) -> BTreeSet<String> {
    let path = fuzz_path(directory);
    let entries = fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The committed inputs of a target. A fuzzer's own finds lie beside them and are left out: `.gitignore` tells
/// the two apart by the hyphen.
fn seeds_of(target: &str) -> Vec<String> {
    names_in(&format!("corpus/{target}")).into_iter().filter(|name| name.contains('-')).collect()
}

fn body_names() -> BTreeSet<String> {
    BODIES.iter().map(|(name, _)| (*name).to_owned()).collect()
}

#[test]
#[expect(clippy::print_stdout, reason = "names the seed if the body panics")]
fn every_seed_passes() {
    for (target, body) in BODIES {
        let seeds = seeds_of(target);
        assert!(!seeds.is_empty(), "fuzz/corpus/{target} has no seed (a file with a hyphen in its name)");
        for seed in seeds {
            println!("{target}/{seed}");
            body(&fs::read(fuzz_path("corpus").join(target).join(seed)).unwrap());
        }
    }
}

#[test]
fn every_corpus_has_a_body() {
    assert_eq!(names_in("corpus"), body_names());
}

#[test]
fn every_body_has_a_target_that_calls_it() {
    let sources: BTreeSet<String> = body_names().iter().map(|name| format!("{name}.rs")).collect();
    assert_eq!(names_in("fuzz_targets"), sources);
    for name in body_names() {
        let source = fs::read_to_string(fuzz_path(&format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(source.contains(&format!("lengthwise::fuzzing::{name}(data)")), "{source}");
    }
}

#[test]
fn every_body_is_in_the_manifest() {
    let manifest = fs::read_to_string(fuzz_path("Cargo.toml")).unwrap();
    let targets: BTreeSet<String> = manifest
        .split("[[bin]]")
        .skip(1)
        .map(|target| target.split('"').nth(1).expect("the name comes first").to_owned())
        .collect();
    assert_eq!(targets, body_names());
}

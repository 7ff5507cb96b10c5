//! Replays the seeds of every fuzz target and every input that has ever failed, and holds the four places that name the targets
//! together: the bodies, the manifest of the fuzz package, its sources, and the corpus.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, panic};

use lengthwise::fuzzing::{BODIES, Body, canary, reproducer};

/// The body that needs a package which the library does not use, under the name of the package that it is in.
#[expect(unreachable_pub, reason = "it is the interface of the package")]
#[path = "../../fuzz/src/differential.rs"]
mod lengthwise_fuzz;

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

/// The inputs in `fuzz/regressions` of a target, by their paths.
fn regressions_of(target: &str) -> Vec<String> {
    let directory = format!("regressions/{target}");
    if !fuzz_path(&directory).is_dir() {
        return Vec::new();
    }
    names_in(&directory).into_iter().map(|name| format!("{directory}/{name}")).collect()
}

/// Every body that holds on all inputs, by the name of its target.
fn bodies() -> impl Iterator<Item = (&'static str, Body)> {
    let own: (&str, Body) = ("differential", lengthwise_fuzz::differential);
    BODIES.iter().copied().chain([own])
}

/// The names of all targets.
fn target_names() -> BTreeSet<String> {
    bodies().map(|(name, _)| name.to_owned()).chain(["canary".to_owned()]).collect()
}

#[expect(clippy::print_stdout, reason = "names the input if the body panics")]
fn replay(body: Body, input: &str) {
    println!("fuzz/{input}");
    body(&fs::read(fuzz_path(input)).unwrap());
}

#[test]
fn every_seed_passes() {
    for (target, body) in bodies().chain([("canary", canary as Body)]) {
        let seeds = seeds_of(target);
        assert!(!seeds.is_empty(), "fuzz/corpus/{target} has no seed (a file with a hyphen in its name)");
        seeds.iter().for_each(|seed| replay(body, &format!("corpus/{target}/{seed}")));
    }
}

#[test]
fn what_has_failed_once_passes() {
    for (target, body) in bodies() {
        regressions_of(target).iter().for_each(|input| replay(body, input));
    }
    assert!(names_in("regressions").is_subset(&target_names()), "inputs of no target are replayed by nobody");
}

/// If it passed, nothing would be known of all the others that do.
#[test]
fn the_canary_fails() {
    let inputs = regressions_of("canary");
    assert!(!inputs.is_empty(), "fuzz/regressions/canary has no input");
    for input in inputs {
        let failed = panic::catch_unwind(|| replay(canary, &input));
        assert!(failed.is_err(), "{input} passes");
    }
}

/// The test that is printed for this input, as it is printed.
#[test]
fn decoder_holds_on_f156d8eb() {
    lengthwise::fuzzing::decoder(b"\x00\xff\x02\x02\t\x00\x00\x00\x05first\x00\x00\x00\x06sec\"nd");
}

#[test]
fn what_is_printed_of_an_input_that_fails_is_a_test() {
    let input = b"\x00\xff\x02\x02\t\x00\x00\x00\x05first\x00\x00\x00\x06sec\"nd";
    let printed = reproducer("lengthwise::fuzzing::decoder", input);
    assert!(include_str!("corpus.rs").contains(&printed), "{printed}");
}

#[test]
fn every_corpus_has_a_target() {
    assert_eq!(names_in("corpus"), target_names());
}

#[test]
fn every_body_has_a_target_that_calls_it() {
    let sources: BTreeSet<String> = target_names().iter().map(|name| format!("{name}.rs")).collect();
    assert_eq!(names_in("fuzz_targets"), sources);
    for name in target_names() {
        let source = fs::read_to_string(fuzz_path(&format!("fuzz_targets/{name}.rs"))).unwrap();
        let package = if name == "differential" { "lengthwise_fuzz" } else { "lengthwise::fuzzing" };
        assert!(source.contains(&format!("lengthwise_fuzz::target!({package}::{name});")), "{source}");
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
    assert_eq!(targets, target_names());
}

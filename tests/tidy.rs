//! Rules of the house that the compiler does not know.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of the library, in layers: each uses only those of its own layer and of the layers above it.
const LAYERS: &[(&str, &[&str])] = &[
    (
        "vocabulary",
        &["assignment", "rule", "side", "silence", "limits", "bytes", "english", "nanoseconds", "suggestion"],
    ),
    ("protocol", &["wire", "delivery"]),
    ("reference", &["reference"]),
    (
        "model",
        &[
            "scenario",
            "conversation",
            "bug",
            "verdict",
            "judge",
            "prose",
            "diagnosis",
            "event",
            "grade",
            "record",
            "ladder",
            "course",
        ],
    ),
    ("os", &["os"]),
    ("execution", &["pace", "target", "live", "run", "selftest"]),
    ("reporting", &["report", "class", "interop"]),
    ("interface", &["fuzzing", "cli"]),
];

/// Uses across the layers that are forbidden though the layers allow them.
const FORBIDDEN: &[(&str, &str, &str)] = &[
    ("judge", "reference", "a mistake in the reference would hide itself"),
    ("judge", "prose", "what is found is a value, and is put into words elsewhere"),
    ("verdict", "prose", "what is found is a value, and is put into words elsewhere"),
    ("scenario", "reference", "a mistake in the reference would hide itself"),
    ("report", "target", "reports see events and nothing else"),
    ("report", "live", "reports see events and nothing else"),
];

/// Who may sleep, and what for.
const SLEEPERS: &[(&str, &str)] = &[
    ("src/os/wait.rs", "the pause between two looks at something that is about to happen"),
    ("tests/pace.rs", "peers that are late or slow on purpose"),
    ("tests/programs/slow/relay.rs", "the time that a byte takes from one end of a link to the other"),
    ("tests/tidy.rs", "the rule itself"),
];

/// What a test must not do that shares its process with others, and why. The top of `tests/suite/main.rs` says more.
const NOT_TOGETHER: &[(&str, &str)] = &[
    ("env::set_var", "the environment belongs to all tests"),
    ("env::remove_var", "the environment belongs to all tests"),
    ("set_current_dir", "so does the working directory"),
    ("set_hook", "so does what is done at a panic"),
    ("current_exe", "what is started again would be all tests"),
    ("end_all_started", "that includes what others have started"),
    ("CommandServer", "it makes this process the parent of what programs of others leave behind"),
    ("DriverClient", "it makes this process the parent of what programs of others leave behind"),
    ("PythonServer", "it makes this process the parent of what programs of others leave behind"),
    ("PythonClient", "it makes this process the parent of what programs of others leave behind"),
];

/// No file is much longer than a person reads in one go.
const LINES_MAX: usize = 440;

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join("src"), root.join("tests"), root.join("benches")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root).unwrap().to_owned(), text));
            }
        }
    }
    assert!(found.len() > 40, "the sources were not found");
    found
}

/// The library's own sources, each with the module that it belongs to.
fn library() -> Vec<(PathBuf, String, String)> {
    let modules = sources().into_iter().filter_map(|(path, text)| {
        let inside = path.strip_prefix("src").ok()?;
        let module = inside.iter().next()?.to_str()?.trim_end_matches(".rs").to_owned();
        (!["lib", "bin"].contains(&module.as_str())).then_some((path, module, text))
    });
    modules.collect()
}

/// The modules that `text` names after `crate::`, comments and tests left out.
fn used(text: &str) -> HashSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| rest.chars().take_while(|letter| letter.is_ascii_lowercase() || *letter == '_').collect())
        .collect()
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|(_, modules)| modules.contains(&module))
}

#[test]
fn every_module_has_a_layer_and_uses_only_what_stands_above_it() {
    for (path, module, text) in library() {
        let own = layer(&module).unwrap_or_else(|| panic!("{module} has no layer: add it to LAYERS"));
        for used in used(&text) {
            let Some(other) = layer(&used) else { continue };
            assert!(other <= own, "{} uses {used}, which stands below it", path.display());
            let forbidden = FORBIDDEN.iter().find(|(user, what, _)| *user == module && *what == used);
            assert!(forbidden.is_none(), "{} uses {used}: {}", path.display(), forbidden.unwrap().2);
        }
    }
}

/// What is compiled by nobody is checked by nobody, and its tests are run by nobody.
#[test]
fn every_file_is_a_module_of_its_folder() {
    let sources = sources();
    let declares = |file: &Path, module: &str| {
        let text = sources.iter().find(|(path, _)| path == file).map(|(_, text)| text.as_str());
        // Some are the same module on another system, by their path.
        let named = [format!("mod {module};"), format!("\"{module}.rs\"")];
        text.is_some_and(|text| named.iter().any(|name| text.contains(name)))
    };
    let of_library = library().into_iter().map(|(path, ..)| path);
    // Cargo finds the targets themselves.
    let is_of_target = |path: &PathBuf| {
        path.starts_with("tests") && path.components().count() > 2 && !path.ends_with("main.rs")
    };
    let of_tests = sources.iter().map(|(path, _)| path.clone()).filter(is_of_target);
    for path in of_library.chain(of_tests) {
        // `a/mod.rs` is the module `a` of the folder above.
        let module = if path.ends_with("mod.rs") {
            path.parent().unwrap().to_owned()
        } else {
            path.with_extension("")
        };
        let folder = module.parent().unwrap();
        let name = module.file_name().unwrap().to_str().unwrap();
        let parents = ["lib.rs", "main.rs", "mod.rs"].map(|file| folder.join(file));
        // What several targets share is declared by each that has it.
        let is_shared = folder == Path::new("tests/support");
        let is_declared = parents.iter().any(|parent| declares(parent, name))
            || declares(&folder.with_extension("rs"), name)
            || is_shared && sources.iter().any(|(file, _)| declares(file, name));
        assert!(is_declared, "{} is no module", path.display());
    }
}

/// The two ways through the code, in the crate doc.
#[test]
fn the_crate_doc_names_files_that_are_there() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let text = fs::read_to_string(source.join("lib.rs")).unwrap();
    let doc = text.lines().filter_map(|line| line.strip_prefix("//! "));
    let names = doc.flat_map(|line| line.split('`').skip(1).step_by(2));
    let files: Vec<&str> =
        names.filter(|name| name.ends_with(".rs") && !name.starts_with("tests/")).collect();
    assert!(files.len() > 10, "the files were not found: {files:?}");
    for file in files {
        assert!(source.join(file).is_file(), "there is no {file}");
    }
}

#[test]
fn what_is_pure_opens_no_socket_and_reads_no_clock() {
    for (path, module, text) in library() {
        if !["vocabulary", "protocol", "model"].contains(&LAYERS[layer(&module).unwrap()].0) {
            continue;
        }
        for word in ["std::net", "std::fs", "std::thread", "std::process", "Instant", "SystemTime"] {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
}

#[test]
fn only_the_waiter_sleeps() {
    let sources = sources();
    for (path, text) in &sources {
        let may_sleep = SLEEPERS.iter().any(|(sleeper, _)| path.ends_with(sleeper));
        assert_eq!(text.contains("thread::sleep"), may_sleep, "{}: see SLEEPERS", path.display());
    }
    assert!(SLEEPERS.iter().all(|(sleeper, _)| sources.iter().any(|(path, _)| path.ends_with(sleeper))));
}

#[test]
fn tests_that_share_a_process_leave_it_alone() {
    let together = ["tests/suite", "tests/programs", "tests/support"];
    for (path, text) in sources().iter().filter(|(path, _)| together.iter().any(|one| path.starts_with(one)))
    {
        for (word, why) in NOT_TOGETHER {
            assert!(!text.contains(word), "{} has {word}, and {why}", path.display());
        }
    }
}

#[test]
fn only_the_command_line_and_the_programs_print() {
    for (path, module, text) in library() {
        if module == "cli" || path.ends_with("reference/program.rs") {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for word in ["println!", "print!(", "io::stdout", "io::stderr"] {
            assert!(!code.contains(word), "{} has {word}", path.display());
        }
    }
}

#[test]
fn files_stay_readable() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines, more than {LINES_MAX}: split it", path.display());
    }
}

#[test]
fn the_map_names_every_module() {
    let map = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let documented: String = map.lines().filter(|line| line.starts_with("//!")).collect();
    for (name, modules) in LAYERS {
        assert!(documented.contains(&format!("| {name} |")), "the map in src/lib.rs lacks the layer {name}");
        for module in *modules {
            // Without a link where it is no part of the interface.
            let named = [format!("[`{module}`]"), format!("[`mod@{module}`]"), format!(" `{module}`")];
            assert!(
                named.iter().any(|name| documented.contains(name)),
                "the map in src/lib.rs lacks {module}"
            );
        }
    }
}

/// Both are run as tests: what a reader copies from either is the same, and works. The crate doc has more of them.
#[test]
fn the_readme_shows_the_examples_of_the_crate() {
    let read = |file: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let blocks = |text: &str, fence: &str| -> Vec<String> {
        let starts = text.split(fence).skip(1);
        starts.map(|rest| rest.split("```").next().unwrap_or_default().to_owned()).collect()
    };
    let documented = read("src/lib.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//!"))
        .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
        .collect::<String>();
    let own: Vec<String> = blocks(&documented, "```\nuse ");
    assert_eq!(own.len(), 4, "the crate doc has four examples");
    assert_eq!(blocks(&read("README.md"), "```rust\nuse "), own[..2]);
}

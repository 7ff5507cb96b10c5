//! Which files a program may read: those that every program needs, and its own.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::super::environment;
use super::Allowed;

/// What belongs to the system: programs, libraries and how they are set up. No person's files are here.
const SYSTEM: &[&str] = &[
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/opt",
    "/nix/store",
    "/gnu/store",
    "/snap",
];
/// What the kernel and the system's services tell. Nothing there is to be run.
const TOLD: &[&str] = &["/proc", "/sys", "/run/systemd/resolve", "/run/resolvconf"];
const SETTINGS: &str = "/etc";
/// The programs of this package. They answer as a submission should, or know what it should.
const OWN_PROGRAMS: [&str; 3] = ["harness", "reference-server", "reference-client"];
/// What an installation consists of, beside the directory that its programs are in.
const INSTALLED: &[&str] =
    &["bin", "sbin", "lib", "lib32", "lib64", "libexec", "include", "conf", "jre", "jmods", "ssl", "etc"];
/// The file in which a virtual environment says where its Python is.
const VIRTUAL_ENVIRONMENT: &str = "pyvenv.cfg";
/// The directory in which version managers keep what stands for a program of several versions.
const SHIMS: &str = "shims";
/// Directories that hold the files of many.
const SHARED: &[&str] = &["/", "/home", "/root", "/tmp", "/var/tmp", "/dev/shm", "/mnt", "/media", "/srv"];
/// What cargo makes beside the programs that it has built.
const BUILD: &str = ".fingerprint";
/// How many links are followed from a name to a program.
const LINKS_MAX: usize = 16;
/// The right of others to read, in a mode.
pub(super) const OTHERS_READ: u32 = 0o4;
/// Where words of a command may be divided into paths.
const SEPARATORS: &[char] = &[' ', '\t', '\n', '\'', '"', '=', ':', ';', ',', '(', ')', '&', '|', '<', '>'];

/// What may be read.
#[derive(Debug, Default)]
pub(super) struct Readable {
    /// With everything below it; and run.
    pub(super) whole: BTreeSet<PathBuf>,
    /// Only which names there are, of what is granted entry by entry.
    pub(super) listed: BTreeSet<PathBuf>,
    /// With everything below it, and nothing of it run.
    pub(super) unexecuted: BTreeSet<PathBuf>,
}

/// What a program may read that needs this. `reads_all` says that the rights of files do not keep it from anything, so
/// that what is closed to others is left out here.
pub(super) fn readable(needed: &Allowed, reads_all: bool) -> Readable {
    let Allowed { read: own, except, .. } = needed;
    let unneeded = own_programs().iter().filter(|path| !own.contains(path));
    let excluded: Vec<_> = unneeded.chain(except).cloned().collect();
    let mut readable = Readable::default();
    let own = own.iter().map(PathBuf::as_path);
    for path in SYSTEM.iter().map(Path::new).chain(own) {
        readable.add(path, &excluded);
    }
    readable.unexecuted.extend(TOLD.iter().map(PathBuf::from));
    match reads_all {
        true => readable.unexecuted.extend(open_settings().iter().cloned()),
        false => readable.add(Path::new(SETTINGS), &excluded),
    }
    readable.without_repetition()
}

impl Readable {
    /// The same, without what is below something that may be read and run with everything below it.
    fn without_repetition(mut self) -> Self {
        let whole = self.whole.clone();
        let is_below = |path: &PathBuf| path.ancestors().skip(1).any(|above| whole.contains(above));
        for paths in [&mut self.whole, &mut self.unexecuted] {
            paths.retain(|path| !is_below(path));
        }
        self
    }

    /// Adds a path with everything below it but what is excluded.
    fn add(&mut self, path: &Path, excluded: &[PathBuf]) {
        let Ok(path) = path.canonicalize() else { return };
        if excluded.contains(&path) {
            return;
        }
        let is_home = home().is_some_and(|home| home == path);
        if !is_home && !excluded.iter().any(|one| one.starts_with(&path)) {
            self.whole.insert(path);
            return;
        }
        // Beside a program that cargo has built are folders in which it lies again by other names.
        let is_build = excluded.iter().any(|one| one.parent() == Some(&path)) && path.join(BUILD).is_dir();
        for entry in fs::read_dir(&path).into_iter().flatten().filter_map(Result::ok) {
            let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            match entry.file_type() {
                // What a link leads to is granted where it is, or not at all.
                Ok(kind) if kind.is_symlink() || is_home && is_hidden || is_build && kind.is_dir() => {}
                Ok(_) => self.add(&entry.path(), excluded),
                Err(_) => {}
            }
        }
        self.listed.insert(path);
    }
}

/// The programs of this package, wherever they are installed.
fn own_programs() -> &'static [PathBuf] {
    static FOUND: OnceLock<Vec<PathBuf>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let this = env::current_exe().and_then(|path| path.canonicalize()).ok();
        let beside = this.as_deref().and_then(Path::parent).map(Path::to_owned);
        let usual = ["/usr/bin", "/usr/local/bin"].map(PathBuf::from);
        let places: Vec<PathBuf> = path_folders().into_iter().chain(beside).chain(usual).collect();
        let named = places.iter().flat_map(|place| OWN_PROGRAMS.map(|name| place.join(name)));
        let found: BTreeSet<_> = named.filter_map(|path| path.canonicalize().ok()).chain(this).collect();
        found.into_iter().collect()
    })
}

/// What everybody may read of the settings. Walked once, where it matters.
fn open_settings() -> &'static [PathBuf] {
    static OPEN: OnceLock<Vec<PathBuf>> = OnceLock::new();
    OPEN.get_or_init(|| {
        let mut parts = Vec::new();
        add_open(Path::new(SETTINGS), &mut parts);
        parts
    })
}

/// Adds what everybody may read at a path, in as few parts as there can be, and tells whether that is all.
fn add_open(path: &Path, parts: &mut Vec<PathBuf>) -> bool {
    let Ok(data) = fs::symlink_metadata(path) else { return false };
    if data.is_symlink() {
        // What it leads to is open where it is, or not.
        return true;
    }
    if data.permissions().mode() & OTHERS_READ == 0 {
        return false;
    }
    let known = parts.len();
    let entries = fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
    // Of a file there are none.
    let are_open: Vec<bool> = entries.map(|entry| add_open(&entry.path(), parts)).collect();
    let is_open = are_open.into_iter().all(|is_open| is_open);
    if is_open {
        parts.truncate(known);
        parts.push(path.to_owned());
    }
    is_open
}

/// What the program of a command needs to be run: itself, and what it is installed with.
pub(in crate::target) fn needed_by(command: &Command) -> Vec<PathBuf> {
    let mut needed = Vec::new();
    if let Some(program) = find_program(command.get_program()) {
        for step in steps(program) {
            needed.extend(installation_of(&step));
            needed.push(step);
        }
    }
    needed
}

/// What the variables that every program is given lead to. It is there to be used, where it can be.
pub(super) fn found_by_variables() -> Vec<PathBuf> {
    let mut found: Vec<_> = path_folders().iter().flat_map(|folder| installation(folder)).collect();
    let variables = environment::LOCATIONS.iter().filter_map(env::var_os);
    found.extend(variables.flat_map(|value| env::split_paths(&value).collect::<Vec<_>>()));
    found.retain(|path| path.is_absolute());
    found
}

/// The paths that a command names, the directory of each file that it names, and the one that it is run in.
pub(in crate::target) fn named_in(command: &Command) -> Vec<PathBuf> {
    let mut named = Vec::new();
    let place = command.get_current_dir().map(Path::to_owned).or_else(|| env::current_dir().ok());
    let words = [command.get_program()].into_iter().chain(command.get_args());
    for part in words.filter_map(OsStr::to_str).flat_map(|word| word.split(SEPARATORS)) {
        let path = Path::new(part);
        if !part.contains('/') || !path.exists() {
            continue;
        }
        let Ok(path) = path.canonicalize() else { continue };
        if path.is_file() {
            named.extend(path.parent().filter(|above| !is_shared(above)).map(Path::to_owned));
        }
        if path.is_file() || !is_shared(&path) {
            named.push(path);
        }
    }
    named.extend(place.filter(|place| place.parent().is_some()));
    named
}

fn is_shared(path: &Path) -> bool {
    SHARED.iter().any(|shared| path == Path::new(shared)) || home().is_some_and(|home| home == path)
}

fn home() -> Option<PathBuf> {
    env::home_dir()?.canonicalize().ok()
}

fn path_folders() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).filter(|folder| folder.is_absolute()).collect()
}

/// Where a program is, as the system looks for it.
pub(in crate::target) fn find_program(name: &OsStr) -> Option<PathBuf> {
    if Path::new(name).components().count() > 1 {
        return std::path::absolute(name).ok();
    }
    path_folders().into_iter().map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// A path, and what it leads to link by link.
fn steps(path: PathBuf) -> Vec<PathBuf> {
    let next = |path: &PathBuf| {
        let target = fs::read_link(path).ok()?;
        Some(path.parent()?.join(target))
    };
    let mut steps: Vec<_> = std::iter::successors(Some(path), next).take(LINKS_MAX).collect();
    steps.extend(steps.last().and_then(|last| last.canonicalize().ok()));
    steps
}

fn installation_of(program: &Path) -> Vec<PathBuf> {
    let Some(folder) = program.parent() else { return Vec::new() };
    let mut found = installation(folder);
    let settings = folder.parent().map(|above| above.join(VIRTUAL_ENVIRONMENT));
    let Some(text) = settings.as_ref().and_then(|path| fs::read_to_string(path).ok()) else { return found };
    found.extend(settings);
    let lines = text.lines().filter_map(|line| line.split_once('='));
    let base = lines.filter(|(name, _)| name.trim() == "home").map(|(_, value)| PathBuf::from(value.trim()));
    found.extend(base.flat_map(|folder| installation(&folder)));
    found
}

/// What is installed with the programs in a directory.
fn installation(folder: &Path) -> Vec<PathBuf> {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let Some(above) = folder.parent() else { return Vec::new() };
    match folder.file_name().and_then(OsStr::to_str) {
        Some(SHIMS) => vec![above.to_owned()],
        Some("bin" | "sbin") if !is_shared(above) => INSTALLED.iter().map(|name| above.join(name)).collect(),
        _ if is_shared(&folder) => Vec::new(),
        _ => vec![folder],
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_is_excluded_leaves_what_lies_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("bin/deps")).unwrap();
        fs::create_dir_all(root.join("bin/.fingerprint")).unwrap();
        for name in ["bin/harness", "bin/other", "bin/deps/harness", "data"] {
            fs::write(root.join(name), "").unwrap();
        }
        symlink(root.join("bin/harness"), root.join("bin/link")).unwrap();
        let mut readable = Readable::default();
        readable.add(&root, &[root.join("bin/harness")]);
        assert_eq!(readable.whole, BTreeSet::from([root.join("bin/other"), root.join("data")]));
        assert_eq!(readable.listed, BTreeSet::from([root.join("bin"), root]));
    }

    #[test]
    fn what_is_closed_to_others_is_left_out_and_the_rest_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).unwrap();
        for place in ["open/deep", "mixed/private"] {
            fs::create_dir_all(root.join(place)).unwrap();
        }
        for name in ["open/deep/file", "mixed/file", "mixed/private/key", "shadow"] {
            fs::write(root.join(name), "").unwrap();
        }
        for (name, mode) in [("mixed/private", 0o710), ("shadow", 0o640)] {
            fs::set_permissions(root.join(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        let mut parts = Vec::new();
        assert!(!add_open(&root, &mut parts));
        parts.sort();
        assert_eq!(parts, [root.join("mixed/file"), root.join("open")]);
    }

    #[test]
    fn a_command_names_its_files_and_no_directory_that_many_share() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let file = root.join("server.py");
        fs::write(&file, "").unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", &format!("cd /tmp; exec python3 '{}' {{port}} /", file.display())]);
        command.current_dir("/");
        assert_eq!(named_in(&command), [root, file]);
    }

    #[test]
    fn the_programs_of_this_package_are_kept_from_a_submission() {
        let own = own_programs();
        assert!(own.contains(&env::current_exe().unwrap().canonicalize().unwrap()));
        let readable = readable(&Allowed::default(), false);
        for path in own {
            assert!(!readable.whole.iter().any(|granted| path.starts_with(granted)), "{}", path.display());
        }
    }

    #[test]
    fn the_interpreter_of_a_virtual_environment_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for place in ["venv/bin", "base/bin", "base/lib"] {
            fs::create_dir_all(root.join(place)).unwrap();
        }
        fs::write(root.join("base/bin/python3"), "").unwrap();
        symlink(root.join("base/bin/python3"), root.join("venv/bin/python3")).unwrap();
        let settings = format!("home = {}\n", root.join("base/bin").display());
        fs::write(root.join("venv").join(VIRTUAL_ENVIRONMENT), settings).unwrap();
        let needed = needed_by(&Command::new(root.join("venv/bin/python3")));
        for wanted in ["venv/lib", "venv/pyvenv.cfg", "base/bin/python3", "base/lib"] {
            assert!(needed.contains(&root.join(wanted)), "{wanted}");
        }
    }
}

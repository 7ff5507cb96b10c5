//! The file with the key that recordings are sealed with.

use std::env;
use std::fs::{DirBuilder, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rand::Rng;

use crate::record::recording::Key;

/// Where it is in the directory for what programs remember.
const PLACE: &str = "lengthwise/key";
/// That directory, where the environment does not name it: below the home directory, as the XDG Base Directory Specification
/// has it.
const STATE: &str = ".local/state";
/// What a key, and a directory that is made for it, may be used for: by their owner alone.
const KEY_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;
/// What others must not have any of, in a mode.
const OTHERS: u32 = 0o077;

/// A key, and where it is.
#[derive(Debug)]
pub(super) struct KeyFile {
    pub(super) path: PathBuf,
    pub(super) key: Key,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeyError {
    #[error("there is no home directory for it")]
    NoHome,
    #[error("{} is not there", .0.display())]
    NotThere(PathBuf),
    #[error("{} is not a file", .0.display())]
    NotAFile(PathBuf),
    #[error("{} cannot be read: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("{} cannot be made: {error}", path.display())]
    Unmakeable { path: PathBuf, error: io::Error },
    #[error("{} has {got} bytes, and a key has {}", path.display(), Key::LEN)]
    WrongLen { path: PathBuf, got: u64 },
    #[error("{} can be used by others than its owner, who may know it: remove it, and a new one is made", .0.display())]
    Open(PathBuf),
}

impl KeyFile {
    /// The key at this path, or else in the usual place.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, KeyError> {
        Self::read(place(path)?)
    }

    /// The same. Where there is none, one is made.
    pub(super) fn open_or_make(path: Option<&Path>) -> Result<Self, KeyError> {
        let path = place(path)?;
        match Self::read(path) {
            Err(KeyError::NotThere(path)) => {
                make(&path).map_err(|error| KeyError::Unmakeable { path: path.clone(), error })?;
                Self::read(path)
            }
            outcome => outcome,
        }
    }

    fn read(path: PathBuf) -> Result<Self, KeyError> {
        let metadata = match path.metadata() {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(KeyError::NotThere(path)),
            Err(error) => return Err(KeyError::Unreadable { path, error }),
        };
        if !metadata.is_file() {
            return Err(KeyError::NotAFile(path));
        }
        if metadata.len() != Key::LEN as u64 {
            return Err(KeyError::WrongLen { path, got: metadata.len() });
        }
        if metadata.permissions().mode() & OTHERS != 0 {
            return Err(KeyError::Open(path));
        }
        let mut bytes = [0; Key::LEN];
        let read = File::open(&path).and_then(|mut file| file.read_exact(&mut bytes));
        match read.and_then(|()| path.canonicalize()) {
            Ok(path) => Ok(Self { path, key: Key::new(bytes) }),
            Err(error) => Err(KeyError::Unreadable { path, error }),
        }
    }
}

/// The given path, or where a key usually is.
fn place(path: Option<&Path>) -> Result<PathBuf, KeyError> {
    if let Some(path) = path {
        return Ok(path.to_owned());
    }
    let named = env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let below_home = || env::home_dir().map(|home| home.join(STATE));
    let state = named.filter(|state| state.is_absolute()).or_else(below_home);
    state.filter(|state| state.is_absolute()).map(|state| state.join(PLACE)).ok_or(KeyError::NoHome)
}

/// Makes a key, which is there as a whole or not at all. One that another harness has made meanwhile stays.
fn make(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder)?;
    let mut file =
        tempfile::Builder::new().permissions(Permissions::from_mode(KEY_MODE)).tempfile_in(folder)?;
    let mut bytes = [0; Key::LEN];
    rand::rng().fill_bytes(&mut bytes);
    file.write_all(&bytes)?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_key_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/below/key");
        assert!(matches!(KeyFile::open(Some(&path)), Err(KeyError::NotThere(_))));
        let made = KeyFile::open_or_make(Some(&path)).unwrap();
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (KEY_MODE, FOLDER_MODE));
        assert_eq!(KeyFile::open_or_make(Some(&path)).unwrap().key, made.key);
        assert_eq!(KeyFile::open(Some(&path)).unwrap().key, made.key);
        make(&path).unwrap();
        assert_eq!(KeyFile::open(Some(&path)).unwrap().key, made.key, "a second one does not replace it");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        let other = KeyFile::open_or_make(Some(&folder.path().join("other"))).unwrap();
        assert_ne!(other.key, made.key);
    }

    #[test]
    fn what_is_no_key_is_refused_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let refused = |content: &[u8], mode| {
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let error = KeyFile::open_or_make(Some(&path)).unwrap_err().to_string();
            assert_eq!(fs::read(&path).unwrap(), content);
            error
        };
        assert!(refused(b"secret", 0o600).contains("has 6 bytes, and a key has 32"));
        assert!(refused(b"", 0o600).contains("has 0 bytes"));
        for mode in [0o644, 0o640, 0o620] {
            assert!(refused(&[1; Key::LEN], mode).contains("can be used by others"));
        }
        let error = KeyFile::open_or_make(Some(folder.path())).unwrap_err();
        assert!(matches!(error, KeyError::NotAFile(_)));
        let error = KeyFile::open_or_make(Some(&path.join("below"))).unwrap_err();
        assert!(matches!(error, KeyError::Unreadable { .. }), "{error}");
    }
}

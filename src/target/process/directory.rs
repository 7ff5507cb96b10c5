//! A directory for one program, gone when that is.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::watchdog;

/// For the owner alone.
pub(super) const OWNER_ONLY: u32 = 0o700;

/// A temporary directory that nobody else can look into. Dropping it removes it.
#[derive(Debug)]
pub(in crate::target) struct PrivateDirectory(PathBuf);

impl PrivateDirectory {
    /// Makes a new one.
    pub(in crate::target) fn create() -> io::Result<Self> {
        let parent = watchdog::enter()?;
        let made = tempfile::Builder::new()
            .prefix("program-")
            .permissions(Permissions::from_mode(OWNER_ONLY))
            .tempdir_in(parent);
        match made {
            Ok(directory) => Ok(Self(directory.keep())),
            Err(error) => {
                watchdog::leave();
                Err(error)
            }
        }
    }

    pub(in crate::target) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for PrivateDirectory {
    fn drop(&mut self) {
        remove(&self.0);
        watchdog::leave();
    }
}

/// What is mounted where, for this process.
const MOUNTS: &str = "/proc/self/mountinfo";

/// Removes a directory, whatever a program has made in it. Where root's program has mounted something below it, it stays as it
/// is: to remove it would be to remove what is mounted there, which may be the whole system.
pub(super) fn remove(root: &Path) {
    let mounts = fs::read_to_string(MOUNTS).unwrap_or_default();
    let places = [Some(root.to_owned()), root.canonicalize().ok()];
    if places.iter().flatten().any(|place| has_mount(&mounts, place)) {
        tracing::warn!("{} is not removed, because something is mounted in it", root.display());
        return;
    }
    let removed = fs::remove_dir_all(root).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        // Directories without permissions, or nested deeper than descriptors reach.
        _ => flatten(root).and_then(|()| fs::remove_dir_all(root)),
    });
    if let Err(error) = removed {
        tracing::warn!("{} could not be removed: {error}", root.display());
    }
}

/// Whether something is mounted at a place or below it. The fifth word of a line of proc(5)'s `mountinfo` is where, with what
/// would divide words written as an octal number.
fn has_mount(mounts: &str, place: &Path) -> bool {
    let mut written = Vec::new();
    for byte in place.as_os_str().as_encoded_bytes() {
        match byte {
            b' ' | b'\t' | b'\n' | b'\\' => written.extend(format!("\\{byte:03o}").bytes()),
            _ => written.push(*byte),
        }
    }
    let mut points = mounts.lines().filter_map(|line| line.split(' ').nth(4)).map(str::as_bytes);
    points.any(|point| {
        point.strip_prefix(written.as_slice()).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
    })
}

/// Takes every directory below `root` out of the one that it is in, until none contains another, and makes them
/// accessible on the way.
fn flatten(root: &Path) -> io::Result<()> {
    let mut waiting = vec![root.to_owned()];
    let mut moved = 0;
    while let Some(directory) = waiting.pop() {
        fs::set_permissions(&directory, Permissions::from_mode(OWNER_ONLY))?;
        for entry in fs::read_dir(&directory)? {
            let entry = entry?;
            if !entry.file_type()?.is_dir() {
                continue;
            }
            // One without permissions cannot be moved either.
            fs::set_permissions(entry.path(), Permissions::from_mode(OWNER_ONLY))?;
            let place = root.with_extension(format!("{moved}"));
            moved += 1;
            fs::rename(entry.path(), &place)?;
            waiting.push(place);
        }
        if directory != root {
            fs::remove_dir_all(&directory)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use rustix::fs::{Mode, OFlags, fchmod, mkdirat, open, openat};

    use super::*;

    #[test]
    fn only_the_owner_may_look_into_it() {
        let directory = PrivateDirectory::create().unwrap();
        assert_eq!(fs::metadata(directory.path()).unwrap().permissions().mode() & 0o777, OWNER_ONLY);
    }

    #[test]
    fn it_goes_however_deep_it_is_and_whatever_its_permissions() {
        let directory = PrivateDirectory::create().unwrap();
        let mut place = open(directory.path(), OFlags::DIRECTORY, Mode::empty()).unwrap();
        for _ in 0..1500 {
            mkdirat(&place, "deeper", Mode::RWXU).unwrap();
            place = openat(&place, "deeper", OFlags::DIRECTORY, Mode::empty()).unwrap();
        }
        fchmod(&place, Mode::empty()).unwrap();
        // Root with many descriptors could do without.
        flatten(directory.path()).unwrap();
        let path = directory.path().to_owned();
        drop(directory);
        assert!(!path.exists());
    }

    /// As text: nothing is mounted for a test whose failure would be to remove it.
    #[test]
    fn a_mount_at_a_place_or_below_it_is_seen_and_one_beside_it_is_not() {
        let line = |place: &str| format!("22 43 254:0 / {place} rw,relatime - ext4 /dev/vda rw\n");
        let place = Path::new("/tmp/harness-x/my work");
        for (mounted, is_seen) in [
            ("/tmp/harness-x/my\\040work", true),
            ("/tmp/harness-x/my\\040work/0/deep", true),
            ("/tmp/harness-x/my\\040workshop", false),
            ("/tmp/harness-x", false),
            ("/", false),
        ] {
            assert_eq!(has_mount(&(line("/") + &line(mounted)), place), is_seen, "{mounted}");
        }
    }

    #[test]
    fn what_a_link_leads_to_stays() {
        let kept = tempfile::tempdir().unwrap();
        fs::write(kept.path().join("file"), "").unwrap();
        let directory = PrivateDirectory::create().unwrap();
        symlink(kept.path(), directory.path().join("link")).unwrap();
        flatten(directory.path()).unwrap();
        drop(directory);
        assert!(kept.path().join("file").exists());
    }
}

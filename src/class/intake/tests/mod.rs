//! Directories of classes, made as the platforms say that they make them.

mod any;
mod archives;
mod layouts;
mod rosters;

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

use super::*;
use crate::side::Side;

const CLIENT: &str = "buffered_client.py";
const SERVER: &str = "buffered_server.py";

/// The directory of a class.
struct Class(TempDir);

impl Class {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Files that have their paths as their contents.
    fn of(paths: &[&str]) -> Self {
        let class = Self::new();
        for path in paths {
            class.write(path, path);
        }
        class
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn take_in(&self) -> Intake {
        take_in(self.path(), &Names::default(), None).unwrap()
    }

    /// Takes it in with the only hand-in that it has.
    fn only(&self) -> HandIn {
        let Intake { mut hand_ins, unrecognized, .. } = self.take_in();
        assert_eq!(unrecognized, []);
        assert_eq!(hand_ins.len(), 1, "{hand_ins:?}");
        hand_ins.remove(0)
    }
}

/// `id: name: path: files: remarks` of each hand-in.
fn told(intake: &Intake) -> Vec<String> {
    let of = |hand_in: &HandIn| {
        let files = file_names(hand_in).join(" ");
        let name = hand_in.name.as_deref().unwrap_or("-");
        let late = if hand_in.is_late { " late" } else { "" };
        let remarks: String = hand_in.remarks.iter().map(|remark| format!(": {remark}")).collect();
        format!("{}: {name}{late}: {}: {files}{remarks}", hand_in.id, hand_in.path.display())
    };
    intake.hand_ins.iter().map(of).collect()
}

fn unrecognized(intake: &Intake) -> Vec<String> {
    intake.unrecognized.iter().map(|one| format!("{}: {}", one.path, one.reason)).collect()
}

fn file_names(hand_in: &HandIn) -> Vec<String> {
    hand_in.files.iter().map(|file| file.path.to_str().unwrap().to_owned()).collect()
}

/// What a hand-in unpacks to, in the order of the paths. Nothing else is written.
fn unpacked(hand_in: &HandIn) -> Vec<(String, Vec<u8>)> {
    let around = tempfile::tempdir().unwrap();
    let into = around.path().join("into");
    fs::create_dir(&into).unwrap();
    hand_in.unpack(&into).unwrap();
    assert_eq!(fs::read_dir(around.path()).unwrap().count(), 1);
    let entries = walkdir::WalkDir::new(&into).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = entries.filter(|entry| !entry.file_type().is_dir()).map(|entry| {
        assert!(entry.file_type().is_file());
        let path = entry.path().strip_prefix(&into).unwrap().to_string_lossy().into_owned();
        (path, fs::read(entry.path()).unwrap())
    });
    files.collect()
}

/// A ZIP archive of names and contents. A name that ends in a slash is a directory.
fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        let options = SimpleFileOptions::default();
        match name.strip_suffix('/') {
            Some(name) => writer.add_directory(name, options).unwrap(),
            None => writer.start_file(*name, options).unwrap(),
        }
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A tar archive of kinds, names and contents, whatever the names are. The content of a link is where it leads to.
fn tar(entries: &[(::tar::EntryType, &str, &[u8])]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (kind, name, bytes) in entries {
        let mut header = ::tar::Header::new_gnu();
        let is_link = kind.is_symlink() || kind.is_hard_link();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        if is_link {
            header.as_mut_bytes()[157..157 + bytes.len()].copy_from_slice(bytes);
        }
        header.set_entry_type(*kind);
        header.set_size(if is_link { 0 } else { bytes.len() as u64 });
        header.set_cksum();
        builder.append(&header, if is_link { &b""[..] } else { bytes }).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

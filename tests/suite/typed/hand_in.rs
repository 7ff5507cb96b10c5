//! A hand-in, named without an option.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use predicates::prelude::*;
use predicates::str::contains;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{copy, hand_in, harness, refused};

const SHORT: &[&str] = &["--scenario", "short", "--no-sandbox"];

/// The harness in this directory grades what is typed, all of it passes, and the report has these words.
#[track_caller]
fn grades(directory: &Path, typed: &[&str], shows: &str) {
    let mut command = harness(&[typed, SHORT].concat());
    command.current_dir(directory).assert().success().stdout(contains("3 passed").and(contains(shows)));
}

#[test]
fn a_folder_or_a_file_in_it_is_graded() {
    let room = hand_in("hi/mine/buffered_server.py", "hi/mine/buffered_client.py");
    let (server, client) = ("hi/mine/buffered_server.py", "hi/mine/buffered_client.py");
    for typed in [&["hi/mine"][..], &[server], &[client, server], &["--submission", server]] {
        grades(room.path(), typed, "hi/mine");
    }
    grades(&room.path().join("hi/mine"), &["."], "Python");
    grades(&room.path().join("hi/mine"), &["buffered_server.py"], "buffered_server.py");
}

#[test]
fn an_archive_is_graded() {
    let room = hand_in("buffered_server.py", "buffered_client.py");
    let files = ["buffered_server.py", "buffered_client.py"];
    let mut zip = ZipWriter::new(File::create(room.path().join("hw.zip")).unwrap());
    let gz = GzEncoder::new(File::create(room.path().join("hw.tar.gz")).unwrap(), Compression::fast());
    let mut tar = tar::Builder::new(gz);
    for file in files {
        let path = room.path().join(file);
        zip.start_file(format!("work/{file}"), SimpleFileOptions::default()).unwrap();
        zip.write_all(&fs::read(&path).unwrap()).unwrap();
        tar.append_path_with_name(&path, format!("work/{file}")).unwrap();
        fs::remove_file(path).unwrap();
    }
    zip.finish().unwrap();
    tar.into_inner().unwrap().finish().unwrap();
    for typed in [&["hw.zip"][..], &["hw.tar.gz"], &["--submission", "hw.zip"]] {
        grades(room.path(), typed, typed.last().unwrap());
    }
    fs::write(room.path().join("broken.zip"), "no archive").unwrap();
    let told = harness(&["broken.zip"]).current_dir(room.path()).assert().code(2).stdout("");
    told.stderr(contains("broken.zip is an archive that cannot be unpacked"));
}

#[test]
fn near_names_are_found_where_only_one_fits() {
    for (server, client) in [
        ("server.py", "client.py"),
        ("Buffered_Server.py", "Buffered_Client.py"),
        ("buffered_server (1).py", "buffered_client (1).py"),
        ("a/b/buffered_server.py", "a/b/buffered_client.py"),
    ] {
        let room = hand_in(server, client);
        grades(room.path(), &["."], client);
    }
}

#[test]
fn where_several_names_fit_the_option_is_named_that_takes_one() {
    let room = hand_in("buffered_server.py", "client.py");
    copy("buffered_client.py", &room.path().join("buffered_client (2).py"));
    let told = harness(&["."]).current_dir(room.path()).assert().code(3).stdout("");
    told.stderr(
        contains("buffered_client (2).py and client.py").and(contains("name one with --client-file")),
    );
    grades(room.path(), &[".", "--client-file", "client.py"], "Python");
    copy("buffered_client.py", &room.path().join("other/main.py"));
    let told = harness(&["other"]).current_dir(room.path()).assert().code(3).stdout("");
    told.stderr(contains("of main.py, name yours with --client-file and --server-file"));
    let told = harness(&["other/main.py"]).current_dir(room.path()).assert().code(3).stdout("");
    told.stderr(contains("nothing says whether other/main.py is the client or the server"));
}

#[test]
fn what_is_nothing_of_the_kind_is_told_with_what_to_type() {
    refused("frobnicate", 2, "no such file or directory: frobnicate (nor a command of that name)");
    refused("lsit", 2, "did you mean harness list?");
    refused("short", 2, "harness --scenario short");
    refused("127.0.0.1:36001", 2, "harness --target 127.0.0.1:36001");
    refused("Cargo.toml", 2, "harness --server ./Cargo.toml");
    refused("tests --target 127.0.0.1:1", 2, "give only one of them to be graded");
    refused("tests src", 2, "harness class DIR");
    refused("--scenario short list", 2, "list has to come first");
    refused("--python python3", 2, "--python is for a hand-in");
}

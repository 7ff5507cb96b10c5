//! The compiler wrapper in `.cargo`: it must matter to nothing but `cargo fuzz`.

#![cfg(unix)]

use std::path::Path;
use std::process::Command;

/// The wrapper, to be called with a compiler and its arguments.
fn wrapper() -> Command {
    Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join(".cargo/rustc-wrapper"))
}

/// What a compiler would find in `RUSTC_BOOTSTRAP` if cargo called it with `arguments`.
fn bootstrap_seen_with(arguments: &[&str]) -> String {
    let output = wrapper()
        .args(["sh", "-c", "printf %s \"${RUSTC_BOOTSTRAP-unset}\"", "rustc"])
        .args(arguments)
        .env_remove("RUSTC_BOOTSTRAP")
        .output()
        .expect("the wrapper is executable");
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn an_ordinary_call_is_left_alone() {
    assert_eq!(bootstrap_seen_with(&["--crate-name", "lengthwise", "-C", "opt-level=3"]), "unset");
    assert_eq!(bootstrap_seen_with(&[]), "unset");
}

#[test]
fn a_call_with_a_sanitizer_may_use_it() {
    assert_eq!(bootstrap_seen_with(&["--crate-name", "decoder", "-Zsanitizer=address", "-v"]), "1");
}

#[test]
fn a_variable_is_passed_on_whatever_its_name() {
    let output = wrapper().arg("env").env("CARGO_BIN_EXE_reference-server", "a path").output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("CARGO_BIN_EXE_reference-server=a path\n"));
}

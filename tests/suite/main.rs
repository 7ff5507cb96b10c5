//! Most of the integration tests, in one process: a module for each subject. `cargo test --test suite cli::` runs one module.
//!
//! Tests of this process run at the same time, more of them than there are processors (see `.cargo/config.toml`), so that some
//! compute while others wait. Each of them therefore leaves alone what belongs to all: the environment, the working directory,
//! resource limits, signal handlers, and children that it has not started. None may start programs by the library instead of by the
//! harness, which makes this process the parent of whatever they leave behind. And none may rely on how long something takes, or on
//! what else runs on the machine. A test that has to do any of this belongs in a target of its own: `containment`, `pace`, `figures`.

#[path = "../support"]
mod support {
    pub(crate) mod browser;
    pub(crate) mod changes;
    pub(crate) mod class_records;
    pub(crate) mod fixtures;
    pub(crate) mod graded;
    pub(crate) mod harness;
    pub(crate) mod is_there;
    pub(crate) mod not_passed;
    pub(crate) mod parallel;
    pub(crate) mod python;
    pub(crate) mod python_program;
    pub(crate) mod report;
    pub(crate) mod runtime;
    pub(crate) mod schemas;
    pub(crate) mod terminal;
    pub(crate) mod terms;
    pub(crate) mod whole;
}

mod assignment_file;
mod catalogue;
mod causes;
mod class;
mod cli;
mod clients;
mod corpus;
mod diagnosed;
mod formats;
mod fuzz;
mod golden;
mod gradebook;
mod hardening;
mod interop;
mod machine;
mod matrix;
mod page;
mod parameters;
mod platforms;
mod recording;
mod reference;
mod rustc_wrapper;
mod seals;
mod settling;
mod side_by_side;
mod terms;
mod typed;
mod wire_properties;

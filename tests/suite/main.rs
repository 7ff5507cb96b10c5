//! What is tested in one process, a module for each subject. `cargo test --test suite cli::` runs one of them.
//!
//! The tests of this process run at the same time, more of them than there are processors: mostly each waits for a program that it
//! has started. So none of them may do what another could notice. The environment, the current directory, limits and what is done
//! at a signal belong to all of them; a child is waited for by its own test alone; and what is still running, and which time
//! something takes, says nothing of one test. What does any of that is a target of its own.

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
}

mod assignment_file;
mod catalogue;
mod causes;
mod class;
mod cli;
mod clients;
mod corpus;
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
mod side_by_side;
mod terms;
mod typed;
mod wire_properties;

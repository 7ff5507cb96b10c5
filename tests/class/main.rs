//! `harness class`: a class is graded whole, whatever its hand-ins do, and whatever is done to the harness.
//!
//! By hand, with as many kills as you like, each at another moment:
//!
//! ```text
//! LENGTHWISE_KILLS=100 cargo test --test class killed
//! ```

mod hostile;
mod parts;
mod resumed;
mod room;
mod whole;
#[path = "../support"]
mod support {
    pub(crate) mod fixtures;
    pub(crate) mod harness;
    pub(crate) mod report;
    pub(crate) mod schemas;
    pub(crate) mod terminal;
}

//! `harness class`: a class is graded whole, whatever its hand-ins do, and whatever is done to the harness.
//!
//! By hand, with as many kills as you like, each at another moment:
//!
//! ```text
//! LENGTHWISE_KILLS=100 cargo test --test suite class::resumed::a_killed
//! ```
//!
//! And with every scenario for every hostile hand-in:
//!
//! ```text
//! LENGTHWISE_WHOLE=1 cargo test --test suite class::hostile
//! ```

#[path = "../../programs/attacks"]
mod attacks {
    pub(crate) mod answers;
    #[expect(dead_code, reason = "what has to be told of each is checked where it is played alone")]
    pub(crate) mod attack;
    pub(crate) mod files;
    pub(crate) mod machine;
    pub(crate) mod output;
    pub(crate) mod python;
}
mod engines;
mod hostile;
mod parts;
mod people;
mod resumed;
mod room;
mod whole;

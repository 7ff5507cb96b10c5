//! The graders of platforms, in folders like those that a platform has: packed by the script that packs them, and started as the
//! platform starts them.

mod action;
mod classroom50;
mod grader;
mod gradescope;
mod prairielearn;

//! A line on standard error that tells how far something has come, once it has taken a second. Where nobody looks, there is none.

use std::io::{self, IsTerminal};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What takes no longer than this needs no line.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the line is drawn, so that its time goes on.
const DRAW_EVERY: Duration = Duration::from_millis(200);

/// The line. It is gone once this is.
pub(super) struct Progress {
    bar: ProgressBar,
    /// What the thread waits for that shows the line.
    ended: Option<Sender<()>>,
}

impl Progress {
    /// A line for so many things, which is shown only where somebody may see it.
    pub(super) fn new(total: usize, is_wanted: bool) -> io::Result<Self> {
        let style = ProgressStyle::with_template("{bar:20} {pos} of {len}  {elapsed}  {wide_msg}");
        let style = style.expect("the template has what the crate knows");
        let bar =
            ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::hidden()).with_style(style);
        if !is_wanted || !io::stderr().is_terminal() {
            return Ok(Self { bar, ended: None });
        }
        let (ended, end) = mpsc::channel();
        let shown = bar.clone();
        thread::Builder::new().name("progress".into()).spawn(move || {
            if end.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                shown.set_draw_target(ProgressDrawTarget::stderr());
                shown.enable_steady_tick(DRAW_EVERY);
            }
        })?;
        Ok(Self { bar, ended: Some(ended) })
    }

    /// So many are done, and this is what is being done.
    pub(super) fn tell(&self, done: usize, message: String) {
        self.bar.set_position(done as u64);
        self.bar.set_message(message);
    }

    /// Does something that may write to the terminal, while the line is not there.
    pub(super) fn aside<T>(&self, act: impl FnOnce() -> T) -> T {
        self.bar.suspend(act)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.ended.take());
        self.bar.finish_and_clear();
    }
}

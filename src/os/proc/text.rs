//! What the files of `/proc` say, from their text.

use std::str;

use super::thread::{Activity, SystemCall};

/// The numbers of fields in `/proc/PID/stat`, as proc(5) counts them.
const STATE: usize = 3;
const PARENT: usize = 4;
const FLAGS: usize = 9;

/// A field of `/proc/PID/stat` by its number in proc(5), from the third on. The second is the name of the program, in parentheses,
/// which may be any bytes.
fn field(stat: &[u8], number: usize) -> Option<&str> {
    let after_name = stat.rsplit(|byte| *byte == b')').next()?;
    let mut fields = after_name.split(u8::is_ascii_whitespace).filter(|field| !field.is_empty());
    str::from_utf8(fields.nth(number.checked_sub(STATE)?)?).ok()
}

/// The parent of a process, from its `stat`.
pub(crate) fn parent(stat: &[u8]) -> Option<u32> {
    field(stat, PARENT)?.parse().ok()
}

/// The flags of a process (`PF_*`), from its `stat`.
pub(crate) fn flags(stat: &[u8]) -> Option<u32> {
    field(stat, FLAGS)?.parse().ok()
}

/// The letter for what a process or thread does, from its `stat`.
pub(crate) fn state(stat: &[u8]) -> Option<char> {
    field(stat, STATE)?.chars().next()
}

/// The third figure of `/proc/PID/task/TID/schedstat`.
pub(crate) fn turns(schedstat: &str) -> Option<u64> {
    schedstat.split_whitespace().nth(2)?.parse().ok()
}

/// The form of `/proc/PID/task/TID/syscall` (proc(5)): "running", or the number of the call, its arguments, and two pointers;
/// the number is -1 for a thread that sleeps outside of a call, and then there are no arguments.
pub(crate) fn activity(syscall: &str) -> Option<Activity> {
    let mut words = syscall.split_whitespace();
    let number = match words.next()? {
        "running" => return Some(Activity::Runs),
        number => number.parse().ok()?,
    };
    if number < 0 {
        return Some(Activity::Runs);
    }
    let mut arguments = [0; 6];
    for argument in &mut arguments {
        *argument = u64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok()?;
    }
    Some(Activity::Sleeps(SystemCall { number, arguments }))
}

/// The signals that wait for a process or for its first thread, from its `status`: the first in the lowest bit.
pub(crate) fn pending_signals(status: &str) -> u64 {
    ["SigPnd:", "ShdPnd:"].iter().filter_map(|key| mask(status, key)).fold(0, |all, mask| all | mask)
}

/// The signals that a process has handlers for, from its `status`: the first in the lowest bit.
pub(crate) fn caught_signals(status: &str) -> Option<u64> {
    mask(status, "SigCgt:")
}

/// Whether a process is the first of a namespace below the one that its `status` was read in.
pub(crate) fn is_first_of_namespace(status: &str) -> bool {
    // Its id in each namespace that it is in, the innermost last.
    let mut ids =
        status.lines().find_map(|line| line.strip_prefix("NSpid:")).unwrap_or_default().split_whitespace();
    ids.next_back() == Some("1") && ids.next().is_some()
}

fn mask(status: &str, key: &str) -> Option<u64> {
    let mask = status.lines().find_map(|line| line.strip_prefix(key))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}

/// The most locks on files, from `/proc/PID/limits`; nothing where there is no limit.
pub(crate) fn file_lock_limit(limits: &str) -> Option<u64> {
    let mut values = limits.lines().find_map(|line| line.strip_prefix("Max file locks"))?.split_whitespace();
    let (_soft, hard) = (values.next()?, values.next()?);
    // Or "unlimited".
    hard.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stat_says_follows_the_last_parenthesis() {
        assert_eq!(parent(b"12 (a) S 9 (\xff)) S 1 12 12"), Some(1));
        assert_eq!(parent(b""), None);
        assert_eq!(state(b"12 (a) R (b)) T 1 12"), Some('T'));
        assert_eq!(turns("123 456 7\n"), Some(7));
    }

    #[test]
    fn a_line_of_the_kernel_is_a_call_and_its_arguments() {
        let read = "0 0x5 0x7ffc0 0x4 0x0 0x0 0x0 0x7ffd1 0x7f1\n";
        let call = SystemCall { number: 0, arguments: [5, 0x7_ffc0, 4, 0, 0, 0] };
        assert_eq!(activity(read), Some(Activity::Sleeps(call)));
        assert_eq!(activity("running\n"), Some(Activity::Runs));
        assert_eq!(activity("-1 0x7ffd1 0x7f1\n"), Some(Activity::Runs));
        assert_eq!(activity("0 0x5"), None);
        assert_eq!(activity(""), None);
    }

    #[test]
    fn signals_and_limits_are_found_by_their_names() {
        let status = "Name:\tSigPnd: 1\nSigPnd:\t0000000000000100\nShdPnd:\t0000000000000001\nSigCgt:\t0000000000000002\n";
        assert_eq!((pending_signals(status), caught_signals(status)), (0x101, Some(2)));
        assert_eq!((pending_signals(""), caught_signals("")), (0, None));
        let firsts = ["NSpid:\t4711\t1\n", "NSpid:\t1\n", "NSpid:\t4711\t2\n", ""].map(is_first_of_namespace);
        assert_eq!(firsts, [true, false, false, false]);
        let limits = "Max file locks            5                    7                    locks     \n";
        assert_eq!(file_lock_limit(limits), Some(7));
        assert_eq!(
            file_lock_limit("Max file locks            unlimited            unlimited            locks"),
            None
        );
    }
}

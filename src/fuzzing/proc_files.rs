//! The files of `/proc`, whose names of programs may be any bytes.

use arbitrary::{Result, Unstructured};

use crate::os::proc::Activity;
use crate::os::proc::text::{
    activity, caught_signals, file_lock_limit, flags, parent, pending_signals, state, turns,
};

/// What the kernel writes is read back, whatever a program is called; and any other text is either understood or not.
pub fn proc_files(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (_, _, _) = (parent(data), flags(data), state(data));
    let (_, _, _) = (pending_signals(&text), caught_signals(&text), file_lock_limit(&text));
    let _ = turns(&text);
    if let Some(Activity::Sleeps(call)) = activity(&text) {
        assert!(call.number >= 0, "a number below 0 is no call");
    }
    let _ = check(&mut Unstructured::new(data));
}

fn check(input: &mut Unstructured<'_>) -> Result<()> {
    let letter = *input.choose(b"RSDTtZXI")?;
    let (pid, above, program_flags): (u32, u32, u32) = input.arbitrary()?;
    let name = input.bytes(input.len().min(15))?;
    let stat = [
        format!("{pid} (").as_bytes(),
        name,
        format!(") {} {above} 1 1 0 -1 {program_flags} 0", char::from(letter)).as_bytes(),
    ]
    .concat();
    assert_eq!(state(&stat), Some(letter.into()));
    assert_eq!((parent(&stat), flags(&stat)), (Some(above), Some(program_flags)));

    let masks: [u64; 3] = input.arbitrary()?;
    // The kernel escapes the end of a line in a name here, and nothing else that matters.
    let name = String::from_utf8_lossy(name).replace('\n', "\\n").replace('\r', "");
    let [own, shared, caught] = masks;
    let status =
        format!("Name:\t{name}\nSigPnd:\t{own:016x}\nShdPnd:\t{shared:016x}\nSigCgt:\t{caught:016x}\n");
    assert_eq!((pending_signals(&status), caught_signals(&status)), (own | shared, Some(caught)));

    let (number, arguments): (u16, [u64; 6]) = input.arbitrary()?;
    let [a, b, c, d, e, f] = arguments;
    let line = format!("{number} {a:#x} {b:#x} {c:#x} {d:#x} {e:#x} {f:#x} {own:#x} {shared:#x}\n");
    match activity(&line) {
        Some(Activity::Sleeps(call)) => {
            assert_eq!((call.number, call.arguments), (number.into(), arguments));
        }
        other => panic!("{line:?} is {other:?}"),
    }
    assert_eq!(turns(&format!("{own} {shared} {caught}\n")), Some(caught));
    Ok(())
}

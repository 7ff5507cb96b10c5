//! What is shown is as wide as the terminal, within reason.

use crate::support::terminal::in_terminal;

/// What clears a line that is written anew.
const CLEARED: &str = "\r\u{1b}[2K";

#[test]
fn lines_end_where_the_terminal_does() {
    for arguments in [
        &["list"][..],
        &["list", "--bugs"],
        &["explain", "short"],
        &["explain", "rules"],
        &["--scenario", "short,medium,delivery", "--seed", "7"],
    ] {
        let widest = |columns: u16| {
            let shown = in_terminal(columns, arguments);
            // A run that takes its time has a line that is cleared and written again and again, as wide as the terminal: on a busy
            // machine one may have it, and another not.
            let parts =
                |line: &'_ str| line.split(CLEARED).map(str::chars).map(Iterator::count).collect::<Vec<_>>();
            let lines: Vec<_> = shown.lines().map(parts).collect();
            let fits = |width: &usize| *width <= usize::from(columns);
            assert!(lines.iter().flatten().all(fits), "{columns} columns, {arguments:?}:\n{shown}");
            lines.iter().filter_map(|parts| parts.last()).copied().max().unwrap()
        };
        let [narrow, usual, wide] = [40, 80, 200].map(widest);
        assert!(narrow < usual && usual <= wide, "{arguments:?}: {narrow}, {usual}, {wide}");
    }
    let wide = in_terminal(200, &["explain", "rules"]);
    assert!(wide.lines().any(|line| line.chars().count() > 80), "{wide}");
}

//! What is shown is as wide as the terminal, within reason.

use crate::support::terminal::in_terminal;

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
            // A run that takes its time has a line that is cleared and written again and again.
            let lines = shown.lines().flat_map(|line| line.split("\r\u{1b}[2K"));
            let widest = lines.map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= usize::from(columns), "{columns} columns, {arguments:?}:\n{shown}");
            widest
        };
        let [narrow, usual, wide] = [40, 80, 200].map(widest);
        assert!(narrow < usual && usual <= wide, "{arguments:?}: {narrow}, {usual}, {wide}");
    }
    let wide = in_terminal(200, &["explain", "rules"]);
    assert!(wide.lines().any(|line| line.chars().count() > 80), "{wide}");
}

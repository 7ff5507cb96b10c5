//! Help in other forms: on one screen, as a manual page, and for a shell that completes words.

use std::ffi::OsString;
use std::io::{self, Write};

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use super::Problem;
use super::arguments::Arguments;
use crate::event::HARNESS_VERSION;
use crate::suggestion::meant;

/// What most people type, on a screen of 24 lines.
pub(super) const SHORT: &str = include_str!("short_help.txt");

/// Whether these arguments ask for short help on the program as a whole.
pub(super) fn is_wanted(arguments: &[OsString]) -> bool {
    let command = Arguments::command();
    let has_command = || arguments.iter().skip(1).any(|word| command.find_subcommand(word).is_some());
    arguments.iter().skip(1).any(|word| word == "-h") && !has_command()
}

/// Writes what `shell` needs to complete words.
pub(super) fn completions(out: &mut impl Write, shell: Shell) -> Result<(), Problem> {
    // Written to directly, what generates it panics where that fails.
    let mut script = Vec::new();
    clap_complete::generate(
        shell,
        &mut shown(&Arguments::command()).version(HARNESS_VERSION),
        "harness",
        &mut script,
    );
    Ok(out.write_all(&script)?)
}

/// What the help on `command` shows of it: a script would complete hidden options as well.
fn shown(command: &Command) -> Command {
    Command::new(command.get_name().to_owned())
        .about(command.get_about().cloned().unwrap_or_default())
        .args(command.get_arguments().filter(|argument| !argument.is_hide_set()))
        .subcommands(command.get_subcommands().map(shown))
}

/// Writes the manual page of the program, or of one of its commands.
pub(super) fn man(out: &mut impl Write, name: Option<&str>) -> Result<(), Problem> {
    let mut program = Arguments::command();
    program.build();
    let (title, page) = match name {
        None => ("harness".to_owned(), program.display_name("harness")),
        Some(name) => match program.find_subcommand(name) {
            Some(command) => (format!("harness-{name}"), command.clone()),
            None => {
                let known = program.get_subcommands().map(Command::get_name);
                return Err(Problem::Usage(format!("there is no command {name}: {}", meant(name, known))));
            }
        },
    };
    let mut text = Vec::new();
    // As --version has it.
    let source = format!("lengthwise {HARNESS_VERSION}");
    Man::new(page).title(title).source(source).render(&mut text)?;
    Ok(out.write_all(&text)?)
}

/// Writes the short help.
pub(super) fn short(out: &mut impl Write) -> io::Result<()> {
    out.write_all(SHORT.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_help_fits_a_screen_and_names_what_there_is() {
        assert!(SHORT.lines().count() <= 24);
        assert!(SHORT.lines().all(|line| line.chars().count() <= 80), "{SHORT}");
        let command = Arguments::command();
        for name in command.get_subcommands().map(Command::get_name) {
            assert!(SHORT.contains(name), "{name} is missing");
        }
        let options = SHORT.split_whitespace().filter_map(|word| word.strip_prefix("--"));
        for option in options.filter(|option| *option != "help") {
            assert!(
                command.get_arguments().any(|known| known.get_long() == Some(option)),
                "there is no --{option}"
            );
        }
    }
}

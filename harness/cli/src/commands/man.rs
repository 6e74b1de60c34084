//! `sprag completions` and `sprag man`: what shells and manuals know of this command.

use std::io::Write as _;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::exit::{Exit, Refusal};

/// Prints the completions for a shell.
pub(crate) fn completions(shell: Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "sprag", &mut script);
    print(&script)
}

/// Prints the manual page: the command's own, and one of each subcommand that is not hidden.
pub(crate) fn man() -> Result<Exit, Refusal> {
    let mut pages = Vec::new();
    let mut command = Arguments::command();
    command.build();
    let subcommands = command.get_subcommands().filter(|it| !it.is_hide_set()).cloned();
    let all = std::iter::once(command.clone()).chain(subcommands);
    for page in all {
        clap_mangen::Man::new(page)
            .render(&mut pages)
            .map_err(|error| Refusal::fault(error.to_string()))?;
    }
    Ok(print(&pages))
}

/// A reader that has had enough is no failure.
fn print(text: &[u8]) -> Exit {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text).and_then(|()| stdout.flush());
    Exit::Fine
}

//! The `sprag` command. [`main`] is all of it; [`fuzzing`] is what fuzz targets need of it.

#![forbid(unsafe_code)]

mod arguments;
mod baseline;
mod commands;
mod conduct;
mod console;
mod crew;
mod criterion;
mod exit;
pub mod fuzzing;
mod grade;
mod init;
mod interrupt;
mod names;
mod plan;
mod platform;
mod registry;
mod subject;
mod worker;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::{Arguments, Command};
use console::Console;
use exit::{Exit, Refusal};

/// The command: reads its arguments, does what they say, and gives its exit status.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are asked for; all else is a wrong command line.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Fine }.into();
        }
    };
    let done = match arguments.command {
        None => commands::tour(),
        Some(Command::Init(init)) => commands::init(&init),
        Some(Command::Check(check)) => commands::check(&check),
        Some(Command::Baseline(command)) => commands::baseline(&command),
        Some(Command::Merge(merge)) => commands::merge(&merge),
        Some(Command::Diff(diff)) => commands::diff(&diff),
        Some(Command::List { what }) => Ok(commands::list(what)),
        Some(Command::Explain { would_catch: Some(name), .. }) => commands::would_catch(&name),
        Some(Command::Explain { game, .. }) => commands::explain(&game.unwrap_or_default()),
        Some(Command::Map(map)) => commands::map(&map),
        Some(Command::Bench(bench)) => commands::bench(&bench),
        Some(Command::Mutants(mutants)) => commands::mutants(&mutants),
        Some(Command::Probe(probe)) => commands::probe(&probe),
        Some(Command::Trace(trace)) => commands::trace(&trace),
        Some(Command::Replay(replay)) => commands::replay(&replay),
        Some(Command::Serve { ratchet }) => commands::serve(&ratchet),
        Some(Command::Completions { shell }) => Ok(commands::completions(shell)),
        Some(Command::Man) => commands::man(),
        Some(Command::Launch { memory, line }) => Err(platform::launch(memory, &line)),
        Some(Command::Worker) => {
            worker::work().map(|()| Exit::Fine).map_err(|error| Refusal::fault(error.to_string()))
        }
    };
    done.unwrap_or_else(|refusal| {
        Console::stderr().line(&format!("error: {}", refusal.words));
        refusal.exit
    })
    .into()
}

//! `sprag baseline update`: the file of expected failures follows what is found.

use std::path::PathBuf;

use sprag_report::{inert, terminal};

use super::{check, outcome};
use crate::arguments::{BaselineCommand, CheckArguments};
use crate::baseline::Baseline;
use crate::console::Console;
use crate::exit::{Exit, Refusal};

/// The file unless another one is named.
const USUAL: &str = "sprag.toml";

/// Keeps a baseline.
pub(crate) fn baseline(command: &BaselineCommand) -> Result<Exit, Refusal> {
    let BaselineCommand::Update(arguments) = command;
    let path = arguments.baseline.clone().unwrap_or_else(|| PathBuf::from(USUAL));
    // What stands in the file already is read for its section [check], and for its faults.
    let baseline = path.exists().then(|| path.clone());
    let (_, arguments) = Baseline::of(&CheckArguments { baseline, ..(**arguments).clone() })?;
    let check::Run { report, conducted, .. } = check::run(&arguments, false, &mut |_, _| {})?;
    let mut console = Console::stdout();
    console.line(&terminal::verdicts(&report));
    outcome::tell_troubles(&mut console, &conducted);
    let exit = outcome::exit(&report, &conducted, arguments.strict, arguments.at_least);
    if !matches!(exit, Exit::Fine | Exit::Failed | Exit::Outdated) {
        console.line("the baseline is left as it is: the run did not come to its end");
        return Ok(exit);
    }
    let (text, changes) = Baseline::updated(&path, &report, arguments.strict)?;
    super::write(&path, &text)?;
    for change in &changes {
        console.line(change);
    }
    let count = match changes.len() {
        0 => "nothing changed".to_owned(),
        1 => "1 change".to_owned(),
        more => format!("{more} changes"),
    };
    console.line(&format!("{}: {count}", inert(&path.to_string_lossy())));
    Ok(Exit::Fine)
}

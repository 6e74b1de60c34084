//! `sprag merge` and `sprag diff`: what can be done with reports alone.

use std::path::Path;

use sprag_report::{Context, Report, diff, merge, terminal};

use super::documents::Documents;
use super::{outcome, read, refused};
use crate::arguments::{DiffArguments, MergeArguments};
use crate::console::Console;
use crate::exit::{Exit, Refusal};

/// Makes one report of the parts of a run.
pub(crate) fn merge(arguments: &MergeArguments) -> Result<Exit, Refusal> {
    let documents = Documents::of(&arguments.documents)?;
    let parts = arguments.reports.iter().map(|path| report(path));
    let parts = parts.collect::<Result<Vec<Report>, Refusal>>()?;
    let whole = merge::merge(&parts).map_err(|error| Refusal::usage(error.to_string()))?;
    let context = Context { strict: arguments.strict, ..Context::default() };
    let artifact = whole.ratchets.first().map_or("", |ratchet| &ratchet.name);
    documents.write(&whole, artifact, &context)?;
    let mut console =
        if documents.take_to_stdout() { Console::stderr() } else { Console::stdout() };
    console.line(&terminal::verdicts(&whole));
    let comparison = terminal::comparison(&whole);
    if !comparison.is_empty() {
        console.line(&comparison);
    }
    console.print(&terminal::remarks(&whole, arguments.strict));
    console.print(&terminal::summary(&whole));
    Ok(outcome::exit(&whole, &[], arguments.strict, None))
}

/// Says what got better or worse; exits 1 if something got worse.
pub(crate) fn diff(arguments: &DiffArguments) -> Result<Exit, Refusal> {
    let diff = diff::diff(&report(&arguments.before)?, &report(&arguments.after)?);
    Console::stdout().print(&terminal::diff(&diff));
    Ok(if diff.has_worse() { Exit::Failed } else { Exit::Fine })
}

fn report(path: &Path) -> Result<Report, Refusal> {
    Report::from_json(&read(path)?).map_err(|error| refused(path, &error.to_string()))
}

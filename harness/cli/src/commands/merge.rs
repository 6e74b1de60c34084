//! `sprag merge`.

use sprag_report::{Context, Report, merge, terminal};

use super::documents::Documents;
use super::{outcome, report};
use crate::arguments::MergeArguments;
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

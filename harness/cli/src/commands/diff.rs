//! `sprag diff`.

use sprag_report::{diff, terminal};

use super::report;
use crate::arguments::DiffArguments;
use crate::console::Console;
use crate::exit::{Exit, Refusal};

/// Says what got better or worse; exits 1 if something got worse.
pub(crate) fn diff(arguments: &DiffArguments) -> Result<Exit, Refusal> {
    let diff = diff::diff(&report(&arguments.before)?, &report(&arguments.after)?);
    Console::stdout().print(&terminal::diff(&diff));
    Ok(if diff.has_worse() { Exit::Failed } else { Exit::Fine })
}

//! `sprag serve`: a built-in ratchet as a child process.

use crate::exit::{Exit, Refusal};
use crate::names;

/// Answers the child protocol until standard input ends.
pub(crate) fn serve(ratchet: &str) -> Result<Exit, Refusal> {
    let entries = names::ratchets(&[ratchet.to_owned()])?;
    let [entry] = entries.as_slice() else {
        return Err(Refusal::usage("one ratchet is served, by its whole name"));
    };
    sprag_kit::serve(&*entry.ratchet, entry.version)
        .map(|()| Exit::Fine)
        .map_err(|error| Refusal::fault(error.to_string()))
}

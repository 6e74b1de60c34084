//! Serves the library that the command line names.

use std::process::ExitCode;

use sprag::DynRatchet;

/// Serves the one argument's library, which `library` knows, until there are no more calls.
pub(crate) fn run(
    names: &[&str],
    library: impl Fn(&str) -> Option<(Box<dyn DynRatchet>, &'static str)>,
) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let named = match &arguments[..] {
        [name] => library(name),
        _ => None,
    };
    let Some((ratchet, version)) = named else {
        eprintln!("one argument, the name of a library: {}", names.join(", "));
        return ExitCode::from(2);
    };
    match sprag_kit::serve(&*ratchet, version) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

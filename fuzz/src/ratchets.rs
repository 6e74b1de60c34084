//! Which ratchet an input is played on.

use std::sync::{LazyLock, OnceLock};

use sprag::fuzzing::Fuzzed;
use sprag_cli::fuzzing;

/// The variable that names the ratchet in place of the input, to measure how soon a planted bug is found.
pub const VARIABLE: &str = "SPRAG_FUZZ_RATCHET";

/// What is known of each ratchet, found out when it is first picked. No input adds to it.
static KNOWN: LazyLock<Vec<OnceLock<Fuzzed<'static>>>> =
    LazyLock::new(|| fuzzing::RATCHETS.iter().map(|_| OnceLock::new()).collect());

static NAMED: LazyLock<Option<(String, Fuzzed<'static>)>> = LazyLock::new(|| {
    let name = std::env::var(VARIABLE).ok()?;
    let fuzzed = named(&name);
    Some((name, fuzzed))
});

/// The ratchet that [`VARIABLE`] names, or else the one that a byte picks.
#[must_use]
pub fn picked(byte: u8) -> &'static Fuzzed<'static> {
    if let Some((_, fuzzed)) = &*NAMED {
        return fuzzed;
    }
    let known = &KNOWN[usize::from(byte) % KNOWN.len()];
    known.get_or_init(|| named(fuzzing::picked(byte)))
}

/// The name of [`picked`].
#[must_use]
pub fn name_of(byte: u8) -> &'static str {
    NAMED.as_ref().map_or_else(|| fuzzing::picked(byte), |(name, _)| name)
}

/// The ratchet of this name, a mutant's too; a mutant is compared with what it was planted in.
///
/// # Panics
/// If there is none, or this build cannot capture the randomness of libraries: its runs would not repeat.
#[must_use]
pub fn named(name: &str) -> Fuzzed<'static> {
    assert!(
        sprag_capture::works(),
        "this build does not capture randomness; fuzz/run builds with the flags of .cargo/config.toml"
    );
    let found = fuzzing::ratchet(name);
    let (ratchet, deviations) = found.unwrap_or_else(|| panic!("no ratchet is called {name}"));
    let fuzzed = Fuzzed::new(ratchet, deviations);
    let fuzzed = fuzzed.unwrap_or_else(|refused| panic!("{name}: no session opens: {refused}"));
    match fuzzing::reference(name) {
        Some(reference) => fuzzed.against(reference),
        None => fuzzed,
    }
}

/// How many ratchets a byte picks from.
#[must_use]
pub const fn count() -> u8 {
    fuzzing::RATCHETS.len() as u8
}

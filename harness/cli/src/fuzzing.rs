//! What the fuzz targets of this project need of the command.

use std::path::Path;

use sprag::{Deviation, DynRatchet};

use crate::{baseline, registry};

/// The ratchets that the first byte of an input picks, by their place. New ones come at the end, so that old inputs with
/// the mark of one go on meaning what they meant. Those that draw from a generator of their own are left out: their runs do not repeat.
pub const RATCHETS: &[&str] = &[
    "textbook/double-ratchet-eager",
    "textbook/double-ratchet-lazy",
    "textbook/double-ratchet-header-encrypted",
    "textbook/hybrid-ratchet",
    "textbook/symmetric-ratchet",
    "textbook/periodic-rekey",
    "textbook/static-key",
    "vodozemac/olm-v1",
    "vodozemac/olm-v2",
    "unusual/1000-bytes",
    "unusual/1000-bytes-undeclared",
    "unusual/16-bytes",
    "unusual/8-bytes",
    "unusual/aborting",
    "unusual/acks-eager",
    "unusual/acks-lazy",
    "unusual/answers-periodic",
    "unusual/answers-static",
    "unusual/answers-symmetric",
    "unusual/bare-eager",
    "unusual/bare-lazy",
    "unusual/bare-static",
    "unusual/bare-symmetric",
    "unusual/base64",
    "unusual/big-header",
    "unusual/cbc-hmac-32",
    "unusual/cbc-hmac-8",
    "unusual/chains-four",
    "unusual/chains-none",
    "unusual/chains-old-key-kept",
    "unusual/chains-one",
    "unusual/chains-sealed-one-class-bare",
    "unusual/counter-only",
    "unusual/counts-from-one",
    "unusual/datagram",
    "unusual/draws-first",
    "unusual/encrypted-export",
    "unusual/encrypted-headers-bare",
    "unusual/encrypted-headers-opened",
    "unusual/encrypted-headers-small",
    "unusual/ends-after-100",
    "unusual/expiring-keys",
    "unusual/forged-for-all",
    "unusual/gives-up-old-chains",
    "unusual/initial-chain-closed",
    "unusual/initial-chain-closed-lazy",
    "unusual/initial-chain-eager",
    "unusual/initial-chain-lazy",
    "unusual/json",
    "unusual/keeps-last-period",
    "unusual/key-only",
    "unusual/key-per-message",
    "unusual/late-start",
    "unusual/least-size",
    "unusual/never-empty",
    "unusual/no-associated-data",
    "unusual/no-export",
    "unusual/no-field-found",
    "unusual/no-fields",
    "unusual/no-gap-eager",
    "unusual/no-gap-lazy",
    "unusual/no-integrity",
    "unusual/one-byte-counter",
    "unusual/one-class",
    "unusual/one-store",
    "unusual/one-way",
    "unusual/opened-eager",
    "unusual/opened-lazy",
    "unusual/opened-symmetric",
    "unusual/own-classes",
    "unusual/own-names",
    "unusual/padding-160",
    "unusual/periodic-undeclared",
    "unusual/protobuf",
    "unusual/random-nonce",
    "unusual/random-padding",
    "unusual/refuses-undeclared",
    "unusual/refuses-when-full",
    "unusual/rekeys-by-clock",
    "unusual/rekeys-inline",
    "unusual/rekeys-often",
    "unusual/salted-export",
    "unusual/sealed",
    "unusual/sliding-window",
    "unusual/static-no-direction",
    "unusual/static-no-replays",
    "unusual/static-synthetic",
    "unusual/static-to-recipient",
    "unusual/stores-nothing",
    "unusual/stores-three",
    "unusual/strict-eager",
    "unusual/strict-lazy",
    "unusual/synthetic-nonce",
    "unusual/to-the-letter",
    "unusual/uncounted",
    "unusual/uncounted-aborting",
    "unusual/undeclared-limits",
    "unusual/answers-texts",
    "unusual/acks-aborting",
    "unusual/acks-chains",
    "unusual/acks-end-after-100",
    "unusual/acks-greeting",
    "unusual/acks-no-gap",
    "unusual/acks-no-integrity",
    "unusual/acks-store-nothing",
    "unusual/acks-strict",
    "unusual/acks-window",
    "unusual/strict-periodic",
    "unusual/numbered-envelope",
];

/// The ratchet of this name, a mutant's too, and where it is known to leak more than its profile says.
#[must_use]
pub fn ratchet(name: &str) -> Option<(&'static dyn DynRatchet, &'static [Deviation])> {
    registry::find(name).map(|entry| (&*entry.ratchet, entry.deviations.as_slice()))
}

/// A correct ratchet that makes the same bytes as the mutant of this name; none for a ratchet that is no mutant.
#[must_use]
pub fn reference(name: &str) -> Option<&'static dyn DynRatchet> {
    registry::find(name).and_then(registry::reference)
}

/// The name of the ratchet that a byte picks.
#[must_use]
pub fn picked(byte: u8) -> &'static str {
    RATCHETS[usize::from(byte) % RATCHETS.len()]
}

/// Reads a baseline, `sprag.toml`, and says how many expectations are in it.
///
/// # Errors
/// What is wrong with it, as the command says it.
pub fn read_baseline(text: &str) -> Result<usize, String> {
    baseline::expectations(Path::new("sprag.toml"), text).map_err(|refusal| refusal.words)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Their randomness is out of reach, or they take their time.
    const LEFT_OUT: [&str; 6] = [
        "unusual/hidden-eager",
        "unusual/hidden-lazy",
        "unusual/hidden-no-integrity",
        "unusual/hidden-periodic",
        "unusual/opened-padded-hidden-bare",
        "unusual/slow",
    ];

    #[test]
    fn every_honest_ratchet_is_fuzzed_or_left_out() {
        let fuzzed: BTreeSet<String> = RATCHETS.iter().map(ToString::to_string).collect();
        assert_eq!(fuzzed.len(), RATCHETS.len(), "a name stands twice");
        assert!(RATCHETS.len() < 256);
        let honest = registry::all().iter().filter(|entry| entry.mutant.is_none());
        let mut expected: BTreeSet<String> = honest.map(|entry| entry.name.clone()).collect();
        let unusual = sprag_unusual::zoo().map(|member| member.ratchet.name().into_owned());
        expected.extend(unusual.filter(|name| !LEFT_OUT.contains(&name.as_str())));
        assert_eq!(fuzzed, expected);
        assert!(RATCHETS.iter().all(|name| ratchet(name).is_some()));
    }

    #[test]
    fn only_mutants_have_a_reference() {
        assert!(reference("mutant/f01-keeps-used-keys").is_some());
        assert!(reference("textbook/static-key").is_none() && reference("nobody").is_none());
    }

    #[test]
    fn a_baseline_is_read_as_the_command_reads_it() {
        let entry = "[[expect]]\ngame = \"a\"\nverdict = \"fail\"\nreason = \"b\"\n";
        assert_eq!(read_baseline(entry), Ok(1));
        let error = read_baseline("[[expect]]\ngaem = 1").unwrap_err();
        assert!(error.contains("sprag.toml: line 2, column 1"), "{error}");
    }
}

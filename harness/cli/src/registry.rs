//! The built-in ratchets. A new one is one line.

use std::sync::LazyLock;

use sprag::{Deviation, DeviationKind, DynRatchet, Family, KeyGeneration, Profile, Ratchet};
use sprag_adapters::Olm;
use sprag_mutants::{Mutant, Planted};
use sprag_protocols::{
    DoubleRatchet, HeaderEncrypted, HybridRatchet, PeriodicRekey, StaticKey, SymmetricRatchet,
    periodic, static_key, symmetric,
};

/// A built-in ratchet.
pub(crate) struct Entry {
    /// Its name on the command line.
    pub name: String,
    /// Its version.
    pub version: &'static str,
    /// What it is, in one line.
    pub description: &'static str,
    /// Itself.
    pub ratchet: Box<dyn DynRatchet>,
    /// Where it is known to leak more than its profile says.
    pub deviations: Vec<Deviation>,
    /// The bug that was planted in it.
    pub mutant: Option<&'static Mutant>,
    /// The correct ratchet that the bug was planted in.
    pub base: Option<String>,
}

const OURS: &str = env!("CARGO_PKG_VERSION");
const VODOZEMAC: &str = "0.11.1";

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let mut entries = vec![
        honest(
            DoubleRatchet::eager(),
            OURS,
            "The Double Ratchet as its specification reads",
            vec![],
        ),
        honest(
            DoubleRatchet::lazy(),
            OURS,
            "The Double Ratchet, next keys made on sending",
            vec![],
        ),
        honest(
            HeaderEncrypted::textbook(),
            OURS,
            "The Double Ratchet with encrypted headers (section 4)",
            vec![],
        ),
        honest(
            HybridRatchet::default(),
            OURS,
            "A Double Ratchet beside a ratchet of ML-KEM; a message needs both",
            vec![],
        ),
        honest(
            SymmetricRatchet { steps: symmetric::Textbook },
            OURS,
            "One-way chains in both directions; never heals",
            vec![],
        ),
        honest(
            PeriodicRekey { steps: periodic::Textbook },
            OURS,
            "One key a period, Diffie-Hellman between periods",
            vec![],
        ),
        honest(
            StaticKey { steps: static_key::Textbook },
            OURS,
            "One key for ever: no ratchet, to measure that",
            vec![],
        ),
        honest(Olm::version_1(), VODOZEMAC, "Olm as Matrix uses it", olm_deviations()),
        honest(
            Olm::version_2(),
            VODOZEMAC,
            "Olm with a MAC of 32 bytes, experimental",
            olm_deviations(),
        ),
    ];
    entries.extend(sprag_mutants::mutants().into_iter().map(planted));
    entries
});

/// Honest ratchets of unusual shape. No list has them: a case may be theirs.
static UNUSUAL: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let entry = |member: sprag_unusual::Member| Entry {
        name: member.ratchet.name().into_owned(),
        version: OURS,
        description: member.oddity,
        ratchet: member.ratchet,
        deviations: Vec::new(),
        mutant: None,
        base: None,
    };
    sprag_unusual::zoo().map(entry).collect()
});

fn honest(
    ratchet: impl Ratchet + 'static,
    version: &'static str,
    description: &'static str,
    deviations: Vec<Deviation>,
) -> Entry {
    let name = Ratchet::name(&ratchet).into_owned();
    let ratchet = Box::new(ratchet);
    Entry { name, version, description, ratchet, deviations, mutant: None, base: None }
}

fn planted(planted: Planted) -> Entry {
    let (mutant, base) = (planted.mutant, planted.base());
    let entry = honest(planted, OURS, mutant.description, vec![]);
    Entry { mutant: Some(mutant), base: Some(base), ..entry }
}

fn olm_deviations() -> Vec<Deviation> {
    vec![Deviation {
        finding: "SPRAG-F-0001".into(),
        shown_by: "atomicity/failed-decrypt".into(),
        kind: DeviationKind::KeyMadeOnRejection,
    }]
}

/// Every built-in ratchet, the mutants last.
pub(crate) fn all() -> &'static [Entry] {
    &ENTRIES
}

/// The ratchet of this name.
pub(crate) fn find(name: &str) -> Option<&'static Entry> {
    let has_name = |entry: &&Entry| entry.name == name;
    all().iter().find(has_name).or_else(|| UNUSUAL.iter().find(has_name))
}

/// The textbook ratchet that a profile's family is compared with.
pub(crate) fn textbook(profile: &Profile) -> Option<&'static Entry> {
    find(match &profile.family {
        Family::DoubleRatchet(claims) => match claims.key_generation {
            KeyGeneration::Eager => "textbook/double-ratchet-eager",
            KeyGeneration::Lazy => "textbook/double-ratchet-lazy",
        },
        Family::HybridRatchet(_) => "textbook/hybrid-ratchet",
        Family::SymmetricRatchet(_) => "textbook/symmetric-ratchet",
        Family::PeriodicRekey(_) => "textbook/periodic-rekey",
        Family::StaticKey(_) => "textbook/static-key",
        _ => return None,
    })
}

/// A correct ratchet that makes the same bytes, where one is known: a mutant departs from it by its bug alone.
pub(crate) fn reference(entry: &Entry) -> Option<&'static dyn DynRatchet> {
    let textbook = find(sprag_mutants::planted_in(entry.mutant?)?)?;
    Some(&*textbook.ratchet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_every_family_has_its_textbook() {
        let mut names: Vec<&str> = all().iter().map(|entry| entry.name.as_str()).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        for entry in all() {
            assert!(textbook(&entry.ratchet.profile()).is_some(), "{}", entry.name);
            assert_eq!(entry.mutant.is_some(), entry.name.starts_with("mutant/"), "{}", entry.name);
            assert_eq!(entry.mutant.is_some(), entry.base.is_some(), "{}", entry.name);
            // Without its correct ratchet, a weak mutant could not be told from a weak design.
            if let Some(base) = &entry.base {
                let base = find(base).expect("the base is built in");
                assert!(base.mutant.is_none(), "{}", base.name);
                // Under the claims of its textbook a mutant departs from it by its bug alone.
                let claims_alike = base.ratchet.profile() == entry.ratchet.profile();
                assert!(reference(entry).is_some() || !claims_alike, "{}", entry.name);
            }
            if entry.mutant.is_none() {
                assert!(reference(entry).is_none(), "{}", entry.name);
            }
        }
    }

    #[test]
    fn deviations_name_games_that_exist() {
        for known in all().iter().flat_map(|entry| &entry.deviations) {
            assert!(sprag::games::find(&known.shown_by).is_some(), "{}", known.shown_by);
        }
    }
}

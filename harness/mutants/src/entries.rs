//! The catalogue of planted bugs as a number: which entries are built, and what becomes of the others.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::equivalent::EQUIVALENT;
use crate::survivors::SURVIVORS;
use crate::waiting::{WAITING, WaitsFor};
use crate::{CATALOGUE, Mutant};

/// Every entry of the catalogue: the letter of its class, and its numbers.
static ENTRIES: &[(&str, &[u8])] = &[
    ("F", &[1, 2, 3, 5, 6, 7, 8, 10, 11, 14, 16, 18, 20, 21, 22, 23, 24]),
    ("P", &[1, 2, 3, 4, 7, 9, 10, 11, 13, 16, 17, 18, 19, 20, 21, 22, 24, 25, 26, 27, 30]),
    ("A", &[1, 2, 3, 4, 7, 8, 9, 12, 13, 15, 16, 17, 19, 20, 21, 23, 24, 25, 26, 29, 32, 33]),
    ("A", &[35, 36, 37, 38, 39]),
    ("R", &[1, 4, 5, 6, 7, 10]),
    ("D", &[1, 2, 4, 5, 7, 8, 9, 10, 11, 12, 14, 16]),
    ("T", &[1, 2, 7, 8, 9, 11, 12, 13, 16, 17, 18, 19, 22]),
    ("B", &[1, 2, 4, 5, 6, 10, 11, 12, 13, 14, 15, 16, 17, 18, 22, 23]),
    ("S", &[1, 2, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16]),
    ("X", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    ("C", &[1, 2, 3, 4, 5, 6, 7]),
];

/// Numbers from this one on are not of the catalogue but our own.
const OWN: u8 = 50;

/// Numbers from this one on are of mutants with two faults.
const TWO_FAULTS: u8 = 90;

/// What has become of an entry of the catalogue.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// One or more mutants are built after it.
    Built,
    /// It needs something that is not there yet.
    Waits(WaitsFor),
    /// It cannot be told from a correct ratchet, because it is one.
    Equivalent,
    /// It differs from a correct ratchet, but no game is expected to see that.
    Survivor,
}

/// How many entries stand where.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Census {
    /// Entries of the catalogue.
    pub entries: usize,
    /// Mutants built, those of our own included.
    pub mutants: usize,
    /// Mutants of our own, after no entry.
    pub own: usize,
    /// Mutants with two faults, which are our own as well.
    pub two_faults: usize,
    /// Entries with at least one mutant.
    pub built: usize,
    /// Entries that wait for a handshake.
    pub wait_for_handshake: usize,
    /// Entries that wait for residue, timing and metadata games.
    pub wait_for_residue_and_timing: usize,
    /// Entries that wait for a store of several sessions.
    pub wait_for_store: usize,
    /// Entries that are correct ratchets.
    pub equivalent: usize,
    /// Entries that no game is expected to see.
    pub survivors: usize,
}

/// Ids of all entries, such as `P02`.
#[must_use]
pub fn entries() -> Vec<String> {
    let ids = |&(class, numbers): &(&'static str, &'static [u8])| {
        numbers.iter().map(move |number| format!("{class}{number:02}"))
    };
    ENTRIES.iter().flat_map(ids).collect()
}

/// Every entry with everything that it is listed as: one standing, if the lists are sound.
#[must_use]
pub fn standings() -> BTreeMap<String, Vec<Standing>> {
    let mut standings: BTreeMap<String, Vec<Standing>> =
        entries().into_iter().map(|id| (id, Vec::new())).collect();
    let mut note = |id: &str, standing: Standing| {
        if let Some(known) = standings.get_mut(id)
            && (standing != Standing::Built || !known.contains(&Standing::Built))
        {
            known.push(standing);
        }
    };
    CATALOGUE.iter().for_each(|mutant| note(&mutant.entry(), Standing::Built));
    WAITING.iter().for_each(|entry| note(entry.id, Standing::Waits(entry.waits_for)));
    EQUIVALENT.iter().for_each(|entry| note(entry.id, Standing::Equivalent));
    SURVIVORS.iter().for_each(|entry| note(entry.id, Standing::Survivor));
    standings
}

/// How many entries stand where.
#[must_use]
pub fn census() -> Census {
    let standings = standings();
    let count = |wanted: Standing| {
        standings.values().filter(|listed| listed.first() == Some(&wanted)).count()
    };
    Census {
        entries: standings.len(),
        mutants: CATALOGUE.len(),
        own: CATALOGUE.iter().filter(|mutant| mutant.is_own()).count(),
        two_faults: CATALOGUE.iter().filter(|mutant| mutant.has_two_faults()).count(),
        built: count(Standing::Built),
        wait_for_handshake: count(Standing::Waits(WaitsFor::Handshake)),
        wait_for_residue_and_timing: count(Standing::Waits(WaitsFor::ResidueAndTiming)),
        wait_for_store: count(Standing::Waits(WaitsFor::Store)),
        equivalent: count(Standing::Equivalent),
        survivors: count(Standing::Survivor),
    }
}

impl Mutant {
    /// The entry it is built after, such as `P02` for `p02-renews-once`; of our own ones the same form.
    #[must_use]
    pub fn entry(&self) -> String {
        self.id.split('-').next().unwrap_or(self.id).to_uppercase()
    }

    fn number(&self) -> u8 {
        self.entry().get(1..).and_then(|number| number.parse().ok()).unwrap_or(0)
    }

    /// Whether it is our own and after no entry of the catalogue.
    #[must_use]
    pub fn is_own(&self) -> bool {
        // The class that tries the harness is not of the catalogue.
        self.number() >= OWN || self.entry().starts_with('H')
    }

    /// Whether two faults were planted in it.
    #[must_use]
    pub fn has_two_faults(&self) -> bool {
        self.number() >= TWO_FAULTS
    }
}

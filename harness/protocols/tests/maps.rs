//! The maps of the textbook ratchets on the standard conversation, against sets that were worked out by hand.
//!
//! A moment is one theft from each party; what either thief reads counts. Messages are numbered from 1.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

use std::ops::RangeInclusive;

use sprag::engine::{Arena, Progress, RandomnessLevel};
use sprag::map::{Fate, TheftMap, standard_conversation, theft_map};
use sprag::randomness::CaseSeed;
use sprag::{DynRatchet, Profile};
use sprag_protocols::{DoubleRatchet, textbook};

const MESSAGES: usize = 44;

/// Messages that had been opened at each moment.
const OPENED: [usize; 29] = [
    0, 1, 2, 3, 4, 8, 9, 10, 14, 15, 16, 17, 19, 20, 20, 24, 28, 29, 30, 31, 32, 33, 35, 36, 39,
    40, 41, 42, 42,
];

fn named(name: &str) -> Box<dyn DynRatchet> {
    textbook().into_iter().find(|ratchet| ratchet.name() == name).unwrap()
}

fn map_under(ratchet: &dyn DynRatchet, profile: &Profile) -> TheftMap {
    let progress = Progress::new();
    let arena = Arena::new(ratchet, profile, RandomnessLevel::PerCall, &[], &progress);
    let arena = arena.seeded(CaseSeed::of_trial(1, "maps", 0));
    theft_map(&arena, &standard_conversation()).unwrap()
}

fn map(name: &str) -> TheftMap {
    let ratchet = named(name);
    map_under(&*ratchet, &ratchet.profile())
}

/// The messages of each moment to which this happened, as numbers.
fn numbers(map: &TheftMap, fate: Fate) -> Vec<Vec<usize>> {
    let moments = map.thefts.len() / 2;
    let at = |moment: usize, message: usize| {
        let of_moment = |theft: usize| theft % moments == moment;
        let cells = map.cells.iter().filter(|cell| cell.message == message);
        cells.filter(|cell| of_moment(cell.theft)).map(|cell| cell.fate).max()
    };
    let of =
        |moment| (1..=MESSAGES).filter(|number| at(moment, number - 1) == Some(fate)).collect();
    (0..moments).map(of).collect()
}

fn list(ranges: &[RangeInclusive<usize>]) -> Vec<usize> {
    ranges.iter().cloned().flatten().collect()
}

#[test]
fn no_textbook_ratchet_exposes_anything_beyond_its_claim() {
    for ratchet in textbook() {
        let map = map_under(&*ratchet, &ratchet.profile());
        assert_eq!((map.thefts.len(), map.messages.len()), (2 * OPENED.len(), MESSAGES));
        assert_eq!(map.broken, None, "{}", ratchet.name());
        let wrong = |fate| numbers(&map, fate).concat();
        assert_eq!(wrong(Fate::BeyondClaim), [0; 0], "{}", ratchet.name());
        assert_eq!(wrong(Fate::NotJudged), [0; 0], "{}", ratchet.name());
        assert_eq!(wrong(Fate::VoidTheft), [0; 0], "{}", ratchet.name());
    }
}

#[test]
fn a_static_key_exposes_every_message_whenever_it_is_stolen() {
    let all = list(&[1..=MESSAGES]);
    assert_eq!(numbers(&map("textbook/static-key"), Fate::ByDesign), vec![all; OPENED.len()]);
}

/// Its chains go on for ever, and message 41 is never opened, so that its key stays.
#[test]
fn a_symmetric_ratchet_exposes_what_was_not_opened_before_the_theft() {
    let found = numbers(&map("textbook/symmetric-ratchet"), Fate::ByDesign);
    let counts: Vec<usize> = found.iter().map(Vec::len).collect();
    assert_eq!(counts, OPENED.map(|opened| MESSAGES - opened));
    assert_eq!(found[0], list(&[1..=44]));
    assert_eq!(found[19], list(&[31..=32, 34..=44]), "33 came before 31 and 32");
    assert_eq!(found[28], [41, 44]);
}

/// Periods are of 20 messages, and the rekey overtakes the last of them. A thief reads what is not opened yet of the period of the theft; the session that is
/// stolen refuses what was opened.
#[test]
fn a_periodic_rekey_exposes_the_rest_of_the_period() {
    let found = numbers(&map("textbook/periodic-rekey"), Fate::ByDesign);
    let counts: Vec<usize> = found.iter().map(Vec::len).collect();
    let end = |opened: usize| MESSAGES.min((opened / 20 + 1) * 20);
    assert_eq!(counts, OPENED.map(|opened| end(opened) - opened));
    assert_eq!(found[11], list(&[18..=20]));
    assert_eq!(found[13], list(&[21..=40]));
    assert_eq!(found[25], list(&[41..=44]));
}

/// Who stole the sender of an epoch reads the next one, for its private key was there; besides what is left of chains and
/// the keys of late messages. Then it has healed.
#[test]
fn a_double_ratchet_exposes_a_thin_band() {
    let expected = [
        list(&[1..=1]),
        list(&[2..=2]),
        list(&[3..=3]),
        list(&[4..=4]),
        list(&[5..=8]),
        list(&[9..=9]),
        list(&[10..=10]),
        list(&[11..=14]),
        list(&[15..=15]),
        list(&[16..=16]),
        list(&[17..=17]),
        list(&[18..=19]),
        // The next epoch goes on while messages cross.
        list(&[20..=22]),
        list(&[21..=24]),
        list(&[21..=28]),
        list(&[25..=28]),
        list(&[29..=29]),
        list(&[30..=33]),
        list(&[31..=34]),
        // The keys of 31 and 32 are stored until these come.
        list(&[31..=32, 34..=34]),
        list(&[31..=32, 35..=35]),
        list(&[31..=32, 36..=36]),
        list(&[36..=36]),
        list(&[37..=39]),
        list(&[40..=40]),
        list(&[41..=42]),
        // 41 is lost, and its key stays.
        list(&[41..=41, 43..=43]),
        list(&[41..=41, 44..=44]),
        list(&[41..=41, 44..=44]),
    ];
    let map = map("textbook/double-ratchet-lazy");
    assert_eq!(numbers(&map, Fate::ByDesign), expected);
    let undelivered = numbers(&map, Fate::Undelivered);
    assert!(undelivered[..25].iter().all(|numbers| *numbers == [41, 44]), "{undelivered:?}");
}

#[test]
fn the_same_seed_gives_the_same_map() {
    let name = "textbook/double-ratchet-eager";
    assert_eq!(map(name), map(name));
}

/// A ratchet that keeps no keys of late messages, under a profile that says it does.
#[test]
fn what_comes_behind_a_broken_promise_is_not_judged() {
    let claims = named("textbook/double-ratchet-lazy").profile();
    let map = map_under(&DoubleRatchet::lazy().with_limits(0, 0), &claims);
    let broken = map.broken.as_ref().unwrap();
    assert!(broken.contains("a genuine message was refused"), "{broken}");
    let unjudged = numbers(&map, Fate::NotJudged);
    for (moment, numbers) in unjudged.iter().enumerate() {
        let expected = match moment {
            // While messages cross, a copy cannot open what its peer sends right then.
            14 => Vec::new(),
            // Message 33 overtakes 31 and 32, and is refused.
            0..19 => list(&[34..=44]),
            _ => list(&[1..=44]),
        };
        assert_eq!(*numbers, expected, "moment {moment}");
    }
    assert_eq!(numbers(&map, Fate::VoidTheft)[14], list(&[1..=44]));
    assert_eq!(numbers(&map, Fate::ByDesign)[4], list(&[5..=8]));
}

use std::collections::BTreeSet;

use super::forking::places_are_known;
use crate::engine::{Arena, EventKind, Outcome, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind};
use crate::run::Totals;
use crate::schedule::{Choices, Schedule, Shape};
use crate::{Party, Profile, Rejection, Verdict};

game! {
    RecoveryRatchetLiveness,
    id: "recovery/ratchet-liveness",
    catalogue: "G-PCS-8",
    title: "Each answer to a new ratchet key carries a new one",
    severity: High,
    source: "derived: in a Double Ratchet each side renews only on a new peer key, so one suppressed renewal freezes both for ever",
    checks: "Follows the ratchet keys on the wire through conversations with loss, noise and restarts. Whenever a party \
        opened a message with a ratchet key new to it, its next message must carry a ratchet key never seen before. All \
        messages still decrypt when this breaks, which is what makes it dangerous.",
    cannot_show: "That a fresh-looking key is secret, or used at all.",
    control: "p02-renews-once",
    kept: "It finds a frozen ratchet without a theft, in one conversation.",
}

const RENEWALS: &str = "renewals seen|times";

impl Game for RecoveryRatchetLiveness {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if arena.profile.double_ratchet_claims().is_none() {
            return Err("this family shows no ratchet keys".to_owned());
        }
        if !arena.capabilities.fields {
            return Err("the ratchet does not tell where its `ratchet_key` is".to_owned());
        }
        places_are_known(arena)
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        32
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let disturbed = trial % 2 == 1;
        let shape = Shape {
            thefts: 0,
            noise: disturbed,
            restarts: disturbed,
            edges: Vec::new(),
            ..Shape::everything(profile)
        };
        Schedule::generate(choices, &shape)
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        let key_of = |message: usize| {
            arena.field(&transcript.wire[message].bytes, "ratchet_key").map(<[u8]>::to_vec)
        };
        let mut on_wire = BTreeSet::new();
        let mut known = [BTreeSet::new(), BTreeSet::new()];
        let mut owes = [false; 2];
        let mut heard = [false; 2];
        // The peer knows this party's first key from pairing, and may have answered it already.
        let known_from_pairing =
            if transcript.opened { Party::Initiator } else { Party::Responder };
        for event in &transcript.events {
            match &event.kind {
                EventKind::Sent(message) => {
                    let Some(key) = key_of(*message) else { continue };
                    let wire = &transcript.wire[*message];
                    if wire.from == known_from_pairing && !heard[wire.from.index()] {
                        known[wire.from.peer().index()].insert(key.clone());
                    }
                    let fresh = on_wire.insert(key);
                    if std::mem::take(&mut owes[wire.from.index()]) {
                        if fresh {
                            judgement.measure(RENEWALS, 1);
                            continue;
                        }
                        let detail = format!("the {} answers a new key with an old one", wire.from);
                        let stale = ViolationKind::StaleRatchetKey;
                        judgement.violations.push(
                            Violation::new(stale, event.action, detail).of_message(wire.name),
                        );
                        return Ok(judgement);
                    }
                }
                EventKind::Delivered(delivery) => {
                    if let Outcome::Opened(message) = delivery.outcome
                        && let Some(key) = key_of(message)
                        && transcript.wire[message].from != delivery.to
                    {
                        heard[delivery.to.index()] = true;
                        owes[delivery.to.index()] |= known[delivery.to.index()].insert(key);
                    }
                }
                _ => {}
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::StaleRatchetKey
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.figures.contains_key(RENEWALS) {
            (Verdict::Pass, String::new())
        } else {
            (Verdict::NotRun, "no message carried a `ratchet_key`".to_owned())
        }
    }
}

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{Arena, Transcript, execute};
use crate::games::reuse::{Reuse, reused, sealed};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind, Weakness};
use crate::run::Totals;
use crate::schedule::{Action, ActionId, Choices, Schedule, Shape, Step};
use crate::{Family, Party, Profile, Rejection, Verdict};

game! {
    RandomnessUniqueness,
    id: "randomness/uniqueness",
    catalogue: "G-RNG-1",
    title: "No keystream and no ratchet key is ever used twice",
    severity: Critical,
    source: "Signal, The Double Ratchet Algorithm, section 3.1 (a message key encrypts one message); the two-time pad",
    checks: "Plays one conversation in several sessions of different secrets, restarts included, and compares every two \
        messages, of both directions and across sessions. If their xor holds the xor of their plaintexts, they are under \
        one keystream. Equal texts must give different ciphertexts. A ratchet key shown by one party must never be \
        shown by the other, nor in another session.",
    cannot_show: "Reuse under a cipher that is no stream cipher, unless the texts are equal and the ratchet tells where its \
        ciphertext is. Keys that repeat more rarely than once in the sessions of one trial.",
    control: "b01-constant-seed",
    plainly: "Each message has to be locked with a key of its own. When two messages are locked with the same one, anybody \
        who sees both can lay them over each other and begin to read, without breaking any lock.",
    kept: "it looks at keys and nonces on the wire, and needs no theft and no control over randomness",
}

const COMPARED: &str = "messages compared|times";
const KEYS: &str = "ratchet keys seen|times";
const SECOND_SESSION: u64 = 0x0e1;
const SHORT_SESSIONS: u64 = 6;
const BEGINNING: usize = 4;

impl Game for RandomnessUniqueness {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        8
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let shape = Shape {
            actions: (4, 24),
            thefts: 0,
            noise: false,
            restarts: trial % 2 == 1,
            edges: Vec::new(),
            ..Shape::everything(profile)
        };
        let mut schedule = Schedule::generate(choices, &shape);
        // Texts too short to be unique are all equal.
        for (by, id) in Party::BOTH.into_iter().zip(1000..) {
            let action = Action::Send { by, count: 3, size: 15, ad: 0 };
            schedule.steps.push(Step { id: ActionId(id), action });
        }
        schedule
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let mut judgement = Judgement::default();
        let mut sessions = vec![execute(arena, schedule)?];
        let short = beginning(schedule);
        for number in 0..=SHORT_SESSIONS {
            let other = arena.seeded(arena.seed.derived(SECOND_SESSION + number));
            let schedule = if number == 0 { schedule } else { &short };
            sessions.push(execute(&other, schedule)?);
            arena.add_steps(other.steps());
        }
        let messages: Vec<_> = sessions
            .iter()
            .enumerate()
            .flat_map(|(number, transcript)| sealed(arena, number, transcript))
            .collect();
        messages.iter().for_each(|_| judgement.measure(COMPARED, 1));
        if let Some(pair) = reused(&messages) {
            let wire = pair.second.wire;
            if pair.reuse == Reuse::Ciphertext && repeats_by_design(arena.profile) {
                *judgement.weak.entry(unclaimed("equal texts give equal ciphertexts")).or_default() += 1;
            } else {
                let kind = ViolationKind::KeyReused;
                let violation = Violation::new(kind, wire.name.action, pair.describe());
                judgement.violations.push(violation.of_message(wire.name));
            }
        }
        compare_ratchet_keys(arena, &sessions, &mut judgement);
        note_repeated_nonces(arena, &sessions, &mut judgement);
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(kind, ViolationKind::KeyReused | ViolationKind::Repeated)
    }

    fn counts_weak(&self, weakness: Weakness, _position: &str) -> bool {
        weakness == Weakness::Unclaimed
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        let count = |name| totals.figures.get(name).map_or(0, |figure| figure.count);
        match (count(COMPARED), count(KEYS)) {
            (0, _) => (Verdict::NotRun, "no message was sent".to_owned()),
            (messages, keys) => {
                (Verdict::Pass, format!("{messages} messages and {keys} ratchet keys, none alike"))
            }
        }
    }
}

/// The first actions, for sessions that are compared by their first messages.
fn beginning(schedule: &Schedule) -> Schedule {
    let steps = schedule.steps.iter().take(BEGINNING).cloned().collect();
    Schedule { steps, ..schedule.clone() }
}

/// Without a key for each message, a nonce that follows from the text repeats with it.
const fn repeats_by_design(profile: &Profile) -> bool {
    matches!(profile.family, Family::StaticKey(_) | Family::PeriodicRekey(_))
}

fn unclaimed(what: &str) -> (Weakness, String) {
    (Weakness::Unclaimed, what.to_owned())
}

fn compare_ratchet_keys(arena: &Arena<'_>, sessions: &[Transcript], judgement: &mut Judgement) {
    let mut shown: BTreeMap<Vec<u8>, (usize, Party)> = BTreeMap::new();
    for (number, transcript) in sessions.iter().enumerate() {
        for wire in &transcript.wire {
            let Some(key) = arena.field(&wire.bytes, "ratchet_key") else { continue };
            let owner = (number, wire.from);
            let Some(&before) = shown.get(key) else {
                shown.insert(key.to_vec(), owner);
                judgement.measure(KEYS, 1);
                continue;
            };
            if before == owner {
                continue;
            }
            let where_ = if before.0 == number { "this session" } else { "another session" };
            let detail = format!("its ratchet key is one that the {} showed in {where_}", before.1);
            let violation = Violation::new(ViolationKind::Repeated, wire.name.action, detail);
            return judgement.violations.push(violation.of_message(wire.name));
        }
    }
}

/// A repeated nonce alone is no break: the key may be another one, or the nonce may follow from the text.
fn note_repeated_nonces(arena: &Arena<'_>, sessions: &[Transcript], judgement: &mut Judgement) {
    if !repeats_by_design(arena.profile) {
        return;
    }
    let mut seen = BTreeSet::new();
    for (number, transcript) in sessions.iter().enumerate() {
        for wire in &transcript.wire {
            let Some(nonce) = arena.field(&wire.bytes, "nonce") else { continue };
            if !seen.insert((number, wire.from, nonce.to_vec())) {
                *judgement.weak.entry(unclaimed("nonces repeat")).or_default() += 1;
            }
        }
    }
}

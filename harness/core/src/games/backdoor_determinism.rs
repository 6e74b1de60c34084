use crate::engine::{Arena, Theft, Transcript};
use crate::games::randomness_repeated_tape::needs_tapes;
use crate::games::worlds::{home, other_secrets, play};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind};
use crate::run::Totals;
use crate::schedule::{Action, ActionId, Choices, Schedule, Shape, Step};
use crate::{DynSession, Party, Profile, Rejection, Verdict};

game! {
    BackdoorDeterminism,
    id: "backdoor/determinism",
    catalogue: "G-NI-5",
    title: "The same state and the same randomness give the same bytes",
    severity: High,
    source: "Fischlin, Mazaheri, Self-guarding cryptographic protocols against algorithm substitution attacks (CSF 2018); reproducible builds",
    checks: "Plays one conversation again after other sessions were used, and once more on another thread: every byte must be \
        the same. At the end two copies of each party's session send one message each with the same randomness, and so do two \
        sessions loaded from one export: each two must be equal. What differs was drawn from a source that the ratchet does \
        not name: a generator of its own, the time, an address.",
    cannot_show: "A hidden source that is not touched in the conversations played. A library whose randomness is out of reach \
        as a whole is not played.",
    control: "b04-generator-of-its-own",
    plainly: "If the dice are fixed, a machine has to do the same each time. If it does not, it has further dice somewhere \
        that nobody was told of, and whoever knows those may know the keys. Repeating a conversation exactly is also \
        what lets people compare the app that they have with the one whose source they can read. This game notices \
        dice that are thrown. It does not notice loaded ones that always fall the same way.",
    kept: "it pins the bytes: what other games take for granted when they play a case twice",
}

const COMPARED: &str = "bytes compared|bytes";
const LAST: u64 = 0x1a57;

impl Game for BackdoorDeterminism {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        needs_tapes(arena)
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        8
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let shape = Shape {
            actions: (6, 28),
            turns: 12,
            thefts: 0,
            restarts: trial % 2 == 1,
            edges: Vec::new(),
            ..Shape::everything(profile)
        };
        let mut schedule = Schedule::generate(choices, &shape);
        // A party that was restored has to draw like one that was not.
        let restarts = Party::BOTH.map(|party| Action::Restart { party });
        let talk = Action::PingPong { first: Party::Initiator, turns: 6 };
        let thefts = Party::BOTH.map(|from| Action::Steal { from });
        for (action, id) in restarts.into_iter().chain([talk]).chain(thefts).zip(1000..) {
            schedule.steps.push(Step { id: ActionId(id), action });
        }
        schedule
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let mut judgement = Judgement::default();
        let first = play(arena, home(arena), schedule)?;
        let _between = play(arena, other_secrets(arena), schedule)?;
        let again = play(arena, home(arena), schedule)?;
        compare(&first, &again, "when it is played again", &mut judgement);
        let elsewhere = on_another_thread(arena, schedule)?;
        compare(&first, &elsewhere, "on another thread", &mut judgement);
        for theft in &first.thefts {
            compare_copies(arena, theft, &mut judgement);
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::Nondeterministic
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        match totals.figures.get(COMPARED) {
            Some(bytes) => (Verdict::Pass, format!("{} bytes came out the same", bytes.sum)),
            None => (Verdict::NotRun, "no message was sent".to_owned()),
        }
    }
}

/// Plays the case where no thread-local state of this thread is seen.
fn on_another_thread(arena: &Arena<'_>, schedule: &Schedule) -> Result<Transcript, Rejection> {
    let (ratchet, profile, deviations) = (arena.ratchet, arena.profile, arena.deviations);
    let (seed, randomness, progress) = (arena.seed, arena.randomness, arena.progress);
    let world = home(arena);
    let (played, steps) = std::thread::scope(|scope| {
        let play = scope.spawn(move || {
            let arena = Arena::new(ratchet, profile, randomness, deviations, progress).seeded(seed);
            let arena = arena.in_world(world);
            (crate::engine::execute(&arena, schedule), arena.steps())
        });
        play.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    arena.add_steps(steps);
    played
}

fn compare(ours: &Transcript, theirs: &Transcript, how: &str, judgement: &mut Judgement) {
    for (index, wire) in ours.wire.iter().enumerate() {
        judgement.measure(COMPARED, wire.bytes.len() as u64);
        let other = theirs.wire.get(index);
        if other.is_some_and(|other| other.bytes == wire.bytes) {
            continue;
        }
        let words = format!("it has other bytes {how}");
        let kind = ViolationKind::Nondeterministic;
        let violation = Violation::new(kind, wire.name.action, words);
        return judgement.violations.push(violation.of_message(wire.name));
    }
}

/// Two copies of a session, and two sessions from one export, send the same.
fn compare_copies(arena: &Arena<'_>, theft: &Theft, judgement: &mut Judgement) {
    let seed = arena.seed.derived(LAST);
    let send = |mut session: DynSession| {
        let mut rng = seed.call(theft.action, 0);
        arena.encrypt(&mut session, &mut rng, b"", b"sixteen bytes of").ok()
    };
    let copy = || Some(theft.session.clone());
    // A ratchet may do something on purpose when it is loaded, but the same each time.
    let load = || arena.capabilities.export.then(|| arena.reload(&theft.session).ok()).flatten();
    let couples =
        [("copies of the session", copy(), copy()), ("sessions from one export", load(), load())];
    for (what, first, second) in couples {
        let (Some(first), Some(second)) = (first.and_then(send), second.and_then(send)) else {
            continue;
        };
        judgement.measure(COMPARED, first.len() as u64);
        if first != second {
            let words =
                format!("two {what} of the {} send other bytes with the same randomness", theft.victim);
            let kind = ViolationKind::Nondeterministic;
            return judgement.violations.push(Violation::new(kind, theft.action, words));
        }
    }
}

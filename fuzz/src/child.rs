//! `child`: what a program answers is whatever it likes; it is judged, and never ends the harness.

use std::cell::Cell;
use std::panic;
use std::sync::Arc;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use sprag::engine::{Arena, Progress, RandomnessLevel};
use sprag::games::ModelRandomSchedule;
use sprag::judge::ViolationKind;
use sprag::randomness::CaseSeed;
use sprag::run::judge_case;
use sprag::schedule::{Action, MessageName, Order, Schedule};
use sprag::{DynRatchet as _, Family, Party, Profile, StaticKey};
use sprag_process::{Launch, Limits, ProcessRatchet};

use crate::script::Script;

thread_local! {
    /// Whether code panicked on this thread. The death of a program unwinds, and is no panic.
    static PANICKED: Cell<bool> = const { Cell::new(false) };
}

/// Notes panics from now on, besides what is done about them anyway.
fn note_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICKED.set(true);
            before(info);
        }));
    });
}

/// A conversation without attacks: what a program answers is the attack.
fn talk() -> Schedule {
    let (by, size, ad) = (Party::Initiator, 16, 0);
    let deliver = |action, count| Action::Deliver {
        first: MessageName::new(action, 0),
        count,
        order: Order::Reversed,
    };
    Schedule::of([
        Action::PingPong { first: by, turns: 2 },
        Action::Send { by, count: 2, size, ad },
        deliver(2, 2),
        Action::Restart { party: Party::Responder },
        Action::Tick { seconds: 60 },
        Action::PingPong { first: by.peer(), turns: 2 },
    ])
}

/// Lets a program answer as the lines of an input say, and judges it.
///
/// # Panics
/// If the harness panics; if a program that dies, or gives another plaintext than was sent, is not found out; or if one that
/// answers well is accused.
pub fn check(bytes: &[u8]) {
    note_panics();
    PANICKED.set(false);
    let script = Script::of(bytes);
    let launch = Launch { answering: Some(script.answering()), ..Launch::default() };
    let profile = Profile::of(Family::StaticKey(StaticKey::default()));
    let died = Arc::new(AtomicBool::new(false));
    let note = Arc::clone(&died);
    let on_death = move |_: &sprag_process::Death| note.store(true, Ordering::Relaxed);
    let started = ProcessRatchet::start(launch, Limits::default(), Some(profile.clone()), on_death);
    let Ok(ratchet) = started else {
        assert!(!PANICKED.get(), "the harness panicked over a program's description");
        return;
    };
    let progress = Progress::new();
    let arena = Arena::new(&ratchet, &profile, RandomnessLevel::None, &[], &progress);
    let seed = CaseSeed::from([1; 32]);
    let judged = sprag::run::catching(|| judge_case(&ModelRandomSchedule, &arena, seed, &talk()));
    assert!(!PANICKED.get(), "the harness panicked over a program's answer");
    let (told, died) = (script.told(), died.load(Ordering::Relaxed));
    match judged {
        Ok(Ok(Some(found))) => {
            assert!(told.any, "a program that answers well is accused: {}", found.detail);
            let panicked = found.kind == ViolationKind::Panicked;
            assert!(!died || panicked, "a death is taken for {:?}", found.kind);
        }
        Ok(Ok(None)) => {
            assert!(!died, "a death is not noticed");
            assert!(!told.untrue, "a wrong plaintext is not noticed");
        }
        // No session was opened: the program said so.
        Ok(Err(_)) => assert!(told.any, "a program that answers well opens no session"),
        Err(words) => panic!("a panic came through: {words}"),
    }
    assert!(ratchet.name() == "scripted" || told.any);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_answers_and_bad_ones_are_told_apart() {
        for script in ["", "@\n@", "\n\n\n!nothing", "\n\n\n\n{\"plaintext\":\"00\"}", "!", "7"] {
            check(script.as_bytes());
        }
    }

    #[test]
    #[should_panic = "is accused"]
    fn the_check_bites() {
        // Not told to do so, it would be no good program.
        let script = Script::of(b"");
        assert!(script.told().any, "a program that answers well is accused");
    }
}

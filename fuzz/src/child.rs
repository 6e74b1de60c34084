//! `child`: what a program answers is whatever it likes; it is judged, and never ends the harness.

use std::cell::Cell;
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};

use sprag::engine::{Arena, Progress, RandomnessLevel};
use sprag::games::ModelRandomSchedule;
use sprag::judge::ViolationKind;
use sprag::randomness::CaseSeed;
use sprag::run::{catching, judge_case};
use sprag::schedule::{Action, MessageName, Order, Schedule};
use sprag::{Family, Party, Profile, StaticKey};
use sprag_process::{Death, Launch, Limits, ProcessRatchet};

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

/// What became of a program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fate {
    /// It did not start, or opened no session.
    Refused,
    /// It died in the middle.
    Died,
    /// It was found out.
    Accused,
    /// Nothing is wrong with it.
    Fine,
}

/// Lets a program answer as the lines of an input say, and judges it.
///
/// # Panics
/// If the harness panics; if a program that dies, or gives another plaintext than was sent, is not found out; or if one that
/// answers well is accused.
pub fn check(bytes: &[u8]) {
    play(bytes, |_| {});
}

/// The same, where `read` sees each line that the program writes before the harness does.
pub(crate) fn check_reader(bytes: &[u8], read: fn(&[u8])) {
    play(bytes, read);
}

fn play(bytes: &[u8], read: fn(&[u8])) -> Fate {
    note_panics();
    PANICKED.set(false);
    let script = Script::of(bytes);
    let launch = Launch { answering: Some(script.answering(read)), ..Launch::default() };
    let profile = Profile::of(Family::StaticKey(StaticKey::default()));
    let died = Arc::new(AtomicBool::new(false));
    let note = Arc::clone(&died);
    let on_death = move |_: &Death| note.store(true, Ordering::Relaxed);
    let started = ProcessRatchet::start(launch, Limits::default(), Some(profile.clone()), on_death);
    assert!(!PANICKED.get(), "the harness panicked over a program's description");
    let Ok(ratchet) = started else {
        assert!(script.told().any, "a program that answers well does not start");
        return Fate::Refused;
    };
    let progress = Progress::new();
    let arena = Arena::new(&ratchet, &profile, RandomnessLevel::None, &[], &progress);
    let seed = CaseSeed::from([1; 32]);
    let judged = catching(|| judge_case(&ModelRandomSchedule, &arena, seed, &talk()));
    assert!(!PANICKED.get(), "the harness panicked over a program's answer");
    let (told, died) = (script.told(), died.load(Ordering::Relaxed));
    match judged {
        Ok(Ok(Some(found))) => {
            assert!(told.any, "a program that answers well is accused: {}", found.detail);
            let panicked = found.kind == ViolationKind::Panicked;
            assert!(!died || panicked, "a death is taken for {:?}", found.kind);
            if died { Fate::Died } else { Fate::Accused }
        }
        Ok(Ok(None)) => {
            assert!(!died, "a death is not noticed");
            assert!(!told.untrue, "a wrong plaintext is not noticed");
            Fate::Fine
        }
        Ok(Err(rejection)) => {
            assert!(told.any, "a program that answers well opens no session: {rejection}");
            Fate::Refused
        }
        Err(words) => panic!("a panic came through: {words}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_meets_its_fate() {
        let refusal = "?{\"code\":-32000,\"message\":\"no\"}";
        let internal = "?{\"code\":-32603,\"message\":\"no\"}";
        for (script, fate) in [
            (String::new(), Fate::Fine),
            ("@\n@\n@".to_owned(), Fate::Fine),
            ("!no JSON".to_owned(), Fate::Refused),
            (format!("\n{refusal}"), Fate::Refused),
            (format!("\n{internal}"), Fate::Died),
            ("\n\n!".to_owned(), Fate::Died),
            ("\n\n{\"message\":\"0g\"}".to_owned(), Fate::Died),
            (format!("\n\n{refusal}"), Fate::Accused),
            ("\n\n\n{\"plaintext\":\"00\"}".to_owned(), Fate::Accused),
            ("\n\n\n{\"plaintext\":null}".to_owned(), Fate::Accused),
        ] {
            assert_eq!(play(script.as_bytes(), |_| {}), fate, "{script:?}");
        }
    }
}

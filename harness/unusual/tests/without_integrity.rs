//! Where nothing is authenticated, any key leads to a short text: that one came out says nothing of the message.

#![allow(clippy::unwrap_used, reason = "clippy knows tests by their attribute only")]

use sprag::Party;
use sprag::engine::{Arena, EventKind, Outcome, Progress, RandomnessLevel, execute};
use sprag::games::find;
use sprag::randomness::CaseSeed;
use sprag::run::judge_case;
use sprag::schedule::{Action, Order, Schedule, Tamper};
use sprag_unusual::zoo;

fn send(by: Party, count: u16, size: u32) -> Action {
    Action::Send { by, count, size, ad: 0 }
}

fn tamper(message: &str, how: Tamper) -> Action {
    Action::Tamper { message: message.parse().unwrap(), how }
}

fn deliver(message: &str) -> Action {
    Action::Deliver { first: message.parse().unwrap(), count: 1, order: Order::AsSent }
}

/// What becomes of the deliveries in these actions, and what `game` finds in them.
fn play(game: &str, actions: impl IntoIterator<Item = Action>) -> (Vec<Outcome>, Option<String>) {
    let member = zoo().find(|member| member.ratchet.name() == "unusual/no-integrity").unwrap();
    let (ratchet, progress, game) = (&*member.ratchet, Progress::new(), find(game).unwrap());
    let profile = ratchet.profile();
    let arena = Arena::new(ratchet, &profile, RandomnessLevel::PerCall, &[], &progress);
    let (seed, schedule) = (CaseSeed::of_trial(1, "without integrity", 0), Schedule::of(actions));
    let transcript = execute(&arena.seeded(seed), &schedule).unwrap();
    let outcomes = transcript.events.into_iter().filter_map(|event| match event.kind {
        EventKind::Delivered(delivery) => Some(delivery.outcome),
        _ => None,
    });
    let found = judge_case(game, &arena, seed, &schedule).unwrap();
    (outcomes.collect(), found.map(|failure| failure.detail))
}

#[test]
fn an_empty_text_is_not_taken_for_the_message_that_was_spliced_in() {
    let splice = Tamper::Splice { with: "2.0".parse().unwrap(), keep: 4 };
    let actions = [
        send(Party::Initiator, 2, 16),
        send(Party::Responder, 1, 0),
        tamper("1.1", splice),
        deliver("1.1"),
    ];
    let (outcomes, found) = play("atomicity/failed-decrypt", actions);
    assert!(matches!(outcomes[..], [Outcome::Opened(2), Outcome::Refused(_)]), "{outcomes:?}");
    assert_eq!(found, None);
}

#[test]
fn an_empty_text_is_not_taken_for_the_message_whose_number_was_changed() {
    let actions = [
        send(Party::Initiator, 1, 0),
        send(Party::Initiator, 2, 16),
        tamper("1.0", Tamper::SetByte { at: 3, value: 2 }),
        deliver("2.0"),
    ];
    let (outcomes, found) = play("model/random-schedule", actions);
    assert!(matches!(outcomes[..], [Outcome::Opened(0), Outcome::Refused(_)]), "{outcomes:?}");
    assert_eq!(found, None);
}

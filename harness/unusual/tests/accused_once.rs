//! Conversations in which a game once accused an honest ratchet, played by hand.

#![allow(clippy::unwrap_used, reason = "clippy knows tests by their attribute only")]

use sprag::Party;
use sprag::engine::{Arena, EventKind, Outcome, Progress, RandomnessLevel, execute};
use sprag::games::find;
use sprag::randomness::CaseSeed;
use sprag::run::judge_case;
use sprag::schedule::{Action, Order, Schedule, ServiceDelivery, Tamper};
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

const NO_INTEGRITY: &str = "unusual/no-integrity";
const ENVELOPE: &str = "unusual/numbered-envelope";

/// Where the number of an envelope ends, and the message begins.
const NUMBER: u32 = 8;

/// What becomes of the deliveries in these actions, and what `game` finds in them.
fn play(
    member: &str,
    game: &str,
    actions: impl IntoIterator<Item = Action>,
) -> (Vec<Outcome>, Option<String>) {
    play_out(member, game, Schedule::of(actions))
}

fn play_out(member: &str, game: &str, schedule: Schedule) -> (Vec<Outcome>, Option<String>) {
    let member = zoo().find(|of_zoo| of_zoo.ratchet.name() == member).unwrap();
    let (ratchet, progress, game) = (&*member.ratchet, Progress::new(), find(game).unwrap());
    let profile = ratchet.profile();
    let arena = Arena::new(ratchet, &profile, RandomnessLevel::PerCall, &[], &progress);
    let seed = CaseSeed::of_trial(1, "accused once", 0);
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
    let (outcomes, found) = play(NO_INTEGRITY, "atomicity/failed-decrypt", actions);
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
    let (outcomes, found) = play(NO_INTEGRITY, "model/random-schedule", actions);
    assert!(matches!(outcomes[..], [Outcome::Opened(0), Outcome::Refused(_)]), "{outcomes:?}");
    assert_eq!(found, None);
}

fn spliced(message: &str, with: &str) -> Action {
    tamper(message, Tamper::Splice { with: with.parse().unwrap(), keep: NUMBER })
}

#[test]
fn nobody_says_which_of_two_empty_messages_was_opened() {
    for game in ["atomicity/failed-decrypt", "model/random-schedule"] {
        let actions = [send(Party::Initiator, 2, 0), spliced("1.0", "1.1"), deliver("1.0")];
        let (outcomes, found) = play(ENVELOPE, game, actions);
        assert!(matches!(outcomes[..], [Outcome::Opened(0), Outcome::Opened(0)]), "{outcomes:?}");
        assert_eq!(found, None, "{game}");
    }
}

#[test]
fn a_whole_message_that_was_copied_into_another_envelope_is_that_message() {
    let copy = Tamper::CopyField { field: "message".to_owned(), from: "1.1".parse().unwrap() };
    let actions = [send(Party::Initiator, 2, 16), tamper("1.0", copy), deliver("1.0")];
    let (outcomes, found) = play(ENVELOPE, "model/random-schedule", actions);
    assert!(matches!(outcomes[..], [Outcome::Opened(1), Outcome::Opened(0)]), "{outcomes:?}");
    assert_eq!(found, None);
}

#[test]
fn a_lost_message_that_comes_in_another_envelope_comes_to_both_twins() {
    let lost = Action::Drop { message: "1.1".parse().unwrap() };
    let actions = [send(Party::Initiator, 2, 16), lost, spliced("1.0", "1.1"), deliver("1.0")];
    let (outcomes, found) = play(ENVELOPE, "atomicity/failed-decrypt", actions);
    assert!(matches!(outcomes[..], [Outcome::Opened(1), Outcome::Opened(0)]), "{outcomes:?}");
    assert_eq!(found, None);
}

#[test]
fn a_rekey_whose_proposals_cross_is_one_rekey() {
    let talk = |first, turns| Action::PingPong { first, turns };
    let deliver_of = |from| Action::DeliverService { from };
    let actions = [
        // Both parties propose, and both proposals are held back.
        talk(Party::Initiator, 5),
        Action::Steal { from: Party::Initiator },
        deliver_of(Party::Initiator),
        deliver_of(Party::Responder),
        deliver_of(Party::Initiator),
        talk(Party::Initiator, 5),
        deliver_of(Party::Responder),
        deliver_of(Party::Initiator),
        talk(Party::Responder, 1),
    ];
    let schedule = Schedule { service: ServiceDelivery::Held, ..Schedule::of(actions) };
    let (outcomes, found) = play_out("unusual/rekeys-often", "model/random-schedule", schedule);
    assert_eq!(outcomes.len(), 11);
    assert_eq!(found, None);
}

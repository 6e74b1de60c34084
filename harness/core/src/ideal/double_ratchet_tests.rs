//! The tight table of healing, and the ideal checked against itself over random schedules.

use super::super::{Ideal, Place};
use crate::randomness::CaseSeed;
use crate::schedule::Choices;
use crate::{Family, KeyGeneration, Party, Profile};

/// One honest message at each change of direction, delivered at once, up to epoch `last`.
struct PingPong {
    ideal: Ideal,
    messages: Vec<Place>,
}

impl PingPong {
    fn new(key_generation: KeyGeneration) -> Self {
        let profile = Profile::double_ratchet(key_generation).with_limits(1000, 2000);
        Self { ideal: Ideal::new(&profile, false), messages: Vec::new() }
    }

    fn send(&mut self, epoch: u32) {
        let place = self.ideal.send(super::sender_of(epoch)).unwrap();
        assert_eq!(place.epoch, epoch);
        self.messages.push(place);
    }

    fn deliver(&mut self, epoch: u32) {
        let place = *self.messages.iter().find(|place| place.epoch == epoch).unwrap();
        let to = place.from.peer();
        assert_eq!(self.ideal.expects(to, &place), super::Expected::Opens);
        self.ideal.open(to, &place);
    }

    fn run(&mut self, epochs: std::ops::RangeInclusive<u32>) {
        for epoch in epochs {
            self.send(epoch);
            self.deliver(epoch);
        }
    }
}

/// First epoch after the theft from which on all messages are safe, as a distance from `t`.
fn healing(key_generation: KeyGeneration, t: u32, row: &str) -> u32 {
    let mut talk = PingPong::new(key_generation);
    talk.run(1..=t - 1);
    talk.send(t);
    let (sender, receiver) = (super::sender_of(t), super::sender_of(t).peer());
    let knowledge = match row {
        "sender of t" => {
            talk.deliver(t);
            talk.ideal.knowledge(sender)
        }
        "received t, not answered" => {
            talk.deliver(t);
            talk.ideal.knowledge(receiver)
        }
        "not yet received t" => {
            let knowledge = talk.ideal.knowledge(receiver);
            talk.deliver(t);
            knowledge
        }
        "both, both processed t" => {
            talk.deliver(t);
            talk.ideal.knowledge(sender).union(&talk.ideal.knowledge(receiver))
        }
        "both, one has not processed t" => {
            let both = talk.ideal.knowledge(sender).union(&talk.ideal.knowledge(receiver));
            talk.deliver(t);
            both
        }
        _ => unreachable!("{row}"),
    };
    let last = t + 12;
    talk.run(t + 1..=last);
    let leaks =
        |epoch| talk.messages.iter().any(|place| place.epoch == epoch && knowledge.leaks(place));
    let first_safe =
        (t + 1..=last).rev().take_while(|&epoch| !leaks(epoch)).last().expect("never heals");
    first_safe - t
}

#[test]
fn the_tight_healing_table_holds_row_by_row() {
    for (row, lazy, eager) in [
        ("sender of t", 2, 2),
        ("received t, not answered", 1, 3),
        ("not yet received t", 1, 1),
        ("both, both processed t", 2, 3),
        ("both, one has not processed t", 2, 2),
    ] {
        for t in 2..=9 {
            assert_eq!(healing(KeyGeneration::Lazy, t, row), lazy, "lazy, {row}, t = {t}");
            assert_eq!(healing(KeyGeneration::Eager, t, row), eager, "eager, {row}, t = {t}");
        }
    }
}

/// The predicate of Alwen, Coretti and Dodis, with several thefts taken together: a message sent at least delta epochs
/// after the last theft, and not under way to the victim of a later one, is safe from all of them.
///
/// Delta is 4 for lazy too: a lazy party may keep its old private key until it answers, and with several thefts taken
/// together that key reaches one epoch further than the 3 of a party that drops it at once.
#[test]
fn what_must_be_safe_never_leaks() {
    for (key_generation, delta) in [(KeyGeneration::Lazy, 4), (KeyGeneration::Eager, 4)] {
        let mut checked = 0;
        for trial in 0..3000 {
            let mut choices = CaseSeed::of_trial(11, "must-be-safe", trial).choices();
            let mut ideal =
                Ideal::new(&drawn_profile(key_generation, &mut choices), choices.chance(1, 2));
            let mut waiting: Vec<Place> = Vec::new();
            let mut must_be_safe: Vec<Place> = Vec::new();
            let mut stolen = super::Knowledge::default();
            let (mut newest, mut safe_from) = (1, 0);
            for _ in 0..80 {
                match choices.below(16) {
                    0..=7 => {
                        let by = Party::BOTH[choices.below(2) as usize];
                        let Some(place) = ideal.send(by) else { continue };
                        newest = newest.max(place.epoch);
                        waiting.push(place);
                        if place.epoch >= safe_from {
                            must_be_safe.push(place);
                        }
                    }
                    8..=14 if !waiting.is_empty() => {
                        let index = choices.below(waiting.len() as u32) as usize;
                        let to = waiting[index].from.peer();
                        if ideal.expects(to, &waiting[index]) == super::Expected::Opens {
                            ideal.open(to, &waiting.remove(index));
                        }
                    }
                    _ => {
                        let victim = Party::BOTH[choices.below(2) as usize];
                        stolen = stolen.union(&ideal.knowledge(victim));
                        must_be_safe
                            .retain(|place| place.from == victim || !waiting.contains(place));
                        safe_from = newest + delta;
                    }
                }
                for place in &must_be_safe {
                    assert!(
                        !stolen.leaks(place),
                        "{key_generation:?} {trial}: {place:?} {stolen:?}"
                    );
                }
                checked += must_be_safe.iter().filter(|place| place.epoch > delta).count();
            }
        }
        assert!(checked > 20_000, "the schedules reach healed epochs: {checked}");
    }
}

fn drawn_profile(key_generation: KeyGeneration, choices: &mut impl Choices) -> Profile {
    let mut profile = Profile::double_ratchet(key_generation).with_limits(1000, 2000);
    if let (true, Family::DoubleRatchet(claims)) = (choices.chance(1, 2), &mut profile.family) {
        claims.closes_chains = false;
        claims.retained_chains = choices.below(5);
    }
    profile
}

#[test]
fn an_eager_theft_needs_a_distance_of_four() {
    // Steal B after it received epoch 1, again in epoch 4 just after (4,0) was sent: (4,0) is readable.
    let mut talk = PingPong::new(KeyGeneration::Eager);
    talk.run(1..=1);
    let first = talk.ideal.knowledge(Party::Responder);
    talk.run(2..=3);
    talk.send(4);
    let second = talk.ideal.knowledge(Party::Responder);
    let message = talk.messages[3];
    assert!(!first.leaks(&message) && !second.leaks(&message));
    assert!(first.union(&second).leaks(&message));
}

#[test]
fn limits_are_exact() {
    for (skip, gap) in [(3, 3), (3, 4), (0, 0), (0, 1)] {
        let profile = Profile::double_ratchet(KeyGeneration::Eager).with_limits(skip, 10);
        let mut ideal = Ideal::new(&profile, false);
        let places: Vec<Place> = (0..=gap).map(|_| ideal.send(Party::Initiator).unwrap()).collect();
        let expected = ideal.expects(Party::Responder, &places[gap as usize]);
        if gap <= skip {
            assert_eq!(expected, super::Expected::Opens);
        } else {
            assert_eq!(expected, super::Expected::Refuses(super::Cause::GapTooLarge));
        }
    }
}

#[test]
fn the_oldest_stored_key_goes_first() {
    let profile = Profile::double_ratchet(KeyGeneration::Lazy).with_limits(100, 4);
    let mut ideal = Ideal::new(&profile, false);
    let places: Vec<Place> = (0..8).map(|_| ideal.send(Party::Initiator).unwrap()).collect();
    ideal.open(Party::Responder, &places[7]);
    let opens = |ideal: &Ideal, index: usize| {
        ideal.expects(Party::Responder, &places[index]) == super::Expected::Opens
    };
    assert_eq!(
        (0..7).map(|index| opens(&ideal, index)).collect::<Vec<_>>(),
        [false, false, false, true, true, true, true]
    );
    assert_eq!(ideal.stored(Party::Responder), 4);
}

#[test]
fn a_key_drawn_badly_heals_nothing_and_the_next_good_one_does() {
    for (key_generation, healed) in [(KeyGeneration::Lazy, 7), (KeyGeneration::Eager, 7)] {
        let mut talk = PingPong::new(key_generation);
        talk.run(1..=3);
        let stolen = talk.ideal.knowledge(Party::Initiator);
        for epoch in 4..=12 {
            // The key of epoch 5 is made on receiving epoch 4 or on sending it.
            let makes_the_key_of_5 = |step: &str| match key_generation {
                KeyGeneration::Eager => (epoch, step) == (4, "receive"),
                KeyGeneration::Lazy => (epoch, step) == (5, "send"),
            };
            if makes_the_key_of_5("send") {
                talk.ideal.draws_badly(Party::Initiator);
            }
            talk.send(epoch);
            talk.ideal.drew();
            if makes_the_key_of_5("receive") {
                talk.ideal.draws_badly(Party::Initiator);
            }
            talk.deliver(epoch);
            talk.ideal.drew();
        }
        let known = stolen.union(&talk.ideal.known_to_all());
        let leaks = |epoch: u32| known.leaks(&talk.messages[epoch as usize - 1]);
        assert!((4..healed).all(leaks), "{key_generation:?}");
        assert!((healed..=12).all(|epoch| !leaks(epoch)), "{key_generation:?}");
        assert!(!stolen.leaks(&talk.messages[4]), "with good randomness epoch 5 is safe");
        assert!(!talk.ideal.known_to_all().leaks(&talk.messages[4]), "without a theft it is safe");
    }
}

//! The hybrid ideal checked against itself: when each half heals, and what must never leak.

use super::super::{Ideal, Knowledge, Place};
use super::Expected;
use crate::ideal::knowledge::sender_of;
use crate::randomness::CaseSeed;
use crate::schedule::Choices;
use crate::{Family, Half, HybridRatchet, KeyGeneration, Party, PqRekey, Profile};

fn profile(key_generation: KeyGeneration, pq_rekey: Option<PqRekey>) -> Profile {
    let half = |key_generation| match Profile::double_ratchet(key_generation).family {
        Family::DoubleRatchet(claims) => claims,
        _ => unreachable!(),
    };
    let (classical, post_quantum) = (half(key_generation), half(KeyGeneration::Lazy));
    Profile::of(Family::HybridRatchet(HybridRatchet { classical, post_quantum, pq_rekey }))
        .with_limits(1000, 2000)
}

const fn rekey(messages: u32, epochs: u32) -> Option<PqRekey> {
    Some(PqRekey { messages, epochs })
}

struct PingPong {
    ideal: Ideal,
    messages: Vec<Place>,
}

impl PingPong {
    fn new(profile: &Profile) -> Self {
        Self { ideal: Ideal::new(profile, false), messages: Vec::new() }
    }

    fn send(&mut self, epoch: u32) -> Place {
        let place = self.ideal.send(sender_of(epoch)).unwrap();
        assert_eq!(place.epoch, epoch);
        self.messages.push(place);
        place
    }

    fn deliver(&mut self, place: &Place) {
        assert_eq!(self.ideal.expects(place.from.peer(), place), Expected::Opens);
        self.ideal.open(place.from.peer(), place);
    }

    fn run(&mut self, epochs: std::ops::RangeInclusive<u32>) {
        for epoch in epochs {
            let place = self.send(epoch);
            self.deliver(&place);
        }
    }
}

/// First epoch from which on nothing leaks, as a distance from `t`: to who knows nothing else, and of each half to who
/// knows the other.
fn healing(profile: &Profile, t: u32, row: &str) -> [u32; 3] {
    let mut talk = PingPong::new(profile);
    talk.run(1..=t - 1);
    let place = talk.send(t);
    let (sender, receiver) = (place.from, place.from.peer());
    let both = |ideal: &Ideal| ideal.knowledge(sender).union(&ideal.knowledge(receiver));
    let knowledge = match row {
        "sender of t" => talk.ideal.knowledge(sender),
        "not yet received t" => talk.ideal.knowledge(receiver),
        "both, one has not processed t" => both(&talk.ideal),
        _ => Knowledge::default(),
    };
    talk.deliver(&place);
    let knowledge = match row {
        "received t, not answered" => talk.ideal.knowledge(receiver),
        "both, both processed t" => both(&talk.ideal),
        _ => knowledge,
    };
    let last = t + 24;
    talk.run(t + 1..=last);
    let distance = |leaks: &dyn Fn(&Place) -> bool| {
        let later = talk.messages.iter().filter(|place| place.epoch > t);
        later.filter(|place| leaks(place)).map(|place| place.epoch - t + 1).max().unwrap_or(1)
    };
    [
        distance(&|place| knowledge.leaks(place)),
        distance(&|place| knowledge.half_leaks(Half::Classical, place)),
        distance(&|place| knowledge.half_leaks(Half::PostQuantum, place)),
    ]
}

const ROWS: [(&str, u32, u32); 5] = [
    ("sender of t", 2, 2),
    ("received t, not answered", 1, 3),
    ("not yet received t", 1, 1),
    ("both, both processed t", 2, 3),
    ("both, one has not processed t", 2, 2),
];

#[test]
fn a_hybrid_heals_as_its_faster_half_and_each_half_in_its_own_time() {
    for (row, lazy, eager) in ROWS {
        for t in 2..=7 {
            for (key_generation, classical) in
                [(KeyGeneration::Lazy, lazy), (KeyGeneration::Eager, eager)]
            {
                for (messages, epochs, post_quantum) in [(1, 1, 4), (2, 2, 8), (3, 2, 12)] {
                    let profile = profile(key_generation, rekey(messages, epochs));
                    let expected = [classical, classical, post_quantum];
                    assert_eq!(healing(&profile, t, row), expected, "{key_generation:?} {row} {t}");
                }
            }
        }
    }
}

#[test]
fn a_post_quantum_half_of_no_declared_pace_never_heals() {
    let profile = profile(KeyGeneration::Eager, None);
    assert_eq!(healing(&profile, 3, "sender of t"), [2, 2, 25]);
}

#[test]
fn the_post_quantum_half_forgets_what_was_opened_and_what_was_sent() {
    let mut talk = PingPong::new(&profile(KeyGeneration::Lazy, rekey(2, 2)));
    let (opened, waiting) = (talk.send(1), talk.send(1));
    talk.deliver(&opened);
    let receiver = talk.ideal.knowledge(Party::Responder);
    assert!(!receiver.half_leaks(Half::PostQuantum, &opened));
    assert!(receiver.half_leaks(Half::PostQuantum, &waiting));
    let sender = talk.ideal.knowledge(Party::Initiator);
    assert!(!sender.half_leaks(Half::PostQuantum, &opened));
    assert!(!sender.half_leaks(Half::PostQuantum, &waiting));
    assert!(sender.half_leaks(Half::PostQuantum, &talk.send(1)));
}

#[test]
fn what_answers_to_something_said_after_the_theft_need_not_open() {
    let mut talk = PingPong::new(&profile(KeyGeneration::Eager, rekey(2, 2)));
    talk.run(1..=2);
    let stolen = talk.ideal.clone();
    let late = talk.send(2);
    assert!(stolen.must_leak(Party::Initiator, &late), "its sender has heard nothing since");
    talk.run(3..=3);
    let answer = talk.send(4);
    // The eager classical half would open it: the key of epoch 3 was made before the theft.
    assert!(stolen.knowledge(Party::Initiator).leaks(&answer));
    assert!(!stolen.must_leak(Party::Initiator, &answer));
}

#[test]
fn a_late_message_of_a_post_quantum_chain_that_nothing_closes_is_claimed_while_the_chain_is_kept() {
    for (retained_chains, claimed) in [(0, false), (1, false), (3, true)] {
        let mut profile = profile(KeyGeneration::Lazy, rekey(1, 2));
        if let Family::HybridRatchet(claims) = &mut profile.family {
            claims.post_quantum.closes_chains = false;
            claims.post_quantum.retained_chains = retained_chains;
        }
        let mut talk = PingPong::new(&profile);
        let late = talk.send(1);
        talk.run(1..=3);
        let expected = if claimed { Expected::Opens } else { Expected::Unclaimed };
        assert_eq!(talk.ideal.expects(Party::Responder, &late), expected, "{retained_chains}");
    }
}

#[test]
fn a_gap_beyond_the_post_quantum_limit_alone_is_unclaimed() {
    let mut profile = profile(KeyGeneration::Lazy, rekey(1, 2));
    if let Family::HybridRatchet(claims) = &mut profile.family {
        claims.post_quantum.limits.max_skip = Some(3);
    }
    let mut talk = PingPong::new(&profile);
    let places: Vec<Place> = (0..6).map(|_| talk.send(1)).collect();
    assert_eq!(talk.ideal.expects(Party::Responder, &places[3]), Expected::Opens);
    assert_eq!(talk.ideal.expects(Party::Responder, &places[4]), Expected::Unclaimed);
}

/// Over random schedules with several thefts: what must leak lies in the ideal leak, the leak is that of both halves, and
/// neither half gives away what was sent late enough after the last theft.
#[test]
fn what_must_leak_leaks_and_what_must_be_safe_does_not() {
    let (mut safe, mut leaked) = (0, 0);
    for trial in 0..2000 {
        let mut choices = CaseSeed::of_trial(12, "hybrid", trial).choices();
        let key_generation = [KeyGeneration::Eager, KeyGeneration::Lazy][(trial % 2) as usize];
        let rekey = rekey(choices.between(1, 2), choices.between(1, 2));
        let heals_after = rekey.unwrap().heals_after();
        let mut ideal = Ideal::new(&profile(key_generation, rekey), choices.chance(1, 2));
        let (mut waiting, mut sent): (Vec<Place>, Vec<Place>) = (Vec::new(), Vec::new());
        let mut thefts: Vec<(Party, Ideal, u32)> = Vec::new();
        let mut newest = 1;
        for _ in 0..100 {
            match choices.below(24) {
                0..=11 => {
                    let by = Party::BOTH[choices.below(2) as usize];
                    let Some(place) = ideal.send(by) else { continue };
                    newest = newest.max(place.epoch);
                    waiting.push(place);
                    sent.push(place);
                }
                12..=22 if !waiting.is_empty() => {
                    let index = choices.below(waiting.len() as u32) as usize;
                    let to = waiting[index].from.peer();
                    if ideal.expects(to, &waiting[index]) == Expected::Opens {
                        ideal.open(to, &waiting.remove(index));
                    }
                }
                _ => {
                    let victim = Party::BOTH[choices.below(2) as usize];
                    thefts.push((victim, ideal.clone(), newest));
                }
            }
        }
        let mut all = Knowledge::default();
        for (victim, stolen, _) in &thefts {
            all = all.union(&stolen.knowledge(*victim));
        }
        for place in &sent {
            for (victim, stolen, newest) in &thefts {
                let knowledge = stolen.knowledge(*victim);
                let halves = Half::BOTH.map(|half| knowledge.half_leaks(half, place));
                assert_eq!(knowledge.leaks(place), halves == [true, true], "{place:?}");
                assert!(!knowledge.leaks(place) || all.leaks(place), "{place:?}");
                if stolen.must_leak(*victim, place) {
                    assert!(knowledge.leaks(place), "{trial}: {place:?} {knowledge:?}");
                    leaked += 1;
                }
                if place.epoch >= newest + heals_after {
                    assert_eq!(halves, [false, false], "{trial}: {place:?} {knowledge:?}");
                    safe += 1;
                }
            }
        }
    }
    assert!(safe > 2000 && leaked > 2000, "{safe} {leaked}");
}

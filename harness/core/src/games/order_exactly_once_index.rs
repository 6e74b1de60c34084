use super::forking::places_are_known;
use crate::attackers::Effort;
use crate::engine::{Arena, EventKind, Outcome, Transcript, execute};
use crate::games::{About, Game, game};
use crate::ideal::{Ideal, Place};
use crate::judge::{Judgement, Violation, ViolationKind, judge_transcript, tell_ideal};
use crate::run::Totals;
use crate::schedule::{ActionId, Choices, Schedule, ServiceDelivery, Shape};
use crate::{MessageIndex, Party, Profile, Rejection, Verdict};

game! {
    OrderExactlyOnceIndex,
    id: "order/exactly-once-index",
    catalogue: "G-ORD-2",
    title: "The place that the user is told of a message is the sender's, and no message opens twice",
    severity: Medium,
    source: "Albrecht, Mareková, Paterson, Stepanovs, Four attacks and a proof for Telegram, IEEE S&P 2022 (reordering); \
        Wire audit by Kudelski and X41, 2017",
    checks: "Loses, delays, reorders and repeats messages, and compares the number that the ratchet gives with each \
        plaintext with the number of the message in its sender's chain (or among all messages of its sender; either, but \
        the same throughout). Later messages of a chain must have greater numbers, and later chains greater names. Where \
        the ratchet sends service messages of its own, which may take numbers, only the order is asked for.",
    cannot_show: "Whether an application uses the number. Where the ratchet rekeys by messages of its own, what comes behind \
        one that was refused or came late.",
    control: "t19-reports-previous-counter",
}

const TOLD: &str = "places told|times";

/// A message that was opened, where it stands, and where the user was told that it stands.
struct Told {
    action: ActionId,
    message: usize,
    place: Place,
    /// Its place among all messages of its sender.
    ordinal: u64,
    index: Option<MessageIndex>,
}

impl Game for OrderExactlyOnceIndex {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if arena.capabilities.index {
            places_are_known(arena)
        } else {
            Err("the ratchet does not tell where a message stands".to_owned())
        }
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        32
    }

    fn schedule(&self, _profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let shape = Shape {
            actions: (6, 30),
            noise: trial % 2 == 1,
            restarts: trial % 4 == 3,
            ..Shape::honest()
        };
        Schedule::generate(choices, &shape)
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = judge_transcript(arena, &transcript, Effort::Sampled);
        if judgement.violations.is_empty() {
            let told = follow(arena, &transcript);
            for _ in &told {
                judgement.measure(TOLD, 1);
            }
            let wrong = if arena.capabilities.outbox { out_of_order(&told) } else { misnumbered(&told) };
            if let Some((wrong, detail)) = wrong.or_else(|| wrong_chain(&told)) {
                let name = transcript.wire[wrong.message].name;
                let violation = Violation::new(ViolationKind::WrongIndex, wrong.action, detail);
                judgement.violations.push(violation.of_message(name));
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(kind, ViolationKind::WrongIndex | ViolationKind::Replayed)
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        match totals.figures.get(TOLD) {
            Some(told) => (Verdict::Pass, format!("{} messages were where they should be", told.count)),
            None => (Verdict::NotRun, "no message was opened".to_owned()),
        }
    }
}

/// Every message that was opened, with its place by the ideal.
fn follow(arena: &Arena<'_>, transcript: &Transcript) -> Vec<Told> {
    let mut ideal = Ideal::new(arena.profile, transcript.opened).of(arena.capabilities);
    // Pairing may have carried the first message of all.
    let mut sent = [u64::from(transcript.opened), 0];
    let mut places: Vec<(Place, u64)> = Vec::new();
    let mut told = Vec::new();
    for event in &transcript.events {
        match &event.kind {
            EventKind::Sent(message) => {
                let from = transcript.wire[*message].from;
                let Some(place) = ideal.send(from) else { break };
                places.push((place, sent[from.index()]));
                sent[from.index()] += 1;
            }
            EventKind::Delivered(delivery) => {
                let Outcome::Opened(message) = delivery.outcome else { continue };
                let (place, ordinal) = places[message];
                if place.from == delivery.to {
                    continue;
                }
                ideal.open(delivery.to, &place);
                let (action, index) = (event.action, delivery.index);
                told.push(Told { action, message, place, ordinal, index });
            }
            // From here on nobody can say which period it is.
            EventKind::ServiceDelivered { outcome: Err(_), .. } => break,
            EventKind::ServiceSent { .. }
                if transcript.schedule.service == ServiceDelivery::Held =>
            {
                break;
            }
            other => tell_ideal(&mut ideal, other),
        }
    }
    told
}

/// The first message whose number is not the sender's, by the better of the two ways to count.
fn misnumbered(told: &[Told]) -> Option<(&Told, String)> {
    let wrong = |expected: fn(&Told) -> u64| {
        told.iter().find(|told| told.index.map(|index| index.n) != Some(expected(told)))
    };
    wrong(|told| told.ordinal)?;
    let wrong = wrong(|told| told.place.index.into())?;
    Some((wrong, describe(wrong, &format!("the sender's number is {}", wrong.place.index))))
}

/// The first message whose number is not greater than that of an earlier one of its chain, or smaller than a later one's.
fn out_of_order(told: &[Told]) -> Option<(&Told, String)> {
    pairs(told).find_map(|(earlier, later)| {
        let (Some(first), Some(second)) = (earlier.index, later.index) else {
            return Some((later, describe(later, "none was told")));
        };
        let same_chain = earlier.place.epoch == later.place.epoch;
        (same_chain && first.n >= second.n)
            .then(|| (later, describe(later, &format!("an earlier one had number {}", first.n))))
    })
}

/// The first message whose chain has a smaller name than an earlier chain, or another than its own chain had.
fn wrong_chain(told: &[Told]) -> Option<(&Told, String)> {
    pairs(told).find_map(|(earlier, later)| {
        let (first, second) = (earlier.index?.chain?, later.index?.chain?);
        let wrong = if earlier.place.epoch == later.place.epoch {
            first != second
        } else {
            first > second
        };
        wrong.then(|| (later, describe(later, &format!("an earlier one was in chain {first}"))))
    })
}

/// Every two messages of one sender, the one sent earlier first.
fn pairs(told: &[Told]) -> impl Iterator<Item = (&Told, &Told)> {
    Party::BOTH.into_iter().flat_map(move |from| {
        let mut own: Vec<&Told> = told.iter().filter(|told| told.place.from == from).collect();
        own.sort_by_key(|told| told.ordinal);
        own.dedup_by_key(|told| told.ordinal);
        own.windows(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>()
    })
}

fn describe(told: &Told, but: &str) -> String {
    match told.index {
        Some(MessageIndex { chain: Some(chain), n }) => {
            format!("the user was told number {n} of chain {chain}; {but}")
        }
        Some(MessageIndex { chain: None, n }) => format!("the user was told number {n}; {but}"),
        None => format!("the user was told no number; {but}"),
    }
}

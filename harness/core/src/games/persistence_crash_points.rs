use std::collections::{BTreeMap, BTreeSet};

use super::building::Script;
use super::keystream::{self, Known};
use crate::engine::{Arena, Arrival, Delivery, EventKind, Outcome, Transcript, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind};
use crate::run::Totals;
use crate::schedule::{Action, ActionId, Choices, Schedule};
use crate::{Ordering, Party, Profile, Rejection, Verdict};

game! {
    PersistenceCrashPoints,
    id: "persistence/crash-points",
    catalogue: "G-PER-3",
    title: "Who writes the state down before a message leaves may crash at any moment",
    severity: Critical,
    source: "mls-protocol issue 216 (nonces repeat after a loss of state); amethyst pull request 3499 (restored at \
        generation 0); RFC 9420, section 9.1",
    checks: "Both parties follow the only order that a ratchet can make safe: encrypt, write the export to storage, let the \
        message leave; and open, write. They crash between any two of these steps and go on from storage: a message that was \
        not written is never sent, one that was written is sent again as it is. Then no two messages that left may share a \
        keystream, what was opened and written must be refused again, and everything else must open.",
    cannot_show: "Other orders: who sends before it writes repeats keys after a crash, with every deterministic ratchet. \
        Torn writes are the affair of persistence/damaged-export.",
    control: "s06-saved-before-commit",
}

const CRASHES: &str = "crashes|times";

impl Game for PersistenceCrashPoints {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if arena.capabilities.export {
            Ok(())
        } else {
            Err("the ratchet has no export".to_owned())
        }
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        40
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, _trial: u64) -> Schedule {
        let mut script = Script::default();
        for party in Party::BOTH {
            script.add(Action::Persist { party });
        }
        let mut by = Party::Initiator;
        for _ in 0..choices.between(3, 9) {
            exchange(&mut script, by, choices);
            if !profile.is_one_way() && choices.chance(1, 2) {
                by = by.peer();
            }
        }
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        let mut log = Log::new(arena, &transcript);
        for (place, event) in transcript.events.iter().enumerate() {
            let found = log.event(place, event.action, &event.kind, &mut judgement);
            if let Err(violation) = found {
                judgement.violations.push(violation);
                break;
            }
            if log.order_broken {
                break;
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(
            kind,
            ViolationKind::KeyReused
                | ViolationKind::Replayed
                | ViolationKind::GenuineRefused
                | ViolationKind::SendRefused
                | ViolationKind::OwnExportRefused
        )
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        match totals.figures.get(CRASHES) {
            Some(crashes) if totals.opened > 0 => {
                (Verdict::Pass, format!("{} crashes did no harm", crashes.count))
            }
            _ => (Verdict::NotRun, "nobody crashed".to_owned()),
        }
    }
}

/// One message in the safe order, with a crash at one of its steps or at none.
fn exchange(script: &mut Script, by: Party, choices: &mut dyn Choices) {
    let to = by.peer();
    let mut message = script.send(by, 1);
    if choices.chance(1, 4) {
        // Before it was written: it never left, and another one takes its place.
        script.add(Action::Crash { party: by });
        script.add(Action::Drop { message });
        message = script.send(by, 1);
    }
    script.add(Action::Persist { party: by });
    if choices.chance(1, 4) {
        script.add(Action::Crash { party: by });
    }
    script.deliver(message, 1);
    match choices.below(6) {
        0 => {
            // Before the opening was written: the message comes again.
            script.add(Action::Crash { party: to });
            script.add(Action::Duplicate { message });
            script.add(Action::Persist { party: to });
        }
        1 => {
            script.add(Action::Persist { party: to });
            script.add(Action::Crash { party: to });
            script.add(Action::Duplicate { message });
            script.add(Action::Persist { party: to });
        }
        2 => {
            script.add(Action::Persist { party: to });
            script.add(Action::Duplicate { message });
        }
        _ => {
            script.add(Action::Persist { party: to });
        }
    }
}

/// What is in storage, and what has left.
struct Log<'a, 'r> {
    arena: &'a Arena<'r>,
    transcript: &'a Transcript,
    /// Messages sent and not yet in the sender's storage.
    unwritten: [BTreeSet<usize>; 2],
    /// Messages whose sending is in storage.
    written: BTreeSet<usize>,
    /// Messages that left, by sender.
    left: [Vec<usize>; 2],
    /// Messages opened, and those of them of which storage knows.
    opened: [BTreeSet<usize>; 2],
    opened_written: [BTreeSet<usize>; 2],
    /// Service messages changed a party that has not written since.
    serviced: [bool; 2],
    /// Service messages so far, and when each message was sent.
    services: usize,
    services_at: BTreeMap<usize, usize>,
    /// The schedule does not keep the order (any more): nothing can be asked.
    order_broken: bool,
}

impl<'a, 'r> Log<'a, 'r> {
    fn new(arena: &'a Arena<'r>, transcript: &'a Transcript) -> Self {
        Self {
            arena,
            transcript,
            unwritten: Default::default(),
            written: BTreeSet::new(),
            left: Default::default(),
            opened: Default::default(),
            opened_written: Default::default(),
            serviced: [false; 2],
            services: 0,
            services_at: BTreeMap::new(),
            order_broken: false,
        }
    }

    fn event(
        &mut self,
        place: usize,
        action: ActionId,
        kind: &EventKind,
        judgement: &mut Judgement,
    ) -> Result<(), Violation> {
        match kind {
            EventKind::Sent(message) => {
                self.unwritten[self.transcript.wire[*message].from.index()].insert(*message);
                self.services_at.insert(*message, self.services);
            }
            EventKind::SendRefused { by, rejection } => {
                let has_sent = self.transcript.events[..place].iter().any(|event| {
                    matches!(event.kind, EventKind::Sent(message) if self.transcript.wire[message].from == *by)
                });
                // Before its first message a party may have to wait; a later one is due.
                if has_sent {
                    let detail = format!("the {by} cannot send any more: {rejection}");
                    return Err(Violation::new(ViolationKind::SendRefused, action, detail));
                }
                self.order_broken = true;
            }
            EventKind::Persisted { party, outcome } => {
                refused(outcome, *party, action)?;
                let own = party.index();
                self.written.append(&mut self.unwritten[own]);
                self.opened_written[own] = self.opened[own].clone();
                self.serviced[own] = false;
            }
            EventKind::Crashed { party, outcome } => {
                refused(outcome, *party, action)?;
                let own = party.index();
                judgement.measure(CRASHES, 1);
                // What the ratchet sent by itself has left without being written.
                self.order_broken |= self.serviced[own];
                self.unwritten[own].clear();
                self.opened[own] = self.opened_written[own].clone();
            }
            // A gap that nothing closes any more.
            EventKind::ServiceDelivered { outcome: Err(_), .. }
                if self.arena.profile.ordering == Ordering::Strict =>
            {
                self.order_broken = true;
            }
            EventKind::ServiceSent { .. } | EventKind::ServiceDelivered { .. } => {
                self.serviced = [true; 2];
                self.services += 1;
            }
            EventKind::Delivered(delivery) => self.delivered(action, delivery, judgement)?,
            _ => {}
        }
        Ok(())
    }

    fn delivered(
        &mut self,
        action: ActionId,
        delivery: &Delivery,
        judgement: &mut Judgement,
    ) -> Result<(), Violation> {
        let Delivery { to, message, ref arrival, ref outcome, .. } = *delivery;
        let wire = &self.transcript.wire[message];
        if !matches!(arrival, Arrival::Genuine) || !self.written.contains(&message) {
            self.order_broken = true;
            return Ok(());
        }
        let violation = |kind, detail| Err(Violation::new(kind, action, detail).of_message(wire.name));
        let mine = Known { message: &wire.bytes, plaintext: &wire.plaintext };
        for &other in &self.left[wire.from.index()] {
            let other = &self.transcript.wire[other];
            let theirs = Known { message: &other.bytes, plaintext: &other.plaintext };
            if other.name != wire.name && keystream::is_shared(self.arena, theirs, mine) {
                let detail = format!("it has the keystream of message {}", other.name);
                return violation(ViolationKind::KeyReused, detail);
            }
        }
        if !self.left[wire.from.index()].contains(&message) {
            self.left[wire.from.index()].push(message);
        }
        let before = self.opened[to.index()].contains(&message);
        match outcome {
            Outcome::Refused(_) if before => {
                judgement.refused += 1;
                // By design the session may be over.
                self.order_broken |= self.arena.profile.aborts_on_forgery;
            }
            // Service messages that came in between may have closed its period.
            Outcome::Refused(_) if self.services != self.services_at.get(&message).copied().unwrap_or(0) => {
                self.order_broken = true;
            }
            Outcome::Refused(rejection) => {
                let detail = format!("the {to} refused it: {rejection}");
                return violation(ViolationKind::GenuineRefused, detail);
            }
            Outcome::Opened(_) if before && self.arena.profile.claims_replay_protection() => {
                return violation(ViolationKind::Replayed, format!("the {to} opened it again"));
            }
            _ => {
                judgement.opened += 1;
                self.opened[to.index()].insert(message);
            }
        }
        Ok(())
    }
}

fn refused(
    outcome: &Result<(), Rejection>,
    party: Party,
    action: ActionId,
) -> Result<(), Violation> {
    outcome.clone().map_err(|rejection| {
        let detail = format!("the {party}'s own export: {rejection}");
        Violation::new(ViolationKind::OwnExportRefused, action, detail)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::CaseSeed;
    use crate::schedule::MessageName;
    use crate::{Family, StaticKey};

    #[test]
    fn every_schedule_keeps_the_order() {
        let profile = Profile::of(Family::StaticKey(StaticKey::default()));
        for trial in 0..50 {
            let seed = CaseSeed::of_trial(1, "crash", trial);
            let schedule = PersistenceCrashPoints.schedule(&profile, &mut seed.choices(), trial);
            let mut written: BTreeSet<MessageName> = BTreeSet::new();
            let mut waiting = None;
            for step in &schedule.steps {
                match step.action {
                    Action::Send { .. } => waiting = Some(MessageName::new(step.id.0, 0)),
                    Action::Persist { .. } => written.extend(waiting.take()),
                    Action::Crash { .. } => waiting = None,
                    Action::Deliver { first, .. } => assert!(written.contains(&first)),
                    _ => {}
                }
            }
        }
    }
}

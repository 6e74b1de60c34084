use super::building::{Script, is_lost_message};
use super::couple::Couple;
use super::forged_numbers::{COUNTER, Spellings};
use super::keystream::{self, Known};
use super::preset::Preset;
use crate::attackers::Effort;
use crate::engine::{Arena, Theft, Wire, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind, judge_transcript};
use crate::run::{Totals, catching};
use crate::schedule::{Action, Choices, MessageName, Schedule};
use crate::{Ordering, Party, Profile, Rejection, Verdict};

game! {
    CountersEdges,
    id: "counters/edges",
    catalogue: "G-CTR-1",
    title: "Counters pass the edges of their types, or end with a refusal to send",
    severity: High,
    source: "RUSTSEC-2026-0071 (hpke-rs: a wrapped number repeats a nonce); boringtun issue 54; whatsapp-rust PR 782; \
        libsignal, sender chain overflow made an explicit error",
    checks: "Sends over 127/128 and 255/256, with restarts between. Puts the counters of both ends to just below 2^15, 2^16, \
        2^31 and 2^32, by the ratchet's hook or by patching both exports, and goes on over the edge: in order, the last one \
        first, with restarts, with repeats. Every message that the sender agrees to send must open; no number or keystream \
        may come again. One round in sixteen really sends over 2^16.",
    cannot_show: "Edges beyond 2^32, which nobody reaches by sending. Where counters can neither be set nor found in the \
        export, nothing behind those that are really sent.",
    control: "s09-counter-saved-in-16-bits",
}

const CROSSED: &str = "edges crossed|times";
const ENDED: &str = "edges at which sending is refused|times";
const HIGHEST: &str = "edges crossed, by number";

/// Numbers before which a counter is put.
const EDGES: [u64; 6] = [1 << 7, 1 << 8, 1 << 15, 1 << 16, 1 << 31, 1 << 32];

/// Up to here nobody can say that a chain is used up.
const REACHABLE: u64 = 1 << 16;

/// How far before an edge the control stands, and how far before it the crossing begins.
const CONTROL: u64 = 100;
const RUN_UP: u64 = 2;

/// Messages of one crossing.
const MESSAGES: u64 = 5;

impl Game for CountersEdges {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        3
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let from = if trial == 1 && !profile.is_one_way() { Party::Responder } else { Party::Initiator };
        let mut script = Script::default();
        if !profile.is_one_way() {
            script.ping_pong(Party::Initiator, if from == Party::Initiator { 2 } else { 3 });
        }
        if trial == 2 {
            really_send(&mut script, choices.chance(1, 16));
        } else {
            let first = script.send(from, 2);
            script.deliver(first, 2);
            script.add(Action::Steal { from });
        }
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = judge_transcript(arena, &transcript, Effort::Sampled);
        if !judgement.violations.is_empty() {
            return Ok(judgement);
        }
        for theft in &transcript.thefts {
            let couple = Couple::at(arena, theft, 1);
            let Some(preset) = Preset::find(arena, &couple, theft.victim) else { continue };
            let own = |wire: &&Wire| wire.from == theft.victim;
            let before: Vec<&Wire> = transcript.wire.iter().filter(own).collect();
            let last: Vec<&[u8]> = before.iter().rev().take(2).rev().map(|wire| &wire.bytes[..]).collect();
            let spellings = Spellings::of(arena, &last);
            for edge in EDGES {
                let (couple, preset) = (&couple, &preset);
                let (before, spellings) = (&before, &spellings);
                let crossing = Crossing { arena, theft, couple, preset, before, spellings, edge };
                if let Err(violation) = crossing.run(&mut judgement) {
                    judgement.violations.push(violation);
                    return Ok(judgement);
                }
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(
            kind,
            ViolationKind::CounterFault
                | ViolationKind::KeyReused
                | ViolationKind::Replayed
                | ViolationKind::OwnExportRefused
        ) || is_lost_message(kind)
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.opened == 0 {
            return (Verdict::NotRun, "no message opened".to_owned());
        }
        let times = |name| totals.figures.get(name).map_or(0, |figure| figure.count);
        match (times(CROSSED), times(ENDED)) {
            (0, 0) => (Verdict::Pass, "sent over 2^8; counters cannot be put elsewhere".to_owned()),
            (crossed, 0) => (Verdict::Pass, format!("{crossed} edges crossed")),
            (crossed, ended) => {
                (Verdict::Pass, format!("{crossed} edges crossed, {ended} ended by a refusal to send"))
            }
        }
    }
}

/// Sends over the edges of one byte, or over those of two, stopping at each for a restart.
fn really_send(script: &mut Script, far: bool) {
    let from = Party::Initiator;
    let stretches: &[u16] = if far {
        &[255, 1, 1, 32_510, 1, 1, 32_766, 1, 1, 3]
    } else {
        &[127, 1, 1, 126, 1, 1, 2]
    };
    let mut last = None;
    for &count in stretches {
        let first = script.send(from, count);
        script.deliver(first, count);
        for party in Party::BOTH {
            script.add(Action::Restart { party });
        }
        last = Some(MessageName { index: count - 1, ..first });
    }
    if let Some(message) = last {
        script.add(Action::Duplicate { message });
    }
}

/// One direction at one edge.
struct Crossing<'a, 'r> {
    arena: &'a Arena<'r>,
    theft: &'a Theft,
    couple: &'a Couple<'a, 'r>,
    preset: &'a Preset,
    /// What the sender sent before, in this chain too.
    before: &'a [&'a Wire],
    spellings: &'a Spellings,
    edge: u64,
}

/// A message, and what is in it.
struct Sent {
    message: Vec<u8>,
    plaintext: Vec<u8>,
}

impl Sent {
    fn known(&self) -> Known<'_> {
        Known { message: &self.message, plaintext: &self.plaintext }
    }
}

/// What became of a message at an edge.
enum Step {
    Opened,
    /// The chain has come to its end, and says so.
    Ended,
}

impl<'a, 'r> Crossing<'a, 'r> {
    fn run(&self, judgement: &mut Judgement) -> Result<(), Violation> {
        // A number of the same size away from any edge shows that it is the edge that matters.
        let Some(mut control) = self.standing_at(self.edge - CONTROL) else { return Ok(()) };
        if (0..2).any(|_| control.pass(self.theft.victim).is_none()) {
            return Ok(());
        }
        let mut ended = self.in_order(false)?;
        if self.arena.capabilities.export {
            ended |= self.in_order(true)?;
        }
        // The last one first means that the others are skipped and stored.
        let gap = self.arena.profile.limits().map_or(0, |limits| {
            limits.max_skip.unwrap_or(0).min(limits.max_stored.unwrap_or(0))
        });
        // Where the ratchet may begin a new period by itself, late messages may be lost by design.
        let any_order =
            self.arena.profile.ordering == Ordering::Any && !self.arena.capabilities.outbox;
        self.last_first(any_order && u64::from(gap) >= MESSAGES)?;
        judgement.measure(if ended { ENDED } else { CROSSED }, 1);
        if !ended {
            judgement.measure(HIGHEST, self.edge);
        }
        Ok(())
    }

    /// A couple whose next message has `number`; `None` where the counter cannot hold it.
    fn standing_at(&self, number: u64) -> Option<Couple<'a, 'r>> {
        let mut couple = self.couple.clone();
        self.preset.apply(self.arena, &mut couple, self.theft.victim, number).then_some(couple)
    }

    /// Sends over the edge, each message opened at once. Says whether the chain ended.
    fn in_order(&self, restarts: bool) -> Result<bool, Violation> {
        let from = self.theft.victim;
        let Some(mut couple) = self.standing_at(self.edge - RUN_UP) else { return Ok(true) };
        let mut all = Vec::new();
        for place in 0..MESSAGES {
            let Some(sent) = self.send(&mut couple, place)? else { return Ok(true) };
            if let Step::Ended = self.open(&mut couple, place, &sent)? {
                return Ok(true);
            }
            all.push(sent);
            if restarts {
                self.restart(&mut couple, place)?;
            }
        }
        if self.arena.profile.claims_replay_protection() {
            for (place, sent) in (0..).zip(&all) {
                if couple.reads(from.peer(), &sent.message, &sent.plaintext) {
                    let detail = format!("message number {} opened twice", self.number(place));
                    return Err(self.fault(ViolationKind::CounterFault, detail));
                }
            }
        }
        Ok(false)
    }

    /// Skips to the last message over the edge; those before it come late, where gaps are allowed.
    fn last_first(&self, may_skip: bool) -> Result<(), Violation> {
        let Some(mut couple) = self.standing_at(self.edge - RUN_UP) else { return Ok(()) };
        let mut all: Vec<(u64, Sent)> = Vec::new();
        for place in 0..MESSAGES {
            let Some(sent) = self.send(&mut couple, place)? else { break };
            let others = all.iter().map(|(_, sent)| sent.known());
            self.check_keystream(others, sent.known(), place)?;
            all.push((place, sent));
        }
        if !may_skip {
            return Ok(());
        }
        for (place, sent) in all.iter().rev() {
            if let Step::Ended = self.open(&mut couple, *place, sent)? {
                break;
            }
        }
        Ok(())
    }

    /// The next message; `None` if the ratchet refuses to send.
    fn send(
        &self,
        couple: &mut Couple<'_, '_>,
        place: u64,
    ) -> Result<Option<Sent>, Violation> {
        let plaintext = couple.plaintext();
        let sent = catching(|| couple.send(self.theft.victim, &plaintext));
        let sent = sent.map_err(|text| self.panicked(place, &text))?;
        Ok(sent.ok().map(|message| Sent { message, plaintext }))
    }

    fn open(
        &self,
        couple: &mut Couple<'_, '_>,
        place: u64,
        sent: &Sent,
    ) -> Result<Step, Violation> {
        let to = self.theft.victim.peer();
        let opened = catching(|| couple.reads(to, &sent.message, &sent.plaintext));
        if opened.map_err(|text| self.panicked(place, &text))? {
            return Ok(Step::Opened);
        }
        let shown = self.spellings.read(self.arena, &sent.message, COUNTER);
        let wrapped = shown.is_some_and(|shown| shown < self.edge / 2);
        if self.edge > REACHABLE && !wrapped {
            return Ok(Step::Ended);
        }
        let shown = shown.map(|shown| format!(" (it shows {shown})")).unwrap_or_default();
        let number = self.number(place);
        let detail = format!("message number {number}{shown} was sent and not opened");
        Err(self.fault(ViolationKind::CounterFault, detail))
    }

    fn restart(&self, couple: &mut Couple<'_, '_>, place: u64) -> Result<(), Violation> {
        for party in Party::BOTH {
            let reloaded = catching(|| self.arena.reload(couple.session(party)));
            let reloaded = reloaded.map_err(|text| self.panicked(place, &text))?;
            *couple.session_mut(party) = reloaded.map_err(|rejection| {
                let number = self.number(place);
                let detail = format!("the {party}'s own export at number {number}: {rejection}");
                self.fault(ViolationKind::CounterFault, detail)
            })?;
        }
        Ok(())
    }

    /// No keystream of this chain may come again, neither at the edge nor from its beginning.
    fn check_keystream<'m>(
        &self,
        mut others: impl Iterator<Item = Known<'m>>,
        one: Known<'_>,
        place: u64,
    ) -> Result<(), Violation> {
        let shared = |other: Known<'_>| keystream::is_shared(self.arena, other, one);
        let old = |wire: &&Wire| {
            shared(Known { message: &wire.bytes, plaintext: &wire.plaintext })
        };
        if others.any(shared) || self.before.iter().any(old) {
            let number = self.number(place);
            let detail = format!("the keystream of message number {number} is an earlier one");
            return Err(self.fault(ViolationKind::KeyReused, detail));
        }
        Ok(())
    }

    const fn number(&self, place: u64) -> u64 {
        self.edge - RUN_UP + place
    }

    fn panicked(&self, place: u64, text: &str) -> Violation {
        self.fault(ViolationKind::Panicked, format!("at number {}: {text}", self.number(place)))
    }

    fn fault(&self, kind: ViolationKind, detail: String) -> Violation {
        let from = self.theft.victim;
        let detail = format!("counters of the {from}'s chain before {}: {detail}", self.edge);
        Violation::new(kind, self.theft.action, detail)
    }
}

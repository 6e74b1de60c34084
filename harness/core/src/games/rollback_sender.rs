use super::building::Script;
use super::keystream::{self, Known};
use crate::engine::{Arena, EventKind, Outcome, Theft, Transcript, Wire, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind};
use crate::run::Totals;
use crate::schedule::{Action, Choices, Schedule};
use crate::{DynSession, Party, Profile, Rejection, Verdict};

game! {
    RollbackSender,
    id: "rollback/sender",
    catalogue: "G-RB-1",
    title: "A sender restored from an old state repeats no more than it must",
    severity: High,
    source: "mls-protocol issue 216 (led to the reuse guard); amethyst pull request 3499; element-web issues 2330 and 3822 \
        (old backups restored)",
    checks: "Restores a party twice from before it sent, by its export where there is one, and lets it send something else, with \
        other randomness each time. Seen from outside: two messages share a keystream (catastrophic: their difference is that of the \
        plaintexts), equal plaintexts give equal ciphertexts, neither (contained), or it refuses. A ratchet without fresh \
        randomness in each message cannot avoid the first two, which is `not-claimed`. But once the restored party has \
        answered a new key of its peer, with fresh randomness, a Double Ratchet must repeat nothing.",
    cannot_show: "Keystreams behind an encoding other than hex where the ratchet does not tell where the ciphertext is.",
    control: "b18-restored-generator",
    kept: "measures for every family what a rollback costs; it sees a keystream that comes again whatever key is shown",
}

const SHARED: &str = "rollbacks that repeat a keystream|times";
const EQUAL: &str = "rollbacks that repeat a ciphertext|times";
const CONTAINED: &str = "rollbacks that repeat nothing|times";
const REFUSED: &str = "rollbacks after which sending is refused|times";

impl Game for RollbackSender {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        8
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let mut script = Script::default();
        let victim =
            if trial % 2 == 1 && !profile.is_one_way() { Party::Responder } else { Party::Initiator };
        before_an_answer(&mut script, victim, profile, choices);
        script.add(Action::Steal { from: victim });
        if trial % 4 >= 2 && !profile.is_one_way() {
            let answer = script.send(victim.peer(), 1);
            script.deliver(answer, 1);
        }
        let sent = script.send(victim, 1);
        script.deliver(sent, 1);
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        for theft in &transcript.thefts {
            roll_back(arena, &transcript, theft, &mut judgement);
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::KeyReused
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        let count = |name| totals.figures.get(name).map_or(0, |figure| figure.count);
        let tried = count(SHARED) + count(EQUAL) + count(CONTAINED) + count(REFUSED);
        if tried == 0 {
            return (Verdict::NotRun, "nothing was sent after a rollback".to_owned());
        }
        match (count(SHARED), count(EQUAL)) {
            (0, 0) => (Verdict::Pass, "contained: a sender that is rolled back repeats nothing".to_owned()),
            (0, equal) => (
                Verdict::NotClaimed,
                format!("{equal} of {tried} rollbacks repeat the ciphertext of an equal plaintext"),
            ),
            (shared, _) => (
                Verdict::NotClaimed,
                format!("catastrophic: {shared} of {tried} rollbacks use a keystream twice"),
            ),
        }
    }
}

/// A conversation in which `victim` sent last, so that its peer's answer shows a new key where there are such keys.
pub(super) fn before_an_answer(
    script: &mut Script,
    victim: Party,
    profile: &Profile,
    choices: &mut dyn Choices,
) {
    if profile.is_one_way() {
        let first = script.send(Party::Initiator, 1);
        return script.deliver(first, 1);
    }
    let rounds = choices.below(3) as u16 * 2;
    script.ping_pong(Party::Initiator, rounds + if victim == Party::Initiator { 3 } else { 2 });
}

/// What the victim opened after the theft and before it sent `until`.
pub(super) fn opened_between<'t>(
    transcript: &'t Transcript,
    theft: &Theft,
    until: usize,
) -> Vec<&'t Wire> {
    let mut opened = Vec::new();
    for event in &transcript.events[theft.event..] {
        match &event.kind {
            EventKind::Sent(message) if *message == until => break,
            EventKind::Delivered(delivery) if delivery.to == theft.victim => {
                if let Outcome::Opened(message) = delivery.outcome {
                    opened.push(&transcript.wire[message]);
                }
            }
            _ => {}
        }
    }
    opened
}

/// The stolen session as it comes back from storage, or as it is where there is no export.
pub(super) fn restored(arena: &Arena<'_>, session: &DynSession) -> DynSession {
    if !arena.capabilities.export {
        return session.clone();
    }
    arena.reload(session).unwrap_or_else(|_| session.clone())
}

fn roll_back(
    arena: &Arena<'_>,
    transcript: &Transcript,
    theft: &Theft,
    judgement: &mut Judgement,
) {
    let after = |(_, wire): &(usize, &Wire)| wire.from == theft.victim && wire.name.action > theft.action;
    let Some((message, wire)) = transcript.wire.iter().enumerate().find(after) else { return };
    let answers = opened_between(transcript, theft, message);
    // Two machines are restored from the same state, and each draws its own randomness.
    let restored_sends = |purpose: u64, plaintext: &[u8]| -> Option<Result<Vec<u8>, Rejection>> {
        let seed = arena.seed.derived(purpose);
        let mut old = restored(arena, &theft.session);
        for (call, answer) in (1..).zip(&answers) {
            let ad = arena.associated_data(answer.ad);
            let mut rng = seed.call(theft.action, call);
            arena.decrypt(&mut old, &mut rng, ad, &answer.bytes).ok()?;
        }
        let ad = arena.associated_data(wire.ad);
        Some(arena.encrypt(&mut old, &mut seed.call(theft.action, 100), ad, plaintext))
    };
    let other: Vec<u8> = wire.plaintext.iter().map(|byte| byte ^ 0x55).collect();
    let (again, differently) = (restored_sends(0x0b5, &wire.plaintext), restored_sends(0x0b7, &other));
    let (Some(again), Some(differently)) = (again, differently) else { return };
    let (Ok(again), Ok(differently)) = (again, differently) else {
        return judgement.measure(REFUSED, 1);
    };
    let genuine = Known { message: &wire.bytes, plaintext: &wire.plaintext };
    let one = Known { message: &again, plaintext: &wire.plaintext };
    let two = Known { message: &differently, plaintext: &other };
    let shared =
        keystream::is_shared(arena, genuine, two) || keystream::is_shared(arena, one, two);
    let equal = arena.ciphertext(&again) == arena.ciphertext(&wire.bytes);
    judgement.measure(
        match (shared, equal) {
            (true, _) => SHARED,
            (false, true) => EQUAL,
            (false, false) => CONTAINED,
        },
        1,
    );
    // A service message may have made the new key before.
    let renews = arena.profile.double_ratchet_claims().is_some()
        && !answers.is_empty()
        && !arena.capabilities.outbox;
    if renews && (shared || equal) {
        let detail = format!(
            "the {}, restored from before a new key of its peer came, answered that key with fresh randomness and \
             still encrypted as before",
            theft.victim
        );
        let violation = Violation::new(ViolationKind::KeyReused, theft.action, detail);
        judgement.violations.push(violation.of_message(wire.name));
    }
}

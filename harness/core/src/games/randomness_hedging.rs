use crate::engine::{Arena, Theft, Transcript};
use crate::games::outsider::opened_by_outsider;
use crate::games::randomness_repeated_tape::needs_tapes;
use crate::games::worlds::{home, other_session, play};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind};
use crate::randomness::Tape;
use crate::run::Totals;
use crate::schedule::{Action, Choices, Schedule};
use crate::{DynSession, KeyGeneration, Opened, Party, Profile, Rejection, Verdict};

use super::building::Script;

game! {
    RandomnessHedging,
    id: "randomness/hedging",
    catalogue: "G-RNG-5",
    title: "It takes both the state and the randomness to read on",
    severity: Critical,
    source: "Bellare, Singh, Jaeger, Nyayapati, Stepanovs, Ratcheted encryption and key exchange (CRYPTO 2017); Alwen, Coretti, Dodis 2019",
    checks: "Three of the four cases of who knows what. An outsider who knows everything that is drawn once the session is \
        open, but nothing that was agreed, plays the same conversation in a session of its own, and opens nothing. A thief who knows the state, but not \
        what is drawn afterwards, is shut out within the healing time. A thief who knows both goes on reading: if not, \
        this game has no teeth. The second and third case are played where the family heals.",
    cannot_show: "An outsider who computes keys by another program than the ratchet itself.",
    control: "b52-root-forgets",
    plainly: "A conversation has two safeguards: what both sides know from before, and the fresh dice of each side. If one of \
        them becomes known, the other has to hold.",
    kept: "it is the whole table of who knows state and who knows randomness; others look at one field of it",
}

const OUTSIDE: &str = "messages that an outsider tried|times";
const HEALED: &str = "messages shut from a thief without the randomness|times";
const BOTH: &str = "messages read with state and randomness|times";
const TAPES: u64 = 0x4ed6;
const THIEF: u64 = 0x4ed7;
const TURNS: u32 = 10;

impl Game for RandomnessHedging {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        needs_tapes(arena)
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        4
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, _trial: u64) -> Schedule {
        let mut script = Script::default();
        for _ in 0..3 {
            if profile.is_one_way() {
                let first = script.send(Party::Initiator, 1);
                script.deliver(first, 1);
            } else {
                script.ping_pong(Party::Initiator, choices.between(2, 4) as u16);
            }
            let first = script.send(Party::Initiator, choices.between(1, 2) as u16);
            script.add(Action::Steal { from: Party::Responder });
            script.deliver(first, 2);
            script.add(Action::Steal { from: Party::Initiator });
        }
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let mut judgement = Judgement::default();
        let ours = play(arena, home(arena), schedule)?;
        let theirs = play(arena, other_session(arena), schedule)?;
        judge_outsider(arena, &ours, &theirs, &mut judgement);
        let heals = arena.profile.double_ratchet_claims().is_some();
        if let (true, Some(theft)) = (heals && !arena.capabilities.outbox, ours.thefts.last()) {
            judge_thieves(arena, theft, &mut judgement);
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(kind, ViolationKind::ThirdReader | ViolationKind::Exposed(_))
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        let count = |name| totals.figures.get(name).map_or(0, |figure| figure.count);
        if count(OUTSIDE) == 0 {
            return (Verdict::NotRun, "no message was sent".to_owned());
        }
        if count(HEALED) > 0 && count(BOTH) == 0 {
            let reason = "a thief who knows state and randomness reads nothing: the theft shows nothing";
            return (Verdict::NotRun, reason.to_owned());
        }
        let reason = format!(
            "{} messages closed to an outsider, {} to a thief without the randomness; {} read with both",
            count(OUTSIDE),
            count(HEALED),
            count(BOTH)
        );
        (Verdict::Pass, reason)
    }
}

/// Randomness known, state unknown.
fn judge_outsider(
    arena: &Arena<'_>,
    ours: &Transcript,
    theirs: &Transcript,
    judgement: &mut Judgement,
) {
    ours.wire.iter().for_each(|_| judgement.measure(OUTSIDE, 1));
    let stolen = theirs.thefts.iter().flat_map(|theft| [&theft.session, &theft.peer]);
    let sessions = stolen.chain(&theirs.sessions);
    if let Some(wire) = opened_by_outsider(arena, ours, sessions) {
        let words = "it opens for an outsider who knows what was drawn, but not the shared secret";
        let violation = Violation::new(ViolationKind::ThirdReader, wire.name.action, words);
        judgement.violations.push(violation.of_message(wire.name));
    }
}

/// State known; randomness known to one thief and unknown to the other. The parties take turns behind the theft, and
/// both thieves act along with the victim.
fn judge_thieves(arena: &Arena<'_>, theft: &Theft, judgement: &mut Judgement) {
    let is_eager = |end| {
        let claims = arena.profile.claims_of(end);
        claims.is_some_and(|claims| claims.key_generation == KeyGeneration::Eager)
    };
    let healed = if Party::BOTH.into_iter().any(is_eager) { 4 } else { 3 };
    let seeds = [arena.seed.derived(TAPES), arena.seed.derived(THIEF)];
    let tapes = |turn, call| seeds.map(|seed| Tape::of(seed.call(theft.action, 4 * turn + call)));
    let (mut victim, mut peer) = (theft.session.clone(), theft.peer.clone());
    let mut thieves = [theft.session.clone(), theft.session.clone()];
    for turn in 0..TURNS {
        let text = format!("turn {turn} behind a theft");
        let [mut sending, own] = tapes(turn, 0);
        let [mut receiving, mut receiving_own] = tapes(turn, 1);
        // The peer begins, so that a victim that owes an answer gives it in its first turn.
        if turn % 2 == 1 {
            let mut known = sending.clone();
            let Ok(message) = arena.encrypt(&mut victim, &mut sending, b"", text.as_bytes()) else { return };
            act_along(arena, &mut thieves, [&mut known, &mut own.clone()], text.as_bytes());
            if arena.decrypt(&mut peer, &mut receiving, b"", &message).is_err() {
                return;
            }
            continue;
        }
        let Ok(message) = arena.encrypt(&mut peer, &mut sending, b"", text.as_bytes()) else { return };
        let mut known = receiving.clone();
        let expected = Ok(Opened::Plaintext(text.into_bytes()));
        if arena.decrypt(&mut victim, &mut receiving, b"", &message) != expected {
            return;
        }
        let [with_both, with_state] = &mut thieves;
        if arena.decrypt(with_both, &mut known, b"", &message) == expected {
            judgement.measure(BOTH, 1);
        }
        let reads = arena.decrypt(with_state, &mut receiving_own, b"", &message) == expected;
        if turn <= healed {
            continue;
        }
        judgement.measure(HEALED, 1);
        if reads {
            let words = format!(
                "a thief of the {} who does not know its randomness reads turn {turn} behind the theft",
                theft.victim
            );
            let kind = ViolationKind::Exposed(crate::judge::ExposureTime::SentAfter);
            return judgement.violations.push(Violation::new(kind, theft.action, words));
        }
    }
}

fn act_along(
    arena: &Arena<'_>,
    thieves: &mut [DynSession; 2],
    tapes: [&mut Tape; 2],
    text: &[u8],
) {
    for (thief, tape) in thieves.iter_mut().zip(tapes) {
        // What a thief says goes nowhere.
        let _ = arena.encrypt(thief, tape, b"", text);
    }
}

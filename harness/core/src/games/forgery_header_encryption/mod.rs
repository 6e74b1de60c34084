//! Header encryption: what hides the chain and the number of a message must still belong to it.

mod linkable;
mod old_state;
mod swapped;

use super::building::{Script, is_lost_message};
use crate::attackers::Effort;
use crate::engine::{Arena, Transcript, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, ViolationKind, Weakness, judge_transcript};
use crate::run::Totals;
use crate::schedule::{Action, Choices, MessageName, Schedule};
use crate::{Party, Profile, Rejection, Verdict};

game! {
    ForgeryHeaderEncryption,
    id: "forgery/header-encryption",
    catalogue: "G-AUTH-13",
    title: "An encrypted header belongs to its message, and tells nothing of other messages",
    severity: High,
    source: "Signal, The Double Ratchet Algorithm, section 4 (header encryption)",
    checks: "Only for ratchets whose messages have a field `encrypted_header`. Messages of several chains arrive in any \
        order, so that their headers have to be found under the right one of many keys; each must open. The network then \
        puts the header of one message on the body of another, of the same, an older and a newer chain: each is refused, \
        and afterwards all that was still under way opens. A header that the sender made a second time, for the same \
        message, does not fit the first body either (weak if it does). What an old state of the sender encrypts, under a \
        header key of a chain that is over, is refused. No two headers of a sender share eight bytes in one place (more \
        where they are text), apart from bytes that are the same in all of them: else an observer sees which messages \
        belong together.",
    cannot_show: "What a network can tell from lengths, times and other fields, such as the nonce. In a ratchet with a \
        single chain a header that is always encrypted alike cannot be told from a constant one.",
    control: "t61-header-is-enough",
}

/// The field of an encrypted header, known to this game.
const ENCRYPTED_HEADER: &str = "encrypted_header";

const COMPARED: &str = "encrypted headers compared|times";
const SWAPPED: &str = "messages with another's header refused|times";
const OUTDATED: &str = "messages of an old state refused|times";

impl Game for ForgeryHeaderEncryption {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if !arena.capabilities.fields {
            return Err("the ratchet does not tell where its `encrypted_header` is".to_owned());
        }
        Ok(())
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        24
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let long_chains = trial % 8 == 7;
        let left_under_way = if trial.is_multiple_of(2) { 0 } else { 4 };
        let mut script = Script::default();
        let mut under_way: Vec<MessageName> = Vec::new();
        let chains = choices.between(4, 7);
        let stolen = choices.below(chains);
        let mut by = Party::Initiator;
        for chain in 0..chains {
            let count = choices.between(2, if long_chains { 24 } else { 4 }) as u16;
            let first = script.send(by, count);
            // One message turns the direction; the others come when they come.
            let prompt = choices.below(count.into()) as u16;
            script.deliver(MessageName { index: prompt, ..first }, 1);
            under_way.extend(
                (0..count).filter(|&at| at != prompt).map(|at| MessageName { index: at, ..first }),
            );
            if chain == stolen {
                script.add(Action::Steal { from: by });
            }
            while under_way.len() > 6 || (!under_way.is_empty() && choices.chance(1, 3)) {
                deliver_any(&mut script, &mut under_way, choices);
            }
            if !profile.is_one_way() {
                by = by.peer();
            }
        }
        script.send(by, 2);
        while under_way.len() > left_under_way {
            deliver_any(&mut script, &mut under_way, choices);
        }
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let headers = encrypted_headers(arena, &transcript);
        if headers.iter().all(Option::is_none) {
            return Ok(Judgement::default());
        }
        let mut judgement = judge_transcript(arena, &transcript, Effort::Sampled);
        // A conversation that broke down shows nothing more.
        if judgement.violations.is_empty() {
            linkable::judge(&transcript, &headers, &mut judgement);
            swapped::judge(arena, &transcript, &headers, &mut judgement);
            old_state::judge(arena, &transcript, &mut judgement);
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        is_lost_message(kind)
            || matches!(
                kind,
                ViolationKind::Forged
                    | ViolationKind::LinkableHeaders
                    | ViolationKind::Replayed
                    | ViolationKind::TwinOutcome
            )
    }

    fn counts_weak(&self, weakness: Weakness, position: &str) -> bool {
        weakness == Weakness::Malleable && position == ENCRYPTED_HEADER
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if !totals.figures.contains_key(COMPARED) {
            return (Verdict::NotRun, format!("no message carries an `{ENCRYPTED_HEADER}`"));
        }
        if !totals.figures.contains_key(SWAPPED) {
            return (Verdict::NotRun, "no message could be given another header".to_owned());
        }
        (Verdict::Pass, String::new())
    }
}

fn deliver_any(
    script: &mut Script,
    under_way: &mut Vec<MessageName>,
    choices: &mut dyn Choices,
) {
    let at = choices.below(under_way.len() as u32) as usize;
    script.deliver(under_way.swap_remove(at), 1);
}

/// The encrypted header of each message on the wire, where it has one.
fn encrypted_headers(arena: &Arena<'_>, transcript: &Transcript) -> Vec<Option<Vec<u8>>> {
    let header = |bytes| arena.field(bytes, ENCRYPTED_HEADER).map(<[u8]>::to_vec);
    transcript.wire.iter().map(|wire| header(&wire.bytes)).collect()
}

/// What it is called if a message opens under a header that is not its own, to its own plaintext.
fn malleable(arena: &Arena<'_>) -> (Weakness, String) {
    let in_envelope = arena.profile.envelope.iter().any(|field| field == ENCRYPTED_HEADER);
    let weakness = if in_envelope { Weakness::MalleableEnvelope } else { Weakness::Malleable };
    (weakness, ENCRYPTED_HEADER.to_owned())
}

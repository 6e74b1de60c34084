use super::building::Script;
use super::forking::{account_of, heals, places_are_known};
use crate::attackers::hijacker::{accepts, forge_at_snapshots, opens_to, session_at};
use crate::attackers::peer_mirror::{Unlocked, is_possible, keys_of, unlock};
use crate::engine::{Arena, Transcript, execute};
use crate::games::{About, Game, game};
use crate::judge::{Account, Judgement, Violation, ViolationKind};
use crate::run::Totals;
use crate::schedule::{Action, Choices, MessageName, Schedule};
use crate::{Party, Profile, Rejection, Verdict};

game! {
    ActiveImpersonation,
    id: "active/impersonation",
    catalogue: "G-KCI-2",
    title: "With a stolen session nobody writes to its owner in the peer's name, but for messages still missing",
    severity: High,
    source: "Cohn-Gordon et al., A formal security analysis of the Signal messaging protocol, EuroS&P 2017 (key compromise impersonation); Tox issue 426; Olm issue 2",
    checks: "Steals a party and turns its own session against it. What the stolen session writes is handed to the victim, now and \
        at each later moment: it must never pass for the peer's. And where the ratchet tells its fields and its raw \
        encryption, every key found in the stolen state is tried on the messages that were missing; with one that fits, \
        the thief writes such a message anew. That may be accepted only as long as the genuine one is still missing.",
    cannot_show: "An impersonation by a program that derives the peer's keys from the stolen ones; new sessions, and keys of \
        longer life than a session.",
    control: "a52-hears-own-chain",
    plainly: "A burglar who has copied your keys should not be able to write to you as if he were your friend.",
}

const REFUSED: &str = "own words refused by the victim|times";
const WINDOW: &str = "impersonation with keys of missing messages|snapshots";
const CLOSED: &str = "impersonations refused after their time|times";

/// Snapshots of the victim behind the theft.
const SNAPSHOTS: usize = 4;

impl Game for ActiveImpersonation {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if arena.profile.is_one_way() {
            return Err("only one party sends, so nobody writes to it".to_owned());
        }
        places_are_known(arena)
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        12
    }

    /// Three messages come to the victim, the first two late; in between it is stolen.
    fn schedule(&self, _profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let victim = Party::BOTH[(trial % 2) as usize];
        let mut script = Script::default();
        script.ping_pong(Party::Initiator, 2 + (trial / 4) as u16);
        let first = script.send(victim.peer(), 3);
        script.deliver(MessageName { index: 2, ..first }, 1);
        if trial % 4 >= 2 {
            script.ping_pong(victim, 1);
        }
        script.add(Action::Steal { from: victim });
        let arrives = choices.below(SNAPSHOTS as u32) as usize;
        for snapshot in 0..SNAPSHOTS {
            script.add(Action::Steal { from: victim });
            if snapshot == arrives {
                script.deliver(first, 1);
            }
            let speaker = if snapshot % 2 == 0 { victim } else { victim.peer() };
            script.ping_pong(speaker, 1);
        }
        script.add(Action::Steal { from: victim });
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        let Some(account) = account_of(arena, &transcript, &mut judgement) else {
            return Ok(judgement);
        };
        let victim = transcript.thefts[0].victim;
        forge_at_snapshots(arena, &transcript, &account, 0, |forgery| {
            if !accepts(arena, &transcript, forgery, victim) {
                judgement.measure(REFUSED, 1);
            } else if arena.profile.claims_direction() {
                let action = transcript.thefts[forgery.snapshot].action;
                let detail = format!(
                    "a copy of the {victim}'s session ({:?}) wrote a message that the {victim} took for its peer's",
                    forgery.conduct
                );
                let kind = ViolationKind::Injected;
                judgement.violations.push(Violation::new(kind, action, detail));
            }
        });
        if judgement.violations.is_empty() && is_possible(arena) {
            rewrite_missing(arena, &transcript, &account, &mut judgement);
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::Injected
    }

    fn conclude(&self, profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if !totals.figures.contains_key(REFUSED) && profile.claims_direction() {
            return (Verdict::NotRun, "nothing was put to a victim".to_owned());
        }
        match totals.figures.get(WINDOW) {
            _ if !heals(profile) => {
                (Verdict::NotClaimed, "the stolen keys are those of both directions".to_owned())
            }
            None => (Verdict::Pass, "tried with the victim's own words only".to_owned()),
            Some(_) => (Verdict::Pass, "messages still missing can be written anew".to_owned()),
        }
    }
}

/// Writes the messages that were missing at the theft anew, with keys of the stolen state.
fn rewrite_missing(
    arena: &Arena<'_>,
    transcript: &Transcript,
    account: &Account,
    judgement: &mut Judgement,
) {
    let theft = &transcript.thefts[0];
    let keys = keys_of(arena, theft);
    let missing = |message: &usize| {
        transcript.wire[*message].from != theft.victim
            && account.sent_at[*message] < theft.event
            && account.opened_at[*message].is_none_or(|at| at > theft.event)
    };
    for message in (0..account.places.len()).filter(missing) {
        let Some(unlocked) = unlock(arena, &keys, &transcript.wire[message]) else { continue };
        let Some(bytes) = written_anew(arena, &unlocked) else { continue };
        let mut last = 0;
        for snapshot in 1..transcript.thefts.len() {
            let ideal = &account.stolen[snapshot].ideal;
            let place = &account.places[message];
            let allowed = ideal.forgeable(&account.stolen[0].knowledge, theft.victim, place);
            let mut copy = session_at(transcript, snapshot, theft.victim).clone();
            let action = transcript.thefts[snapshot].action;
            let mut rng = arena.seed.derived(0x6b_c1).call(action, message as u32);
            match (opens_to(arena, &mut copy, &mut rng, &bytes, FORGED), allowed) {
                (true, true) => last = snapshot as u64,
                (true, false) => {
                    let detail = format!(
                        "with a key of the state stolen at action {}, message {} was written anew, and the {} opened it after its time",
                        theft.action, transcript.wire[message].name, theft.victim
                    );
                    let kind = ViolationKind::Injected;
                    return judgement.violations.push(Violation::new(kind, action, detail));
                }
                (false, true) => {}
                (false, false) => judgement.measure(CLOSED, 1),
            }
        }
        judgement.measure(WINDOW, last);
    }
}

const FORGED: &[u8] = b"sprag: this the peer never wrote";

fn written_anew(arena: &Arena<'_>, unlocked: &Unlocked) -> Option<Vec<u8>> {
    let sealed = arena.ratchet.seal_with(&unlocked.key, &unlocked.ad, FORGED).ok()?;
    Some([&unlocked.header[..], &sealed].concat())
}

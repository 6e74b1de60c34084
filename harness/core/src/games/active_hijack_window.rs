use super::building::Script;
use super::forking::{account_of, Moment, heals, places_are_known};
use crate::attackers::hijacker::{accepts, forge_at_snapshots};
use crate::engine::{Arena, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind};
use crate::run::Totals;
use crate::schedule::{Action, Choices, Schedule};
use crate::{Family, Party, Profile, Rejection, Verdict};

game! {
    ActiveHijackWindow,
    id: "active/hijack-window",
    catalogue: "G-ACT-1",
    title: "A thief can take his victim's place only until the conversation has healed",
    severity: Critical,
    source: "Alwen, Coretti, Dodis, The Double Ratchet, EUROCRYPT 2019 (injections); Jaeger, Stepanovs, CRYPTO 2018; Poettering, Rösler, CRYPTO 2018",
    checks: "Steals a party at each kind of moment of an epoch, lets the honest parties go on, and after each further message \
        lets the thief open a new epoch at the peer in the victim's name: from the session as stolen, from one that \
        listened, and from one that sent along. It may be accepted only while the root key that the peer uses next \
        follows from the stolen ones. The figure is the number of epochs behind that of the theft in which it was \
        accepted; once it is, the peer talks to the thief for ever.",
    cannot_show: "A thief with a program of his own that does more with the stolen keys than the ratchet itself would.",
    control: "a50-second-root",
    plainly: "A burglar who has copied somebody's keys can write in their name. How long does that work?",
    kept: "it measures the window, which no other game tells",
}

const WINDOWS: [&str; 3] = [
    "hijack window, sender stolen|epochs",
    "hijack window, receiver stolen before it answers|epochs",
    "hijack window, receiver stolen before it has received|epochs",
];
const REFUSED: &str = "hijacks refused after their time|times";
const ACCEPTED: &str = "hijacks accepted within their time|times";

/// Messages that follow the theft one by one, each opening an epoch where the family has epochs.
const FOLLOWED: u16 = 6;

impl Game for ActiveHijackWindow {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if arena.profile.is_one_way() {
            return Err("only one party sends, so there is nothing to take over".to_owned());
        }
        places_are_known(arena)
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        12
    }

    fn schedule(&self, profile: &Profile, _choices: &mut dyn Choices, trial: u64) -> Schedule {
        let mut script = Script::default();
        let t = 1 + (trial / 3) as u16;
        Moment::of_trial(trial, profile).steal(&mut script, profile, t);
        let first = if t % 2 == 1 { Party::Responder } else { Party::Initiator };
        let snapshot = Action::Steal { from: Party::Responder };
        script.add(snapshot.clone());
        let mut by = first;
        for _ in 0..followed(profile) {
            script.ping_pong(by, 1);
            script.add(snapshot.clone());
            by = by.peer();
        }
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        let Some(account) = account_of(arena, &transcript, &mut judgement) else {
            return Ok(judgement);
        };
        let peer = transcript.thefts[0].victim.peer();
        let knowledge = &account.stolen[0].knowledge;
        let has_epochs = arena.profile.double_ratchet_claims().is_some();
        let mut last = 0;
        let mut found = Judgement::default();
        forge_at_snapshots(arena, &transcript, &account, 0, |forgery| {
            let ideal = &account.stolen[forgery.snapshot].ideal;
            // Inside a chain that was stolen nobody is taken over; other games try that.
            let own_epoch = !knowledge.knows_secret(forgery.place.epoch)
                || ideal.opens_epoch(peer, &forgery.place);
            if has_epochs && !own_epoch {
                return;
            }
            let allowed = ideal.forgeable(knowledge, peer, &forgery.place);
            match (accepts(arena, &transcript, forgery, peer), allowed) {
                (true, true) => {
                    last = last.max(forgery.snapshot as u64);
                    found.measure(ACCEPTED, 1);
                }
                (true, false) => {
                    let action = transcript.thefts[forgery.snapshot].action;
                    let detail = format!(
                        "the thief ({:?}) opened a new epoch at the {peer}, {} messages after the theft at action {}",
                        forgery.conduct,
                        forgery.snapshot.saturating_sub(1),
                        transcript.thefts[0].action
                    );
                    found.violations.push(Violation::new(ViolationKind::Injected, action, detail));
                }
                (false, true) => {}
                (false, false) => found.measure(REFUSED, 1),
            }
        });
        judgement.violations.extend(found.violations);
        for (name, figure) in found.figures {
            judgement.figures.insert(name, figure);
        }
        if let Some(name) = window_of(&transcript, &account) {
            let snapshots = transcript.thefts.len() as u64 - 1;
            judgement.measure(name, if last > 0 && last == snapshots { u64::MAX } else { last });
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::Injected
    }

    fn conclude(&self, profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if !totals.figures.contains_key(ACCEPTED) {
            return (Verdict::NotRun, "no hijack was accepted even right after a theft".to_owned());
        }
        if !heals(profile) {
            return (Verdict::NotClaimed, "the thief can write for ever".to_owned());
        }
        if !totals.figures.contains_key(REFUSED) {
            return (Verdict::NotRun, "no hijack came after its time".to_owned());
        }
        (Verdict::Pass, String::new())
    }
}

/// As many messages as it takes to heal.
fn followed(profile: &Profile) -> u16 {
    match &profile.family {
        Family::PeriodicRekey(claims) => {
            u16::try_from(claims.rekey_messages.saturating_mul(2)).unwrap_or(u16::MAX).min(200) + 8
        }
        _ => FOLLOWED,
    }
}

/// Which moment the schedule steals at, told from what happened.
fn window_of(
    transcript: &crate::engine::Transcript,
    account: &crate::judge::Account,
) -> Option<&'static str> {
    let theft = &transcript.thefts[0];
    let last = account.sent_at.iter().rposition(|&at| at < theft.event)?;
    let moment = if transcript.wire[last].from == theft.victim {
        0
    } else if account.opened_at[last].is_some_and(|at| at < theft.event) {
        1
    } else {
        2
    };
    Some(WINDOWS[moment])
}

use super::building::Script;
use super::forking::{account_of, Fork, Moment, Speaker, places_are_known};
use crate::engine::{Arena, Transcript, execute};
use crate::games::{About, Game, game};
use crate::judge::{Account, Judgement, Violation, ViolationKind};
use crate::run::Totals;
use crate::schedule::{ActionId, Choices, Schedule};
use crate::{Profile, Rejection, Verdict};

game! {
    ActiveForkDetection,
    id: "active/fork-detection",
    catalogue: "G-ACT-4",
    title: "After an accepted forgery the honest parties soon run into errors, and without one they never do",
    severity: Medium,
    source: "Durak, Vaudenay, IWSEC 2019 (r-RECOVER, s-RECOVER); Caforio, Durak, Vaudenay, PKC 2021; Barooti et al., CRYPTO 2023",
    checks: "A thief gives the peer one forgery; then victim and peer go on, turn by turn. Counted are the messages until the \
        peer refuses one of the victim's, and until the victim refuses one of the peer's. What only one branch can have \
        must not be accepted from the other: a used message key, or an epoch that the thief opened. In the same \
        conversation without the forgery nothing may be refused.",
    cannot_show: "Whether an application tells its user; a refusal looks like any damaged message.",
    control: "a50-second-root",
    kept: "it measures how soon a forgery shows, which no other game tells",
}

const PEER: &str = "victim's messages until the peer refuses one|messages";
const VICTIM: &str = "peer's messages until the victim refuses one|messages";

/// Turns that victim and peer take.
const TURNS: u64 = 6;

impl Game for ActiveForkDetection {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        places_are_known(arena)
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        18
    }

    fn schedule(&self, profile: &Profile, _choices: &mut dyn Choices, trial: u64) -> Schedule {
        let mut script = Script::default();
        Moment::of_trial(trial, profile).steal(&mut script, profile, 1 + (trial / 3) as u16);
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        let Some(account) = account_of(arena, &transcript, &mut judgement) else {
            return Ok(judgement);
        };
        for forged in [false, true] {
            go_on(arena, &transcript, &account, forged, &mut judgement);
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(kind, ViolationKind::ForkAccepted | ViolationKind::GenuineRefused)
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        match totals.figures.get(PEER) {
            None => (Verdict::NotRun, "no forgery was accepted".to_owned()),
            Some(peer) if peer.most == u64::MAX => {
                (Verdict::NotClaimed, "a forgery may never show".to_owned())
            }
            Some(_) => (Verdict::Pass, "as errors that look like damage on the way".to_owned()),
        }
    }
}

fn go_on(
    arena: &Arena<'_>,
    transcript: &Transcript,
    account: &Account,
    forged: bool,
    judgement: &mut Judgement,
) {
    let action = transcript.thefts[0].action;
    let mut fork = Fork::at(arena, transcript, account, 0);
    if forged && !fork.says(Speaker::Thief).iter().any(|heard| heard.opened) {
        return;
    }
    let mut first_error = [None; 2];
    let mut peer_speaks = false;
    for turn in 1..=TURNS {
        for speaker in [Speaker::Victim, Speaker::Peer] {
            for heard in fork.says(speaker) {
                if heard.by == Speaker::Thief {
                    continue;
                }
                peer_speaks |= speaker == Speaker::Peer;
                if let Some(violation) = violation(action, &heard, forged, arena) {
                    return judgement.violations.push(violation);
                }
                if !heard.opened {
                    first_error[usize::from(heard.by == Speaker::Victim)].get_or_insert(turn);
                }
            }
        }
    }
    if forged {
        judgement.measure(PEER, first_error[0].unwrap_or(u64::MAX));
        if peer_speaks {
            judgement.measure(VICTIM, first_error[1].unwrap_or(u64::MAX));
        }
    } else {
        judgement.opened += 1;
    }
}

fn violation(
    action: ActionId,
    heard: &super::forking::Heard,
    forged: bool,
    arena: &Arena<'_>,
) -> Option<Violation> {
    let who = if heard.by == Speaker::Victim { "victim" } else { "peer" };
    if let Some(why) = heard.broken {
        let detail = format!("the {who} opened a message although {why}");
        return Some(Violation::new(ViolationKind::ForkAccepted, action, detail));
    }
    // Behind lost service messages nothing is claimed.
    let false_alarm = heard.lost && !forged && !arena.capabilities.outbox;
    false_alarm.then(|| {
        let detail = format!("a false alarm: the {who} refused a message though nothing was forged");
        Violation::new(ViolationKind::GenuineRefused, action, detail)
    })
}

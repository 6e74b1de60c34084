use super::building::Script;
use crate::engine::{Arena, EventKind, Outcome, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind};
use crate::run::Totals;
use crate::schedule::{Action, Choices, Schedule};
use crate::{Family, Ordering, Party, Profile, Rejection, Verdict};

game! {
    RecoveryRekeyLiveness,
    id: "recovery/rekey-liveness",
    catalogue: "G-PCS-8P",
    title: "Where keys are renewed by periods, a rekey begins when it is due",
    severity: High,
    source: "Cremers, Jacomme, Naska, Formal analysis of session-handling in secure messaging (USENIX Security 2023), on healing \
        that never comes; MTProto 2.0, end-to-end, secret chats: perfect forward secrecy",
    checks: "Lets the parties talk in turns for several periods, every other time with restarts between, and counts the \
        messages since the last service message. After twice as many as the profile says, and some more, one must have \
        been sent: whether a party counts its own messages or all of them, the rekey is then overdue. No theft is needed.",
    cannot_show: "Whether the new key is new, and whether a service message renews anything: thefts show that. Rekeys that go \
        along with the users' messages, and those that a clock sets off. Of a ratchet with `ordering` `strict`, what comes \
        behind a proposal that overtook a text, and was refused for it.",
    control: "p66-never-asks",
    kept: "it names a rekey that is not begun, or begun twice; of that `growth/state` sees only how the state grows",
}

const PERIODS: &str = "messages between service messages|messages";

/// Periods followed.
const FOLLOWED: u32 = 3;

/// Longest period that is followed.
const LONGEST: u32 = 400;

/// Messages that a rekey may be late, for those under way when it falls due.
const SLACK: u32 = 8;

/// The most messages without a rekey, in turns, however they are counted; `None` if that takes too long.
fn most(profile: &Profile) -> Option<u32> {
    match &profile.family {
        Family::PeriodicRekey(claims) if claims.rekey_messages <= LONGEST => {
            Some(2 * claims.rekey_messages + SLACK)
        }
        _ => None,
    }
}

impl Game for RecoveryRekeyLiveness {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if !matches!(arena.profile.family, Family::PeriodicRekey(_)) {
            return Err("this family has no periods".to_owned());
        }
        if !arena.capabilities.outbox {
            return Err("the ratchet sends no service messages: its rekeys are not seen".to_owned());
        }
        if most(arena.profile).is_none() {
            return Err("its periods are too long to be followed".to_owned());
        }
        Ok(())
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        4
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let mut script = Script::default();
        let most = most(profile).unwrap_or(SLACK);
        let first = Party::BOTH[(trial / 2 % 2) as usize];
        if trial.is_multiple_of(2) {
            script.ping_pong(first, (most * FOLLOWED) as u16);
            return script.finish();
        }
        let mut left = most * FOLLOWED;
        while left > 0 {
            let turns = (1 + choices.below(most / 2)).min(left);
            script.ping_pong(first, turns as u16);
            script.add(Action::Restart { party: Party::BOTH[choices.below(2) as usize] });
            left -= turns;
        }
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        let Some(most) = most(arena.profile) else { return Ok(judgement) };
        let mut since = 0;
        for event in &transcript.events {
            match &event.kind {
                EventKind::Delivered(delivery) => {
                    since += u32::from(matches!(delivery.outcome, Outcome::Opened(_)));
                }
                EventKind::ServiceSent { .. } => {
                    if since > 0 {
                        judgement.measure(PERIODS, u64::from(since));
                    }
                    since = 0;
                }
                // Refused behind a gap, it leaves its sender waiting for an answer.
                EventKind::ServiceDelivered { outcome: Err(_), .. }
                    if arena.profile.ordering == Ordering::Strict =>
                {
                    break;
                }
                _ => {}
            }
            if since > most {
                let detail = format!(
                    "{since} messages were opened, and no service message was sent"
                );
                let overdue = ViolationKind::RekeyOverdue;
                judgement.violations.push(Violation::new(overdue, event.action, detail));
                break;
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::RekeyOverdue
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.figures.contains_key(PERIODS) {
            (Verdict::Pass, String::new())
        } else {
            (Verdict::NotRun, "no service message was sent behind a user's message".to_owned())
        }
    }
}

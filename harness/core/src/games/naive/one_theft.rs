use super::{CONVERSATIONS, about, talk};
use crate::attackers::Effort;
use crate::engine::{Arena, EventKind, Outcome, Theft, Transcript, execute};
use crate::games::building::{Script, is_lost_message, messages_opened};
use crate::games::{About, Game};
use crate::judge::{ExposureTime, Judgement, Violation, ViolationKind, judge};
use crate::run::Totals;
use crate::schedule::{Action, Choices, Schedule};
use crate::{Family, Opened, Party, Profile, Rejection, Verdict};

/// A copied session does not open the message before the theft, nor one long after it.
pub struct OneTheft;

static ABOUT: About = about(
    "naive/one-theft",
    "A copied session does not open the message before the theft, nor one long after it",
    "In each conversation one session is copied behind a message that it opened. Eight turns later the copy must \
        not open that message, nor the last one of the peer, where the family promises so.",
    "p02-renews-once",
);

const TURNS: u32 = 6;

/// Turns after the theft, by which every Double Ratchet has healed.
const LATER: u16 = 8;

impl Game for OneTheft {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        CONVERSATIONS
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, _trial: u64) -> Schedule {
        let at = choices.below(TURNS) as u16;
        let mut script = Script::default();
        talk(&mut script, profile, TURNS as u16, choices, |script, turn, sender| {
            if turn == at {
                script.add(Action::Steal { from: sender.peer() });
            }
        });
        if !profile.is_one_way() {
            // As TURNS is even, the initiator is next.
            script.ping_pong(Party::Initiator, later(profile));
        }
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let mut judgement = judge(arena, &without_theft(schedule), Effort::Sampled)?;
        if judgement.violations.is_empty() {
            let transcript = execute(arena, schedule)?;
            for theft in &transcript.thefts {
                look(arena, &transcript, theft, &mut judgement);
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(kind, ViolationKind::Exposed(_)) || is_lost_message(kind)
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        messages_opened(totals)
    }
}

/// Turns after the theft: where healing comes by periods, so many that two are over.
fn later(profile: &Profile) -> u16 {
    match &profile.family {
        Family::PeriodicRekey(claims) => {
            u16::try_from(claims.rekey_messages.saturating_mul(3)).unwrap_or(u16::MAX).clamp(8, 400)
        }
        _ => LATER,
    }
}

fn without_theft(schedule: &Schedule) -> Schedule {
    let mut honest = schedule.clone();
    honest.steps.retain(|step| !matches!(step.action, Action::Steal { .. }));
    honest
}

/// The copy tries the message that its victim had opened last, and the last one of all.
fn look(arena: &Arena<'_>, transcript: &Transcript, theft: &Theft, judgement: &mut Judgement) {
    let opened_before = transcript.events[..theft.event].iter().rev().find_map(|event| {
        let EventKind::Delivered(delivery) = &event.kind else { return None };
        let opened = delivery.outcome == Outcome::Opened(delivery.message);
        (opened && delivery.to == theft.victim).then_some(delivery.message)
    });
    let to_victim = |message: &usize| transcript.wire[*message].from != theft.victim;
    let last = (0..transcript.wire.len()).rev().find(to_victim);
    let family = &arena.profile.family;
    let forgets = !matches!(family, Family::StaticKey(_) | Family::PeriodicRekey(_));
    let heals = !matches!(family, Family::StaticKey(_) | Family::SymmetricRatchet(_));
    let tries = [
        (opened_before.filter(|_| forgets), ExposureTime::Consumed),
        (last.filter(|_| heals), ExposureTime::SentAfter),
    ];
    for (message, time) in tries {
        let Some(message) = message else { continue };
        let wire = &transcript.wire[message];
        let mut copy = theft.session.clone();
        let mut rng = arena.seed.derived(u64::from(theft.action.0)).call(theft.action, 0);
        let ad = arena.associated_data(wire.ad);
        let opened = arena.decrypt(&mut copy, &mut rng, ad, &wire.bytes);
        if opened == Ok(Opened::Plaintext(wire.plaintext.clone())) {
            let detail = format!("a copy of the {}'s session opened it", theft.victim);
            let violation = Violation::new(ViolationKind::Exposed(time), theft.action, detail);
            judgement.violations.push(violation.of_message(wire.name));
        }
    }
}

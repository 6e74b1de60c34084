//! The secrecy side: for each theft by itself, what attackers obtained against what the ideal gives away.

use super::conversation::{Account, Control};
use super::{Exposure, ExposureTime, Judgement, Violation, ViolationKind};
use crate::Family;
use crate::attackers::Observed;
use crate::engine::{EventKind, Theft, Transcript};
use crate::schedule::ServiceDelivery;

/// Compares what was observed of theft number `index` with the ideal: nothing beyond the ideal leak, and everything of
/// the must-leak.
pub(crate) fn compare(
    family: &Family,
    transcript: &Transcript,
    account: &Account,
    index: usize,
    observed: &Observed,
    judgement: &mut Judgement,
) {
    let (theft, stolen) = (&transcript.thefts[index], &account.stolen[index]);
    for &(message, attacker) in &observed.exposed {
        let time = exposure_time(account, theft, transcript, message);
        let place = account.places[message];
        judgement.exposures.push(Exposure { theft: index, message, place, time });
        if stolen.knowledge.leaks(&place) {
            continue;
        }
        let wire = &transcript.wire[message];
        let detail = format!(
            "stolen from the {} at action {}, the {attacker} read message {} of the {}",
            theft.victim, theft.action, wire.name, wire.from
        );
        let violation = Violation::new(ViolationKind::Exposed(time), theft.action, detail);
        judgement.fail(Violation { attacker: Some(attacker), ..violation.of_message(wire.name) });
    }
    // Service messages move a ratchet on where the ideal cannot see it; only a periodic one reckons with them, as long
    // as each is taken at once.
    let is_reckoned_with = matches!(family, Family::PeriodicRekey(_))
        && transcript.schedule.service == ServiceDelivery::Immediate;
    let may_have_moved = transcript.events[theft.event..].iter().any(|event| match &event.kind {
        EventKind::ServiceSent { .. } => !is_reckoned_with,
        EventKind::ServiceDelivered { outcome, .. } => outcome.is_err(),
        _ => false,
    });
    let (mut off_limits, mut tagged) = (0, 0);
    for (message, wire) in transcript.wire.iter().enumerate().filter(|(_, wire)| wire.is_tagged()) {
        let place = &account.places[message];
        off_limits += u64::from(!stolen.knowledge.leaks(place));
        tagged += 1;
        let missed = observed.tried_alone.contains(&message)
            && !observed.contains(message)
            && stolen.control == Control::Works
            && !may_have_moved
            && account.claims_liveness
            && stolen.ideal.must_leak(theft.victim, place);
        if missed {
            let detail = format!(
                "a session stolen from the {} at action {} works, but does not open message {}, as it must by the profile",
                theft.victim, theft.action, wire.name
            );
            judgement.fail(
                Violation::new(ViolationKind::ProfileMismatch, theft.action, detail)
                    .of_message(wire.name),
            );
        }
    }
    if let Some(percent) = (off_limits * 100u64).checked_div(tagged) {
        judgement.off_limits.add(percent);
    }
}

/// When a message was sent, seen from the theft.
pub(crate) fn exposure_time(
    account: &Account,
    theft: &Theft,
    transcript: &Transcript,
    message: usize,
) -> ExposureTime {
    if account.sent_at[message] > theft.event {
        ExposureTime::SentAfter
    } else if transcript.wire[message].from == theft.victim {
        ExposureTime::SentBefore
    } else if account.opened_at[message].is_some_and(|at| at < theft.event) {
        ExposureTime::Consumed
    } else {
        ExposureTime::UnderWay
    }
}

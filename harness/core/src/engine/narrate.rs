//! An event told in words, for people who follow a case step by step.

use super::{Arrival, Delivery, Event, EventKind, NoOp, Outcome, Transcript};

/// What happened, in one line. May quote the ratchet's own text.
#[must_use]
pub fn narrate(transcript: &Transcript, event: &Event) -> String {
    let name = |message: usize| transcript.wire[message].name;
    match &event.kind {
        EventKind::Sent(message) => {
            let wire = &transcript.wire[*message];
            let (size, bytes) = (wire.plaintext.len(), wire.bytes.len());
            format!("{} is sent: {size} bytes in a message of {bytes}", wire.name)
        }
        EventKind::SendRefused { by, rejection } => {
            format!("the {by} refuses to send ({rejection})")
        }
        EventKind::Delivered(Delivery { to, message, arrival, outcome, .. }) => {
            let form = match arrival {
                Arrival::Genuine => "",
                Arrival::Changed(_) => ", changed,",
                Arrival::WrongAd => ", under other associated data,",
                Arrival::Reflected => ", its own,",
            };
            let outcome = match outcome {
                Outcome::Opened(opened) if opened == message => "opens it".to_owned(),
                Outcome::Opened(opened) => format!("opens it as {}", name(*opened)),
                Outcome::OpenedOther(plaintext) => {
                    format!("opens it to {} bytes that nobody sent", plaintext.len())
                }
                Outcome::Service => "takes it for a service message".to_owned(),
                Outcome::Refused(rejection) => format!("refuses it ({rejection})"),
            };
            format!("{}{form} comes to the {to}, who {outcome}", name(*message))
        }
        EventKind::Swept(sweep) => {
            let (tried, accepted) = (sweep.tried, sweep.accepted.len());
            format!(
                "{tried} changed copies of {} come to copies of the {}: {accepted} are not refused",
                name(sweep.message),
                sweep.to
            )
        }
        EventKind::Stolen(theft) => {
            format!("the {}'s session is copied", transcript.thefts[*theft].victim)
        }
        EventKind::Restarted { party, outcome: Ok(()) } => {
            format!("the {party} goes on from its export")
        }
        EventKind::Restarted { party, outcome: Err(rejection) } => {
            format!("the {party}'s export is refused ({rejection})")
        }
        EventKind::Persisted { party, outcome: Ok(()) } => {
            format!("the {party}'s export is in storage")
        }
        EventKind::Persisted { party, outcome: Err(rejection) } => {
            format!("the {party} gives no export ({rejection})")
        }
        EventKind::Crashed { party, outcome: Ok(()) } => {
            format!("the {party} goes on from storage")
        }
        EventKind::Crashed { party, outcome: Err(rejection) } => {
            format!("what the {party} wrote is refused ({rejection})")
        }
        EventKind::Ticked(seconds) => format!("{seconds} s pass for both"),
        EventKind::ServiceSent { from } => format!("the {from} makes a service message"),
        EventKind::ServiceDelivered { from, outcome: Ok(()), .. } => {
            format!("the {from}'s service message is taken")
        }
        EventKind::ServiceDelivered { from, outcome: Err(rejection), .. } => {
            format!("the {from}'s service message is refused ({rejection})")
        }
        EventKind::DrewBadly { by, how, .. } => format!("the {by} draws, and gets {how}"),
        EventKind::Nothing(NoOp::NoSuchMessage) => "nothing: there is no such message".to_owned(),
        EventKind::Nothing(NoOp::Unsupported) => {
            "nothing: the ratchet lacks this ability".to_owned()
        }
        EventKind::Nothing(NoOp::NothingStored) => "nothing: storage is empty".to_owned(),
        EventKind::Nothing(NoOp::Unchanged) => {
            "nothing: the changed message equals a genuine one".to_owned()
        }
    }
}

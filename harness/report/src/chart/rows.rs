//! What each step of a schedule is in a chart.

use sprag::Party;
use sprag::schedule::{Action, ActionId, MessageName, Schedule, Step, Tamper};

use crate::inert::{inert, short};

/// Steps kept at each end of a schedule that could not be shrunk.
const ENDS: usize = 20;

/// Characters that have room beside one half of an arrow.
const LABEL: usize = 36;

/// One line of a chart.
pub(super) enum Row {
    /// A step.
    Step {
        /// Its number.
        id: ActionId,
        /// What is drawn.
        mark: Mark,
        /// The few words that are drawn with it.
        label: String,
        /// The step in full words.
        told: String,
    },
    /// So many steps are left out.
    LeftOut(usize),
}

/// What is drawn for a step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Mark {
    /// An arrow from a party to the network.
    Sent(Party),
    /// An arrow from the network to a party; what the attacker had a hand in is drawn as the attacker's.
    Arrives {
        /// Who gets it.
        to: Party,
        /// Whether it is what its sender sent, and comes for the first time.
        genuine: bool,
    },
    /// An arrow all the way from a party to its peer, and back for further turns.
    Exchanged {
        /// Who begins.
        first: Party,
        /// Whether the peer answers.
        both_ways: bool,
    },
    /// A cross on the network.
    Lost,
    /// A copy goes from a party to the attacker.
    Stolen(Party),
    /// Something that happens at a party alone.
    At(Party),
    /// Something that concerns both.
    Both,
    /// The step does nothing.
    Nothing,
}

/// The lines of a chart.
pub(super) fn rows(schedule: &Schedule) -> Vec<Row> {
    let steps = &schedule.steps;
    let row = |step: &Step| row(schedule, step);
    if steps.len() <= 2 * ENDS {
        return steps.iter().map(row).collect();
    }
    let (first, last) = (&steps[..ENDS], &steps[steps.len() - ENDS..]);
    let between = Row::LeftOut(steps.len() - 2 * ENDS);
    first.iter().map(row).chain([between]).chain(last.iter().map(row)).collect()
}

fn row(schedule: &Schedule, step: &Step) -> Row {
    let (mark, label) = drawn(schedule, &step.action, step.id);
    let (label, told) = (short(&label, LABEL), inert(step.to_string().trim_start()));
    Row::Step { id: step.id, mark, label, told }
}

/// What is drawn for an action, and its label.
fn drawn(schedule: &Schedule, action: &Action, id: ActionId) -> (Mark, String) {
    let to_peer = |message: &MessageName, genuine, label: String| match sender(schedule, message) {
        Some(by) => (Mark::Arrives { to: by.peer(), genuine }, label),
        None => nobody(message),
    };
    match action {
        Action::Send { by, count, size, .. } => {
            (Mark::Sent(*by), format!("{}, {size} bytes", range(id, 0, *count)))
        }
        Action::Deliver { first, count, .. } => {
            to_peer(first, true, range(first.action, first.index, *count))
        }
        Action::Duplicate { message } => to_peer(message, false, format!("{message} once more")),
        Action::WrongAd { message, ad } => {
            to_peer(message, false, format!("{message} under associated data {ad}"))
        }
        Action::Tamper { message, how } => {
            to_peer(message, false, format!("{message} {}", changed(how)))
        }
        Action::Reflect { message } => match sender(schedule, message) {
            Some(by) => {
                (Mark::Arrives { to: by, genuine: false }, format!("{message} handed back"))
            }
            None => nobody(message),
        },
        Action::Drop { message } => match sender(schedule, message) {
            Some(_) => (Mark::Lost, format!("{message} lost")),
            None => nobody(message),
        },
        Action::Steal { from } => (Mark::Stolen(*from), "session copied".to_owned()),
        Action::PingPong { first, turns } => {
            let both_ways = *turns > 1;
            let label = match turns {
                1 => format!("{}, at once", range(id, 0, 1)),
                _ => format!("{}, in turn", range(id, 0, *turns)),
            };
            (Mark::Exchanged { first: *first, both_ways }, label)
        }
        Action::DeliverService { from } => {
            let mark = Mark::Arrives { to: from.peer(), genuine: true };
            (mark, "service messages".to_owned())
        }
        Action::Restart { party } => (Mark::At(*party), "restarts from export".to_owned()),
        Action::Persist { party } => (Mark::At(*party), "writes to storage".to_owned()),
        Action::Crash { party } => (Mark::At(*party), "crashes, back from storage".to_owned()),
        Action::BadRandomness { by, tape } => (Mark::At(*by), format!("next draws {tape}")),
        Action::Tick { seconds } => (Mark::Both, format!("{seconds} s pass")),
    }
}

fn nobody(message: &MessageName) -> (Mark, String) {
    (Mark::Nothing, format!("nothing: nobody sent {message}"))
}

/// `7.0`, or `7.0 to 7.4`.
fn range(action: ActionId, first: u16, count: u16) -> String {
    let last = first.saturating_add(count.saturating_sub(1));
    let join = match count {
        0 | 1 => return format!("{action}.{first}"),
        2 => "and",
        _ => "to",
    };
    format!("{action}.{first} {join} {action}.{last}")
}

/// The change, in fewer words than it has of its own where that matters.
fn changed(how: &Tamper) -> String {
    match how {
        Tamper::SetField { field, .. } | Tamper::CopyField { field, .. } => {
            format!("with another `{}`", inert(field))
        }
        Tamper::EveryBit => "with each bit flipped".to_owned(),
        Tamper::EveryByte => "with each byte replaced".to_owned(),
        Tamper::EveryLength => "cut at each length".to_owned(),
        Tamper::EverySplice { with } => format!("spliced with {with}"),
        Tamper::SpliceSession { .. } | Tamper::EverySpliceSession => {
            "spliced with another session".to_owned()
        }
        _ => format!("with {how}"),
    }
}

/// Who sent a message, if the schedule has it.
fn sender(schedule: &Schedule, message: &MessageName) -> Option<Party> {
    let step = schedule.steps.iter().find(|step| step.id == message.action)?;
    match step.action {
        Action::Send { by, count, .. } => (message.index < count).then_some(by),
        Action::PingPong { first, turns } => {
            let by = if message.index.is_multiple_of(2) { first } else { first.peer() };
            (message.index < turns).then_some(by)
        }
        _ => None,
    }
}

//! From what the engine judged to a map with text.

use sprag::map::{Cell, Fate, TheftMap};

use super::{Exposure, ExposureCell, ExposureMap, ExposureMapError, MessageColumn, TheftRow};

/// How thefts and messages are called.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Naming {
    /// By their number, from 1: of the standard conversation.
    Counted,
    /// By their actions, as a case tells them.
    ByAction,
}

impl ExposureMap {
    /// The map of what was judged.
    ///
    /// # Errors
    /// If it is too large.
    pub fn judged(title: &str, map: &TheftMap, naming: Naming) -> Result<Self, ExposureMapError> {
        let mut of_victim = [0; 2];
        let row = |theft: &sprag::map::StolenAt| {
            let number = &mut of_victim[theft.victim.index()];
            *number += 1;
            let label = match naming {
                Naming::Counted => number.to_string(),
                Naming::ByAction => theft.action.to_string(),
            };
            TheftRow { label, victim: theft.victim, sent_before: theft.sent_before }
        };
        let thefts = map.thefts.iter().map(row).collect();
        let column = |(number, message): (usize, &sprag::map::Sent)| {
            let label = match naming {
                Naming::Counted => number.to_string(),
                Naming::ByAction => message.name.to_string(),
            };
            MessageColumn { label, from: message.from }
        };
        let messages = (1..).zip(&map.messages).map(column).collect();
        let cells = map.cells.iter().map(|cell| told(map, cell)).collect();
        Self::new(title, thefts, messages, cells)
    }
}

fn told(map: &TheftMap, cell: &Cell) -> ExposureCell {
    let exposure = match cell.fate {
        Fate::VoidTheft | Fate::NotJudged => Exposure::Untried,
        Fate::Safe if cell.given_away => Exposure::Allowed,
        Fate::Safe => Exposure::Safe,
        Fate::Undelivered => Exposure::Undelivered,
        Fate::ByDesign => Exposure::ByDesign,
        Fate::BeyondClaim => Exposure::BeyondClaim,
    };
    let reason = match (&map.broken, cell.fate) {
        (Some(broken), Fate::NotJudged) => format!("the conversation broke before, {broken}"),
        _ => cell.to_string(),
    };
    ExposureCell {
        theft: cell.theft,
        message: cell.message,
        exposure,
        attacker: cell.attacker.map(|attacker| attacker.to_string()).unwrap_or_default(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use sprag::Party;
    use sprag::attackers::Attacker;
    use sprag::judge::ExposureTime;
    use sprag::map::{Sent, StolenAt};
    use sprag::schedule::{ActionId, MessageName};

    use super::*;

    fn cell(message: usize, fate: Fate, given_away: bool) -> Cell {
        let judged = fate != Fate::NotJudged;
        Cell {
            theft: 1,
            message,
            attacker: judged.then_some(Attacker::PassiveClone),
            fate,
            time: judged.then_some(ExposureTime::SentAfter),
            given_away,
            heals: true,
        }
    }

    #[test]
    fn each_fate_has_its_exposure_and_its_words() {
        let theft = |action, victim| StolenAt { action: ActionId(action), victim, sent_before: 0 };
        let sent = |action| Sent { name: MessageName::new(action, 0), from: Party::Initiator };
        let map = TheftMap {
            thefts: vec![theft(3, Party::Initiator), theft(4, Party::Responder)],
            messages: [5, 6, 7, 8].map(sent).into(),
            cells: vec![
                cell(0, Fate::ByDesign, true),
                cell(1, Fate::Safe, true),
                cell(2, Fate::Safe, false),
                cell(3, Fate::NotJudged, false),
            ],
            broken: Some("at action 8: no".to_owned()),
        };
        let told = |naming| {
            let map = ExposureMap::judged("", &map, naming).unwrap();
            [0, 1, 2, 3].map(|message| map.told(1, message))
        };
        let by_action = |words: &str| format!("theft 4 from the responder, message {words}");
        assert_eq!(
            told(Naming::ByAction),
            [
                by_action(
                    "5.0 of the initiator: exposed by design (passive clone (A1): sent after the theft, before healing)"
                ),
                by_action(
                    "6.0 of the initiator: not promised (passive clone (A1): not read, though the ratchet may give it away)"
                ),
                by_action("7.0 of the initiator: safe (passive clone (A1): sent after healing)"),
                by_action(
                    "8.0 of the initiator: not tried (the conversation broke before, at action 8: no)"
                ),
            ]
        );
        let counted = told(Naming::Counted);
        assert!(
            counted[3].starts_with("theft 1 from the responder, message 4 of the"),
            "{counted:?}"
        );
    }
}

//! The exposure map: for each theft, what became of each message. As a drawing, as blocks for terminals, as a table in HTML.

mod blocks;
mod drawing;
mod form;
mod judged;
#[cfg(feature = "png")]
mod pixels;
mod table;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sprag::Party;

use crate::inert;

pub use blocks::blocks;
pub use drawing::{svg, svg_of_all};
pub use judged::Naming;
#[cfg(feature = "png")]
pub use pixels::{PixelError, png_of_all};
pub use table::html;

/// Cells of the largest map. More can neither be drawn nor read.
pub const MOST_CELLS: usize = 1 << 16;

/// What became of one message in the hands of one thief. Of several attackers the one who got most counts, so the worst comes
/// last.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exposure {
    /// No attacker tried it, so nothing is known.
    Untried,
    /// It was not read, as it must be.
    Safe,
    /// It was not read, but a flawless ratchet of this profile may give it away.
    Allowed,
    /// It never reached its recipient, and was not read.
    Undelivered,
    /// It was read or recognised, as a flawless ratchet of this profile allows.
    ByDesign,
    /// It was read or recognised, and must not have been.
    BeyondClaim,
}

impl Exposure {
    /// All of them, the worst last.
    pub const ALL: [Self; 6] = [
        Self::Untried,
        Self::Safe,
        Self::Allowed,
        Self::Undelivered,
        Self::ByDesign,
        Self::BeyondClaim,
    ];

    /// It in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Untried => "not tried",
            Self::Safe => "safe",
            Self::Allowed => "not promised",
            Self::Undelivered => "undelivered",
            Self::ByDesign => "exposed by design",
            Self::BeyondClaim => "exposed beyond the claim",
        }
    }

    /// One character that tells it without any colour.
    const fn glyph(self) -> char {
        match self {
            Self::Untried => '?',
            Self::Safe => '·',
            Self::Allowed => '░',
            Self::Undelivered => '-',
            Self::ByDesign => '▒',
            Self::BeyondClaim => '█',
        }
    }
}

/// A row: one theft.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TheftRow {
    /// When it was, such as the number of its action.
    pub label: String,
    /// Whose session was copied.
    pub victim: Party,
    /// How many of the messages had been sent before.
    pub sent_before: usize,
}

/// A column: one message.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MessageColumn {
    /// Its name.
    pub label: String,
    /// Who sent it.
    pub from: Party,
}

/// What one attacker got of one message out of one theft.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExposureCell {
    /// The row, from 0.
    pub theft: usize,
    /// The column, from 0.
    pub message: usize,
    /// What became of the message.
    pub exposure: Exposure,
    /// Who tried.
    pub attacker: String,
    /// Why it is that.
    pub reason: String,
}

/// Thefts against messages. All text is inert.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "form::Form", into = "form::Form")]
pub struct ExposureMap {
    title: String,
    thefts: Vec<TheftRow>,
    messages: Vec<MessageColumn>,
    /// By theft, message and attacker.
    cells: Vec<ExposureCell>,
}

/// Parts that make no map.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExposureMapError {
    /// A cell without a row or a column.
    #[error("a cell stands at theft {theft} and message {message}, outside of the map")]
    Outside {
        /// The row.
        theft: usize,
        /// The column.
        message: usize,
    },
    /// An attacker said two things.
    #[error("the {attacker} stands twice at theft {theft} and message {message}")]
    Repeated {
        /// The row.
        theft: usize,
        /// The column.
        message: usize,
        /// Who.
        attacker: String,
    },
    /// Too many cells.
    #[error("{thefts} thefts by {messages} messages are over {MOST_CELLS} cells")]
    TooLarge {
        /// Rows.
        thefts: usize,
        /// Columns.
        messages: usize,
    },
}

impl ExposureMap {
    /// A map of these parts; what no cell speaks of was not tried.
    ///
    /// # Errors
    /// If a cell is outside of the map or there twice, or the map is too large.
    pub fn new(
        title: &str,
        mut thefts: Vec<TheftRow>,
        mut messages: Vec<MessageColumn>,
        mut cells: Vec<ExposureCell>,
    ) -> Result<Self, ExposureMapError> {
        let (rows, columns) = (thefts.len(), messages.len());
        if rows.saturating_mul(columns) > MOST_CELLS {
            return Err(ExposureMapError::TooLarge { thefts: rows, messages: columns });
        }
        thefts.iter_mut().for_each(|row| row.label = inert(&row.label));
        messages.iter_mut().for_each(|column| column.label = inert(&column.label));
        let mut seen = BTreeSet::new();
        for cell in &mut cells {
            let (theft, message) = (cell.theft, cell.message);
            if theft >= rows || message >= columns {
                return Err(ExposureMapError::Outside { theft, message });
            }
            (cell.attacker, cell.reason) = (inert(&cell.attacker), inert(&cell.reason));
            if !seen.insert((theft, message, cell.attacker.clone())) {
                let attacker = cell.attacker.clone();
                return Err(ExposureMapError::Repeated { theft, message, attacker });
            }
        }
        let place = |cell: &ExposureCell| (cell.theft, cell.message);
        cells.sort_by(|one, other| {
            place(one).cmp(&place(other)).then_with(|| one.attacker.cmp(&other.attacker))
        });
        Ok(Self { title: inert(title), thefts, messages, cells })
    }

    /// What it is a map of.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The rows.
    #[must_use]
    pub fn thefts(&self) -> &[TheftRow] {
        &self.thefts
    }

    /// The columns, in the order in which the messages were sent.
    #[must_use]
    pub fn messages(&self) -> &[MessageColumn] {
        &self.messages
    }

    /// What attackers got of a message out of a theft, by their names.
    #[must_use]
    pub fn at(&self, theft: usize, message: usize) -> &[ExposureCell] {
        let place = (theft, message);
        let from = self.cells.partition_point(|cell| (cell.theft, cell.message) < place);
        let to = self.cells.partition_point(|cell| (cell.theft, cell.message) <= place);
        &self.cells[from..to]
    }

    /// What became of a message in the hands of a thief: the worst that any attacker did.
    #[must_use]
    pub fn exposure(&self, theft: usize, message: usize) -> Exposure {
        let tried = self.at(theft, message).iter().map(|cell| cell.exposure);
        tried.max().unwrap_or(Exposure::Untried)
    }

    /// Thefts by their moment: those of one name are one theft from each party, though every thief has only what it took.
    #[must_use]
    pub fn moments(&self) -> Vec<Vec<usize>> {
        let mut moments: Vec<Vec<usize>> = Vec::new();
        let moment = |theft: usize| (self.thefts[theft].sent_before, &self.thefts[theft].label);
        for theft in 0..self.thefts.len() {
            match moments.iter_mut().find(|known| moment(known[0]) == moment(theft)) {
                Some(known) => known.push(theft),
                None => moments.push(vec![theft]),
            }
        }
        moments.sort_by_key(|moment| self.thefts[moment[0]].sent_before);
        moments
    }

    /// The worst that became of a message in one of several thefts.
    #[must_use]
    pub fn worst(&self, thefts: &[usize], message: usize) -> Exposure {
        let all = thefts.iter().map(|&theft| self.exposure(theft, message));
        all.max().unwrap_or(Exposure::Untried)
    }

    /// For how many moments and messages this was the worst.
    #[must_use]
    pub fn count(&self, exposure: Exposure) -> usize {
        let worst = |moment: Vec<usize>| {
            let came_to_it = |message: &usize| self.worst(&moment, *message) == exposure;
            (0..self.messages.len()).filter(came_to_it).count()
        };
        self.moments().into_iter().map(worst).sum()
    }

    /// The whole in one sentence, the worst first.
    #[must_use]
    pub fn summary(&self) -> String {
        let counted = Exposure::ALL
            .into_iter()
            .rev()
            .map(|exposure| (self.count(exposure), exposure.words()))
            .filter(|&(count, _)| count > 0)
            .map(|(count, words)| format!("{count} {words}"));
        let counted: Vec<String> = counted.collect();
        let counted = if counted.is_empty() { "nothing".to_owned() } else { counted.join(", ") };
        format!(
            "{}: {} moments of theft, {} messages: {counted}",
            self.title,
            self.moments().len(),
            self.messages.len()
        )
    }

    /// One cell in words: the theft, the message, what became of it, by whom and why.
    ///
    /// # Panics
    /// If the map has no such cell.
    #[must_use]
    pub fn told(&self, theft: usize, message: usize) -> String {
        self.told_run(theft, message, 1)
    }

    /// As [`Self::told`], of so many messages of which the same is to be said.
    fn told_run(&self, theft: usize, message: usize, count: usize) -> String {
        let row = &self.thefts[theft];
        let (first, last) = (&self.messages[message], &self.messages[message + count - 1]);
        let messages = match count {
            1 => format!("message {} of the {}", first.label, first.from),
            _ => format!("messages {} to {}", first.label, last.label),
        };
        let exposure = self.exposure(theft, message);
        let by: Vec<String> = self
            .at(theft, message)
            .iter()
            .filter(|cell| cell.exposure == exposure)
            .map(|cell| {
                let parts = [cell.attacker.as_str(), &cell.reason].into_iter();
                parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
            })
            .filter(|by| !by.is_empty())
            .collect();
        let mut text = format!(
            "theft {} from the {}, {messages}: {}",
            row.label,
            row.victim,
            exposure.words()
        );
        if !by.is_empty() {
            text.push_str(&format!(" ({})", by.join("; ")));
        }
        text
    }

    /// As [`Self::told_run`], of the thefts of one moment that were the worst for the message.
    fn told_moment(&self, thefts: &[usize], message: usize, count: usize) -> String {
        let worst = self.worst(thefts, message);
        let told = thefts
            .iter()
            .filter(|&&theft| self.exposure(theft, message) == worst)
            .map(|&theft| self.told_run(theft, message, count));
        told.collect::<Vec<String>>().join("; ")
    }
}

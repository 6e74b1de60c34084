//! What one attacker got of one message out of one theft, and why, in words.

use std::fmt;

use crate::attackers::Attacker;
use crate::judge::ExposureTime;

/// What one attacker got of one message out of one theft.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cell {
    /// Index of the theft in the map.
    pub theft: usize,
    /// Index of the message in the map.
    pub message: usize,
    /// Who tried; nobody where nothing was judged.
    pub attacker: Option<Attacker>,
    /// What became of it.
    pub fate: Fate,
    /// When it was sent, seen from the theft.
    pub time: Option<ExposureTime>,
    /// Whether a flawless ratchet may give it away.
    pub given_away: bool,
    /// Whether a ratchet of this family ever heals.
    pub heals: bool,
}

/// What became of a message in the hands of one attacker.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Fate {
    /// The stolen session does not work, so that nothing can be said.
    VoidTheft,
    /// The conversation broke before.
    NotJudged,
    /// Not read.
    Safe,
    /// Not read, and it never reached its recipient.
    Undelivered,
    /// Read or recognised, as a flawless ratchet of this profile allows.
    ByDesign,
    /// Read or recognised, and a flawless ratchet would have kept it.
    BeyondClaim,
}

/// Why it is so.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ExposureTime::{Consumed, SentAfter, SentBefore, UnderWay};
        f.write_str(match (self.fate, self.time) {
            (Fate::VoidTheft, _) => "the stolen session does not work",
            (Fate::NotJudged, _) | (_, None) => "the conversation broke before",
            (Fate::Undelivered, _) => "its recipient never opened it",
            (Fate::Safe, _) if self.given_away => "not read, though the ratchet may give it away",
            (Fate::Safe, Some(Consumed)) => "opened before the theft, and its key is gone",
            (Fate::Safe, Some(SentBefore)) => "sent before the theft, and its key is gone",
            (Fate::Safe, Some(UnderWay)) => "under way at the theft, and its key is not there",
            (Fate::Safe, Some(SentAfter)) => "sent after healing",
            (Fate::ByDesign, Some(Consumed)) => "opened before the theft, but the key stays",
            (Fate::ByDesign, Some(SentBefore)) => "sent before the theft, but the key stays",
            (Fate::ByDesign, Some(UnderWay)) => "under way at the theft",
            (Fate::ByDesign, Some(SentAfter)) if self.heals => {
                "sent after the theft, before healing"
            }
            (Fate::ByDesign, Some(SentAfter)) => "sent after the theft, and nothing heals",
            (Fate::BeyondClaim, Some(Consumed)) => {
                "opened before the theft, so that its key had to be gone"
            }
            (Fate::BeyondClaim, Some(SentBefore)) => {
                "sent before the theft, so that its key had to be gone"
            }
            (Fate::BeyondClaim, Some(UnderWay)) => {
                "under way at the theft, but its key had no place in the session"
            }
            (Fate::BeyondClaim, Some(SentAfter)) => {
                "sent after the theft, when it had to be healed"
            }
        })
    }
}

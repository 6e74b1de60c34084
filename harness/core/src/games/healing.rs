//! Healing in figures, for the games that follow a conversation behind a theft.

use crate::engine::Transcript;
use crate::judge::{Account, ExposureTime, Judgement};
use crate::run::Totals;
use crate::{Family, Profile, Verdict};

/// Names of the figures of one kind of theft.
#[derive(Clone, Copy)]
pub(super) struct Names {
    pub(super) epochs: &'static str,
    pub(super) messages: &'static str,
    pub(super) round_trips: &'static str,
}

/// The names of the figures for thefts told in `$what`.
macro_rules! names {
    ($what:literal) => {
        $crate::games::healing::Names {
            epochs: concat!("healing, ", $what, "|epochs"),
            messages: concat!("healing in messages, ", $what, "|messages"),
            round_trips: concat!("healing in round trips, ", $what, "|round trips"),
        }
    };
}

pub(super) use names;

/// Why healing cannot be followed, if so.
pub(super) fn needs(profile: &Profile) -> Result<(), String> {
    match profile.family {
        _ if profile.is_one_way() => Err("only one party sends, so nothing can heal".to_owned()),
        Family::PeriodicRekey(_) => {
            Err("this family heals by periods, which `recovery/healing-time` follows".to_owned())
        }
        _ => Ok(()),
    }
}

/// Measures for each theft how far the last message that was read lies behind it: in messages of both parties, in epochs,
/// and in round trips. What is still read at the end never heals.
pub(super) fn measure(
    transcript: &Transcript,
    account: &Account,
    names: &Names,
    judgement: &mut Judgement,
) {
    for (index, theft) in transcript.thefts.iter().enumerate() {
        let before = account.sent_at.iter().filter(|&&at| at < theft.event).count();
        let last = judgement
            .exposures
            .iter()
            .filter(|exposure| exposure.theft == index && exposure.time == ExposureTime::SentAfter)
            .max_by_key(|exposure| exposure.message)
            .copied();
        let (messages, epochs) = match last {
            None => (0, 0),
            Some(last) if last.message + 2 >= transcript.wire.len() => (u64::MAX, u64::MAX),
            Some(last) => {
                // The epoch in which the theft happened is that of the newest message sent before.
                let now = account.places[..before].iter().map(|place| place.epoch).max();
                let epochs = u64::from(last.place.epoch.saturating_sub(now.unwrap_or(0))) + 1;
                ((last.message + 1 - before) as u64, epochs)
            }
        };
        judgement.measure(names.messages, messages);
        judgement.measure(names.epochs, epochs);
        judgement.measure(
            names.round_trips,
            if epochs == u64::MAX { epochs } else { epochs.div_ceil(2) },
        );
    }
}

/// What a game about healing comes to when nothing was read beyond the ideal.
pub(super) fn conclude(profile: &Profile, totals: &Totals) -> (Verdict, String) {
    if totals.working_thefts == 0 {
        return (Verdict::NotRun, "no stolen session was shown to work".to_owned());
    }
    match profile.family {
        Family::SymmetricRatchet(_) | Family::StaticKey(_) => {
            (Verdict::NotClaimed, "this family never heals".to_owned())
        }
        _ => (Verdict::Pass, String::new()),
    }
}

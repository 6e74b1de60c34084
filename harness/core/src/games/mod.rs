//! The games: named checks, one a file. A new game is one file and one line in [`for_each_game!`](crate::for_each_game).

mod building;

use crate::engine::Arena;
use crate::judge::{Judgement, ViolationKind, Weakness};
use crate::run::Totals;
use crate::schedule::{Choices, Schedule};
use crate::{Profile, Rejection, Severity, Verdict};

/// What a game is, in words. `sprag explain` prints it.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Readable, namespaced id, such as `forward-secrecy/consumed-key`.
    pub id: &'static str,
    /// Id in the catalogue of games, such as `G-FS-1`.
    pub catalogue: &'static str,
    /// One line.
    pub title: &'static str,
    /// How much a failure matters.
    pub severity: Severity,
    /// The paper, specification section or advisory it comes from.
    pub source: &'static str,
    /// What it does and why.
    pub checks: &'static str,
    /// What it cannot show.
    pub cannot_show: &'static str,
    /// Id of the planted bug that it must kill.
    pub control: &'static str,
}

/// A named check.
///
/// A game draws a schedule for each trial and judges it; which kinds of violations are its business is its own
/// decision. A violation of another kind only *disturbs* the trial: it shows nothing for this game.
pub trait Game: Send + Sync {
    /// What the game is.
    fn about(&self) -> &'static About;

    /// Whether the ratchet has what the game needs.
    ///
    /// # Errors
    /// The reason why the game cannot be run, for people.
    fn needs(&self, _arena: &Arena<'_>) -> Result<(), String> {
        Ok(())
    }

    /// Trials in a round.
    fn trials(&self, profile: &Profile) -> u64;

    /// The schedule of trial number `trial` of a round.
    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule;

    /// Executes and judges a schedule.
    ///
    /// # Errors
    /// If no session can be opened.
    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection>;

    /// Whether a violation of this kind fails the game.
    fn counts(&self, kind: ViolationKind) -> bool;

    /// Whether a weakness makes the game `weak` (or `not-claimed`, for what the profile does not claim).
    fn counts_weak(&self, _weakness: Weakness, _position: &str) -> bool {
        false
    }

    /// What undisturbed trials without a failure come to: a pass, or why they show nothing.
    fn conclude(&self, _profile: &Profile, _totals: &Totals) -> (Verdict, String) {
        (Verdict::Pass, String::new())
    }
}

/// Calls a macro with every game: `callback! { [argument;] module => Type, … }`. The one list of games.
#[macro_export]
macro_rules! for_each_game {
    ($callback:ident $(, $argument:expr)?) => {
        $callback! {
            $($argument;)?
            model_random_schedule => ModelRandomSchedule,
            forward_secrecy_consumed_key => ForwardSecrecyConsumedKey,
            forward_secrecy_sender_side => ForwardSecrecySenderSide,
            recovery_healing_time => RecoveryHealingTime,
            recovery_ratchet_liveness => RecoveryRatchetLiveness,
            recovery_hybrid_independence => RecoveryHybridIndependence,
            forgery_bit_flips => ForgeryBitFlips,
            forgery_effective_tag_length => ForgeryEffectiveTagLength,
            forgery_associated_data => ForgeryAssociatedData,
            forgery_replay => ForgeryReplay,
            forgery_reflection => ForgeryReflection,
            forgery_splicing => ForgerySplicing,
            order_immediate_decryption => OrderImmediateDecryption,
            order_crossing_sends => OrderCrossingSends,
            atomicity_failed_decrypt => AtomicityFailedDecrypt,
            persistence_round_trip => PersistenceRoundTrip,
            profile_describes_this_ratchet => ProfileDescribesThisRatchet,
        }
    };
}

macro_rules! registry {
    ($($module:ident => $game:ident,)*) => {
        $(mod $module; pub use $module::$game;)*

        /// Every game, in the order of reports.
        pub static GAMES: &[&dyn Game] = &[$(&$game),*];
    };
}
for_each_game!(registry);

/// The game with this id, by its readable one or its catalogue's.
#[must_use]
pub fn find(id: &str) -> Option<&'static dyn Game> {
    let named = |game: &&&dyn Game| {
        game.about().id == id || game.about().catalogue.eq_ignore_ascii_case(id)
    };
    GAMES.iter().find(named).copied()
}

//! The games: named checks, one a file. A new game is one file and one line in [`for_each_game!`](crate::for_each_game).

mod at_rest;
mod building;
mod couple;
mod cross_play;
mod curve;
mod damage;
mod describing;
mod forged_numbers;
mod forking;
mod fresh_value;
mod healing;
mod keystream;
pub mod naive;
mod outsider;
mod preset;
mod reuse;
mod traces;
mod weighing;
mod worlds;

use crate::engine::Arena;
use crate::judge::{Judgement, ViolationKind, Weakness};
use crate::run::Totals;
use crate::schedule::{Choices, Schedule};
use crate::{Profile, Rejection, RejectionClass, Severity, Verdict};

pub use damage::Damage;
use describing::game;

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
    /// The class of rejection that it asks for, where one is decidable.
    pub refusal: Option<RejectionClass>,
    /// The same in plain words, for readers who are no cryptographers; may be empty.
    pub plainly: &'static str,
    /// Why the game is kept although other games kill all that it kills; empty if it earns its place.
    pub kept: &'static str,
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

    /// Whether the game looks for where the limits of skipped keys are. Two ratchets with limits of their own have no such
    /// place that both share.
    fn looks_for_limits(&self) -> bool {
        false
    }

    /// Trials in a round.
    fn trials(&self, profile: &Profile) -> u64;

    /// Whether the whole game comes before all others in a round: what it looks for makes them slow.
    fn comes_first(&self) -> bool {
        false
    }

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
            forward_secrecy_skipped_keys => ForwardSecrecySkippedKeys,
            forward_secrecy_state_window => ForwardSecrecyStateWindow,
            forward_secrecy_old_chain_tail => ForwardSecrecyOldChainTail,
            forward_secrecy_last_of_epoch => ForwardSecrecyLastOfEpoch,
            forward_secrecy_initial_secret => ForwardSecrecyInitialSecret,
            forward_secrecy_reload_between_deliveries => ForwardSecrecyReloadBetweenDeliveries,
            recovery_healing_time => RecoveryHealingTime,
            recovery_periodicity => RecoveryPeriodicity,
            recovery_loss => RecoveryLoss,
            recovery_double_theft => RecoveryDoubleTheft,
            recovery_bad_randomness => RecoveryBadRandomness,
            recovery_accounting => RecoveryAccounting,
            recovery_ratchet_liveness => RecoveryRatchetLiveness,
            recovery_rekey_liveness => RecoveryRekeyLiveness,
            recovery_hybrid_independence => RecoveryHybridIndependence,
            forgery_bit_flips => ForgeryBitFlips,
            forgery_effective_tag_length => ForgeryEffectiveTagLength,
            forgery_associated_data => ForgeryAssociatedData,
            forgery_replay => ForgeryReplay,
            forgery_reflection => ForgeryReflection,
            forgery_splicing => ForgerySplicing,
            forgery_header_encryption => ForgeryHeaderEncryption,
            forgery_header_fields => ForgeryHeaderFields,
            forgery_old_chain => ForgeryOldChain,
            forgery_identity_binding => ForgeryIdentityBinding,
            forgery_type_and_version => ForgeryTypeAndVersion,
            forgery_low_order_keys => ForgeryLowOrderKeys,
            forgery_key_commitment => ForgeryKeyCommitment,
            forgery_malleable_encodings => ForgeryMalleableEncodings,
            active_hijack_window => ActiveHijackWindow,
            active_injection_after_healing => ActiveInjectionAfterHealing,
            active_exposure_after_forgery => ActiveExposureAfterForgery,
            active_fork_detection => ActiveForkDetection,
            active_clone_detection => ActiveCloneDetection,
            active_chosen_ciphertexts => ActiveChosenCiphertexts,
            active_impersonation => ActiveImpersonation,
            order_immediate_decryption => OrderImmediateDecryption,
            order_exactly_once_index => OrderExactlyOnceIndex,
            order_crossing_sends => OrderCrossingSends,
            counters_edges => CountersEdges,
            denial_of_service_forward_jump => DenialOfServiceForwardJump,
            denial_of_service_stored_keys => DenialOfServiceStoredKeys,
            denial_of_service_bound_arithmetic => DenialOfServiceBoundArithmetic,
            denial_of_service_junk => DenialOfServiceJunk,
            denial_of_service_amplification => DenialOfServiceAmplification,
            growth_state => GrowthState,
            atomicity_failed_decrypt => AtomicityFailedDecrypt,
            atomicity_failed_encrypt => AtomicityFailedEncrypt,
            atomicity_skipped_slot => AtomicitySkippedSlot,
            persistence_round_trip => PersistenceRoundTrip,
            randomness_uniqueness => RandomnessUniqueness,
            randomness_tape_dependence => RandomnessTapeDependence,
            randomness_bad_at_one_step => RandomnessBadAtOneStep,
            randomness_repeated_tape => RandomnessRepeatedTape,
            randomness_hedging => RandomnessHedging,
            backdoor_wire_noninterference => BackdoorWireNoninterference,
            backdoor_nonce_recomputation => BackdoorNonceRecomputation,
            backdoor_no_third_reader => BackdoorNoThirdReader,
            backdoor_determinism => BackdoorDeterminism,
            backdoor_ciphertext_statistics => BackdoorCiphertextStatistics,
            metamorphic_relations => MetamorphicRelations,
            differential_reference => DifferentialReference,
            persistence_damaged_export => PersistenceDamagedExport,
            persistence_crash_points => PersistenceCrashPoints,
            rollback_sender => RollbackSender,
            rollback_receiver => RollbackReceiver,
            rollback_cloned_randomness => RollbackClonedRandomness,
            profile_describes_this_ratchet => ProfileDescribesThisRatchet,
            regression_known_attacks => RegressionKnownAttacks,
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

#[cfg(feature = "fuzzing")]
pub(crate) use persistence_damaged_export::judge_damages;

/// The game with this id, by its readable one or its catalogue's.
#[must_use]
pub fn find(id: &str) -> Option<&'static dyn Game> {
    let named = |game: &&&dyn Game| {
        game.about().id == id || game.about().catalogue.eq_ignore_ascii_case(id)
    };
    GAMES.iter().find(named).copied()
}

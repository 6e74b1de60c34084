//! The list of all mutants. A new one is an item in the file of its class, and a line here.

use sprag::{KeyGeneration, Ratchet};
use sprag_protocols::double_ratchet::{DoubleRatchet, Steps};
use sprag_protocols::periodic::{PeriodicRekey, PeriodicSteps};
use sprag_protocols::static_key::{StaticKey, StaticSteps};
use sprag_protocols::symmetric::{SymmetricRatchet, SymmetricSteps};

use crate::mutant::{Mutant, Plant, Planted, Visitor};
use crate::{
    atomicity, denial_of_service, forgery, forward_secrecy, harness, persistence, randomness,
    recovery, renewal, replay, residue,
};

macro_rules! catalogue {
    ($($base:ident $steps:path,)+) => {
        /// All mutants, in the order of [`visit_all`].
        pub static CATALOGUE: &[&Mutant] = &[$(<$steps as Plant>::MUTANT),+];

        /// Shows each mutant to `visitor`.
        pub fn visit_all(visitor: &mut impl Visitor) {
            $(show(visitor, <$steps as Plant>::MUTANT, $base(<$steps>::default()));)+
        }
    };
}

catalogue! {
    eager forward_secrecy::KeepsUsedKeys,
    eager forward_secrecy::SendingChainStandsStill,
    eager forward_secrecy::NoChain,
    symmetric forward_secrecy::ReceivingChainStandsStill,
    eager_few forward_secrecy::NeverEvicts,
    eager forward_secrecy::NoBoundAfterRestore,
    eager_few forward_secrecy::ClosedChainsNotCounted,
    eager_few forward_secrecy::KeepsOldChains,
    eager forward_secrecy::OriginAfterRestore,
    eager forward_secrecy::RestStandsStill,
    eager forward_secrecy::OriginAfterEighthRestore,
    eager forward_secrecy::KeptAndRestored,
    eager residue::KeepsFirstChainKeys,
    eager_few residue::TombstonesKeepKeys,
    eager residue::KeepsPrivateKeys,
    symmetric residue::SecretAsSessionId,
    eager residue::OneKeyTooMany,
    eager residue::KeepsLastKey,
    eager residue::KeepsLastSentKey,
    eager residue::HalfSecretAtRest,
    eager residue::RootsInReverse,
    eager residue::OldSendingChains,
    eager residue::LastPlaintextAtRest,
    eager recovery::RenewsOnce,
    eager recovery::RenewsEveryFourthTurn,
    eager recovery::OnlyInitiatorRenews,
    eager recovery::IgnoresDhEager,
    lazy recovery::IgnoresDhLazy,
    eager recovery::RepeatsFirstKeyAfterRestore,
    periodic recovery::RekeyIgnoresDh,
    eager renewal::SeededOnImport,
    eager renewal::SavedBeforeRenewal,
    eager renewal::ForgetsToDraw,
    eager renewal::StopsDrawing,
    eager renewal::DerivesAfterLoss,
    lazy renewal::DerivesAfterBursts,
    eager renewal::NeverTrustsAgain,
    eager renewal::ResponderDerivesAfterRestore,
    lazy renewal::PoolWithoutRefill,
    eager randomness::GeneratorInState,
    eager randomness::FewKeys,
    eager forgery::AnyTag,
    eager forgery::EightTagBytes,
    eager forgery::OneTagByte,
    eager forgery::ShortTags,
    eager forgery::IgnoresAssociatedData,
    eager forgery::HeaderNotBound,
    symmetric forgery::SameChainBothWays,
    symmetric forgery::SameKeyInAllSessions,
    static_key forgery::DirectionNotBound,
    static_key forgery::StaticIgnoresAssociatedData,
    periodic replay::ForgetsCountersAtRest,
    eager replay::LastMessageRepeats,
    eager denial_of_service::NoSkipLimit,
    eager denial_of_service::ForgeryEndsSession,
    eager atomicity::ChainMovesBeforeCheck,
    eager atomicity::RatchetMovesBeforeCheck,
    eager atomicity::OldKeysUnderNewName,
    eager atomicity::CounterResetAfterSkip,
    eager atomicity::EmptyIsAnError,
    eager persistence::SkippedKeysNotSaved,
    eager persistence::CounterNotSaved,
    eager persistence::ResponderNotRestored,
    eager harness::EndlessLoop,
    eager harness::Aborts,
    eager harness::StackOverflow,
    eager harness::MemoryBomb,
    eager harness::PanicsOnShortInput,
    eager harness::WrongPlaintext,
}

fn show(visitor: &mut impl Visitor, mutant: &'static Mutant, ratchet: impl Ratchet + 'static) {
    visitor.visit(mutant, Planted { mutant, ratchet });
}

const fn eager<S: Steps>(steps: S) -> DoubleRatchet<S> {
    DoubleRatchet::with_steps(KeyGeneration::Eager, steps)
}

/// With few stored keys, so that conversations reach the bound.
fn eager_few<S: Steps>(steps: S) -> DoubleRatchet<S> {
    eager(steps).with_limits(60, 40)
}

const fn lazy<S: Steps>(steps: S) -> DoubleRatchet<S> {
    DoubleRatchet::with_steps(KeyGeneration::Lazy, steps)
}

const fn symmetric<S: SymmetricSteps>(steps: S) -> SymmetricRatchet<S> {
    SymmetricRatchet { steps }
}

const fn periodic<S: PeriodicSteps>(steps: S) -> PeriodicRekey<S> {
    PeriodicRekey { steps }
}

const fn static_key<S: StaticSteps>(steps: S) -> StaticKey<S> {
    StaticKey { steps }
}

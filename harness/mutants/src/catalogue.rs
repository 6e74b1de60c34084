//! The list of all mutants. A new one is an item in the file of its class, and a line here.

use sprag::{KeyGeneration, Ratchet};
use sprag_protocols::double_ratchet::{DoubleRatchet, Steps};
use sprag_protocols::hybrid::{HybridRatchet, HybridSteps};
use sprag_protocols::periodic::{PeriodicRekey, PeriodicSteps};
use sprag_protocols::static_key::{StaticKey, StaticSteps};
use sprag_protocols::symmetric::{SymmetricRatchet, SymmetricSteps};

use crate::mutant::{Mutant, Plant, Planted, Visitor};
use crate::{
    atomicity, denial_of_service, forgery, forward_secrecy, harness, persistence, post_quantum,
    randomness, recovery, replay,
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
    eager recovery::RenewsOnce,
    eager recovery::RenewsEveryFourthTurn,
    eager recovery::OnlyInitiatorRenews,
    eager recovery::IgnoresDhEager,
    lazy recovery::IgnoresDhLazy,
    eager recovery::RepeatsFirstKeyAfterRestore,
    periodic recovery::RekeyIgnoresDh,
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
    hybrid post_quantum::KemInFirstEpochOnly,
    hybrid post_quantum::XorWithNothing,
    hybrid post_quantum::ClassicalAfterLoss,
    hybrid post_quantum::CiphertextCountsTwice,
    hybrid post_quantum::KemSeedsFromRoot,
    hybrid post_quantum::KeepsUsedKemKeys,
    hybrid post_quantum::InitiatorWithoutKem,
    hybrid post_quantum::KemAlone,
    hybrid post_quantum::LoadNotBound,
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

const fn lazy<S: Steps>(steps: S) -> DoubleRatchet<S> {
    DoubleRatchet::with_steps(KeyGeneration::Lazy, steps)
}

const fn hybrid<S: HybridSteps>(steps: S) -> HybridRatchet<S> {
    HybridRatchet::with_steps(steps)
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

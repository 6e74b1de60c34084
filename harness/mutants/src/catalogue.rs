//! The list of all mutants. A new one is an item in the file of its class, and a line here.

use sprag::{KeyGeneration, Ratchet};
use sprag_protocols::double_ratchet::{DoubleRatchet, Steps};
use sprag_protocols::periodic::{PeriodicRekey, PeriodicSteps};
use sprag_protocols::static_key::{StaticKey, StaticSteps};
use sprag_protocols::symmetric::{SymmetricRatchet, SymmetricSteps};

use crate::mutant::{Mutant, Plant, Planted, Visitor};
use crate::{
    atomicity, binding, denial_of_service, envelopes, forgery, forward_secrecy, harness,
    persistence, randomness, recovery, replay, takeover,
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
    eager forgery::TagWithItself,
    eager forgery::EightTagBytes,
    eager forgery::OneTagByte,
    eager forgery::ShortTags,
    eager forgery::IgnoresAssociatedData,
    eager forgery::HeaderNotBound,
    symmetric forgery::SameChainBothWays,
    symmetric forgery::SameKeyInAllSessions,
    static_key forgery::DirectionNotBound,
    static_key forgery::StaticIgnoresAssociatedData,
    eager envelopes::EmptyUnchecked,
    eager envelopes::VectorUnchecked,
    eager envelopes::ClaimsCommitment,
    eager envelopes::LinearTag,
    eager envelopes::PaddingUnchecked,
    eager envelopes::AddressOptional,
    eager envelopes::PayloadOutside,
    eager binding::NamesRunTogether,
    eager binding::OneIdentityMissing,
    eager binding::NamesSorted,
    eager binding::KeyCheckedAfterCommit,
    eager binding::HighBitMasked,
    eager binding::TypeIgnored,
    eager binding::LongIntegers,
    eager binding::LowerVersionSticks,
    eager takeover::SecondRoot,
    eager takeover::ResumesOldRoot,
    eager takeover::KeepsEveryChain,
    eager takeover::ChainsComeBack,
    eager takeover::EveryChainAndEmptyUnchecked,
    eager takeover::MessageKeyIsChainKey,
    eager takeover::SenderKeepsKey,
    eager takeover::HearsOwnChain,
    eager takeover::ReplayByBytes,
    eager takeover::LateForgeryResumes,
    eager replay::RestartsFullChain,
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

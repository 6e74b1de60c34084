//! The list of all mutants. A new one is an item in the file of its class, and a line here.

use sprag::KeyGeneration;
use sprag_protocols::double_ratchet::{DoubleRatchet, Steps};
use sprag_protocols::header_encrypted::{HeaderEncrypted, HeaderSteps};
use sprag_protocols::hybrid::{HybridRatchet, HybridSteps};
use sprag_protocols::periodic::{PeriodicRekey, PeriodicSteps};
use sprag_protocols::static_key::{StaticKey, StaticSteps};
use sprag_protocols::symmetric::{SymmetricRatchet, SymmetricSteps};

use crate::mutant::{Mutant, Plant, Planted};
use crate::{
    ageing, atomicity, backdoor, binding, ciphers, clones, counters, denial_of_service, envelopes,
    flooding, forgery, forward_secrecy, harness, header_encryption, limits, persistence,
    post_quantum, randomness, recovery, refusals, renewal, replay, residue, reuse, specification,
    storage, takeover,
};

macro_rules! catalogue {
    ($($base:ident $steps:path,)+) => {
        /// All mutants, in the order of [`mutants`].
        pub static CATALOGUE: &[&Mutant] = &[$(<$steps as Plant>::MUTANT),+];

        /// What each mutant of [`CATALOGUE`] is planted in.
        static BASES: &[&str] = &[$(stringify!($base)),+];

        /// Each mutant, as a ratchet.
        #[must_use]
        pub fn mutants() -> Vec<Planted> {
            vec![$(Planted::new(<$steps as Plant>::MUTANT, $base(<$steps>::default()))),+]
        }
    };
}

catalogue! {
    eager forward_secrecy::KeepsUsedKeys,
    eager forward_secrecy::SendingChainStandsStill,
    eager forward_secrecy::NoChain,
    eager_ageing ageing::AgeResetsOnImport,
    eager_ageing ageing::AgeBySender,
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
    eager recovery::NoDhStep,
    eager recovery::RenewsOnce,
    eager recovery::RenewsEveryFourthTurn,
    eager recovery::OnlyInitiatorRenews,
    eager recovery::IgnoresDhEager,
    lazy recovery::IgnoresDhLazy,
    eager recovery::RepeatsFirstKeyAfterRestore,
    periodic recovery::NeverAsks,
    periodic recovery::AsksTwice,
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
    eager randomness::ConstantSeed,
    lazy randomness::SeedOf32Bits,
    eager randomness::FewBytesAfterRestore,
    eager randomness::HalfSeed,
    eager randomness::RootForgets,
    eager randomness::OldChainForAnOldKey,
    eager randomness::ZeroKeyForBadDraws,
    eager reuse::KeyOfTheChain,
    static_key replay::ClaimsReplayProtection,
    static_key reuse::OneKeyBothWays,
    eager reuse::SameEphemeralWithOnePeer,
    lazy reuse::DeviceKeyInEverySession,
    eager ciphers::SevenBitKeystream,
    eager ciphers::OneBlockOfKeystream,
    eager backdoor::LowBitsTell,
    eager backdoor::RootInPadding,
    lazy backdoor::CopyInPadding,
    eager backdoor::ClockInPadding,
    eager backdoor::KeyInTheHeader,
    static_key backdoor::MarkedNonces,
    static_key backdoor::KeyInNonces,
    eager backdoor::GeneratorOfItsOwn,
    eager backdoor::EscrowInMessageKeys,
    eager backdoor::TransportInRoot,
    eager backdoor::ShortSeedAndLowBits,
    eager specification::WrongLabel,
    lazy specification::ChainRunsBackwards,
    eager specification::OneByteOfDh,
    eager specification::PublicKeyForDh,
    lazy specification::OneKeyTwoRoles,
    lazy specification::FourthMessageApart,
    eager specification::CounterLittleEndian,
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
    hybrid post_quantum::KemInFirstEpochOnly,
    hybrid post_quantum::XorWithNothing,
    hybrid post_quantum::ClassicalAfterLoss,
    hybrid post_quantum::CiphertextCountsTwice,
    hybrid post_quantum::KemSeedsFromRoot,
    hybrid post_quantum::KeepsUsedKemKeys,
    hybrid post_quantum::InitiatorWithoutKem,
    hybrid post_quantum::KemAlone,
    hybrid post_quantum::LoadNotBound,
    header_encrypted header_encryption::HeaderKeysSwapped,
    header_encrypted header_encryption::HeaderNotBoundToBody,
    header_encrypted header_encryption::HeaderNotAuthenticated,
    header_encrypted header_encryption::OldHeaderKeysKept,
    header_encrypted header_encryption::SkippedKeyByNumber,
    header_encrypted header_encryption::HeaderIsEnough,
    header_encrypted header_encryption::FixedHeaderNonce,
    eager counters::NumberSavedIn16Bits,
    eager counters::ExpectedNumberSavedIn8Bits,
    eager counters::NumberIn16BitsOnTheWire,
    eager counters::NumberWraps,
    eager limits::LimitCheckedLate,
    eager limits::SumWraps,
    eager limits::PreviousLengthUnlimited,
    eager limits::NoLimitForOneself,
    eager limits::GapIn16Bits,
    eager limits::SumOfLengthsPanics,
    eager flooding::ForgedKeysStay,
    eager flooding::OldNumberPanicsAfterRestore,
    eager flooding::RefusedJumpLeavesKeys,
    eager flooding::DrawsWhatTheHeaderSays,
    eager flooding::KeysAreNeverEvicted,
    eager flooding::RefusesWhenFull,
    eager flooding::ChainKeysPileUp,
    eager flooding::InitiatorCountsInAList,
    eager flooding::LocksAfterManyForgeries,
    eager flooding::ForgedChainsStayAfterRestore,
    eager refusals::OneFailureKills,
    eager refusals::RefusedEncryptionMovesChain,
    eager refusals::RefusedEncryptionTurnsBack,
    eager refusals::ErrorCarriesPlaintext,
    eager refusals::StoredKeyErrorIsADump,
    eager refusals::SlotBurnedInOldChain,
    eager refusals::ReportsPreviousCounter,
    eager refusals::ReportsTwoBits,
    eager storage::TruncatedIsZero,
    eager storage::BlankIsASession,
    eager storage::SavedBeforeCommit,
    eager storage::StaleExport,
    eager storage::ImportsShareMemory,
    eager storage::OrderLostAtRest,
    eager storage::ZeroMeansNone,
    eager storage::ResponderSavesLateAndDropsZero,
    eager storage::LastKeyComesBack,
    eager clones::GeneratorIsCloned,
    lazy clones::RestoredGenerator,
    eager harness::EndlessLoop,
    eager harness::Aborts,
    eager harness::StackOverflow,
    eager harness::MemoryBomb,
    eager harness::PanicsOnShortInput,
    eager harness::WrongPlaintext,
}

/// Name of the textbook ratchet that `mutant` is planted in: apart from its bug, it makes the same bytes.
#[must_use]
pub fn planted_in(mutant: &Mutant) -> Option<&'static str> {
    let index = CATALOGUE.iter().position(|known| known.id == mutant.id)?;
    Some(match *BASES.get(index)? {
        "eager" => "textbook/double-ratchet-eager",
        "lazy" => "textbook/double-ratchet-lazy",
        "header_encrypted" => "textbook/double-ratchet-header-encrypted",
        "hybrid" => "textbook/hybrid-ratchet",
        "symmetric" => "textbook/symmetric-ratchet",
        "periodic" => "textbook/periodic-rekey",
        "static_key" => "textbook/static-key",
        _ => return None,
    })
}

const fn eager<S: Steps>(steps: S) -> DoubleRatchet<S> {
    DoubleRatchet::with_steps(KeyGeneration::Eager, steps)
}

/// With few stored keys, so that conversations reach the bound.
fn eager_few<S: Steps>(steps: S) -> DoubleRatchet<S> {
    eager(steps).with_limits(60, 40)
}

/// With skipped keys that are kept for some time only.
const fn eager_ageing<S: Steps>(steps: S) -> DoubleRatchet<S> {
    eager(steps).with_expiry(1000)
}

const fn lazy<S: Steps>(steps: S) -> DoubleRatchet<S> {
    DoubleRatchet::with_steps(KeyGeneration::Lazy, steps)
}

const fn hybrid<S: HybridSteps>(steps: S) -> HybridRatchet<S> {
    HybridRatchet::with_steps(steps)
}

const fn header_encrypted<S: HeaderSteps>(steps: S) -> HeaderEncrypted<S> {
    HeaderEncrypted::with_steps(steps)
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

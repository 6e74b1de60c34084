//! What is known about a mutant, and the ratchet that bears its name.

use std::borrow::Cow;

use rand_core::CryptoRng;
use serde::Serialize;
use sprag::{
    Begun, Capabilities, DynRatchet, DynSession, Field, Half, Kept, MessageIndex, Offer, Opened,
    Pair, Profile, Ratchet, Rejection, Setup,
};

/// A planted bug.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Mutant {
    /// Its name, beginning with the family of the bug and a number.
    pub id: &'static str,
    /// What it breaks.
    pub class: Class,
    /// How well it hides.
    pub grade: Grade,
    /// What it does, in one line.
    pub description: &'static str,
    /// The games that may find it, the expected one first.
    pub killed_by: &'static [&'static str],
    /// Whether the expected verdict is `weak`, not `fail`.
    pub weak: bool,
}

/// What a mutant breaks.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Old messages stay readable.
    ForwardSecrecy,
    /// A theft is never, or too late, healed.
    Recovery,
    /// What nobody sent is accepted.
    Forgery,
    /// What was opened opens again.
    Replay,
    /// Work or loss without bound.
    DenialOfService,
    /// A refused, late or crossing message does damage.
    Atomicity,
    /// Keys that can be foretold.
    Randomness,
    /// A restored session is another one.
    Persistence,
    /// A third party reads along, or can tell who speaks.
    Backdoor,
    /// Both ends understand each other, and depart from their specification together.
    Specification,
    /// One half of a hybrid ratchet is not what it should be.
    PostQuantum,
    /// Ratchets that would end a careless harness.
    Harness,
}

/// How well a mutant hides.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// Any test of the property finds it.
    Trivial,
    /// The usual tests may pass.
    Moderate,
    /// The usual tests pass.
    Subtle,
}

/// Steps that are a mutant.
pub(crate) trait Plant: Default {
    const MUTANT: &'static Mutant;
}

/// A ratchet under the name of its planted bug; all else is the ratchet's.
///
/// It is of one type whatever the ratchet, so that code that takes a [`Ratchet`] is compiled once and not for each bug.
pub struct Planted {
    /// The bug.
    pub mutant: &'static Mutant,
    ratchet: Box<dyn DynRatchet>,
}

impl Planted {
    pub(crate) fn new(mutant: &'static Mutant, ratchet: impl Ratchet + 'static) -> Self {
        Self { mutant, ratchet: Box::new(ratchet) }
    }

    /// The name of the correct ratchet that the bug was planted in.
    #[must_use]
    pub fn base(&self) -> String {
        self.ratchet.name().into_owned()
    }
}

impl Ratchet for Planted {
    type Session = DynSession;

    fn profile(&self) -> Profile {
        self.ratchet.profile()
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<DynSession>, Rejection> {
        self.ratchet.pair(rng)
    }

    fn encrypt(
        &self,
        session: &mut DynSession,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        self.ratchet.encrypt(session, rng, ad, plaintext)
    }

    fn decrypt(
        &self,
        session: &mut DynSession,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        self.ratchet.decrypt(session, rng, ad, message)
    }

    fn name(&self) -> Cow<'static, str> {
        Cow::Owned(format!("mutant/{}", self.mutant.id))
    }

    fn capabilities(&self) -> Capabilities {
        self.ratchet.capabilities()
    }

    fn export(&self, session: &DynSession) -> Result<Vec<u8>, Rejection> {
        self.ratchet.export(session)
    }

    fn import(&self, state: &[u8]) -> Result<DynSession, Rejection> {
        self.ratchet.import(state)
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        self.ratchet.fields(message)
    }

    fn rewrite(&self, message: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, Rejection> {
        self.ratchet.rewrite(message, field, value)
    }

    fn pair_with(
        &self,
        rng: &mut dyn CryptoRng,
        setup: &Setup,
    ) -> Result<Pair<DynSession>, Rejection> {
        self.ratchet.pair_with(rng, setup)
    }

    fn offer(&self, rng: &mut dyn CryptoRng) -> Result<Offer, Rejection> {
        self.ratchet.offer(rng)
    }

    fn begin(
        &self,
        rng: &mut dyn CryptoRng,
        bundle: &[u8],
    ) -> Result<Begun<DynSession>, Rejection> {
        self.ratchet.begin(rng, bundle)
    }

    fn accept(
        &self,
        rng: &mut dyn CryptoRng,
        kept: Kept,
        opening: &[u8],
    ) -> Result<DynSession, Rejection> {
        self.ratchet.accept(rng, kept, opening)
    }

    fn last_index(&self, session: &DynSession) -> Result<MessageIndex, Rejection> {
        self.ratchet.last_index(session)
    }

    fn seal_with(&self, key: &[u8], ad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Rejection> {
        self.ratchet.seal_with(key, ad, plaintext)
    }

    fn open_with(&self, key: &[u8], ad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Rejection> {
        self.ratchet.open_with(key, ad, sealed)
    }

    fn preset(
        &self,
        session: &mut DynSession,
        sent: Option<u64>,
        received: Option<u64>,
    ) -> Result<(), Rejection> {
        self.ratchet.preset(session, sent, received)
    }

    fn outbox(
        &self,
        session: &mut DynSession,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Vec<u8>>, Rejection> {
        self.ratchet.outbox(session, rng)
    }

    fn advance_clock(&self, session: &mut DynSession, seconds: u32) -> Result<(), Rejection> {
        self.ratchet.advance_clock(session, seconds)
    }

    fn with_half(
        &self,
        session: &DynSession,
        half: Half,
        other: &DynSession,
    ) -> Result<DynSession, Rejection> {
        self.ratchet.with_half(session, half, other)
    }
}

/// Defines the steps of a mutant and what is known about it. What follows `killed by` are games.
macro_rules! mutant {
    (@ $name:ident $id:literal $class:ident $grade:ident $description:literal $weak:literal $($game:literal)+) => {
        #[doc = $description]
        #[derive(Clone, Copy, Debug, Default)]
        pub(crate) struct $name;

        impl $crate::mutant::Plant for $name {
            const MUTANT: &'static $crate::Mutant = &$crate::Mutant {
                id: $id,
                class: $crate::Class::$class,
                grade: $crate::Grade::$grade,
                description: $description,
                killed_by: &[$($game),+],
                weak: $weak,
            };
        }
    };
    ($name:ident, $id:literal, $class:ident, $grade:ident, $description:literal, killed by $($game:literal),+) => {
        $crate::mutant::mutant! { @ $name $id $class $grade $description false $($game)+ }
    };
    ($name:ident, $id:literal, $class:ident, $grade:ident, $description:literal, weakened in $($game:literal),+) => {
        $crate::mutant::mutant! { @ $name $id $class $grade $description true $($game)+ }
    };
}

pub(crate) use mutant;

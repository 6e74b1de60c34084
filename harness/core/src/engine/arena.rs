//! Where a ratchet is called: every call is counted, and its randomness follows from the case seed.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use rand_core::CryptoRng;

use super::{RandomnessLevel, World};
use crate::randomness::CaseSeed;
use crate::schedule::ActionId;
use crate::{
    Attempt, Capabilities, Deviation, DynRatchet, DynSession, Field, MessageIndex, Opened, Pair,
    Profile, Rejection, Setup,
};

/// Attempts that are made together: whoever watches for signs of life should not have to wait long.
const TOGETHER: usize = 32;

/// Signs of life for a watchdog: calls begun so far, and the action they belong to.
#[derive(Debug, Default)]
pub struct Progress {
    calls: AtomicU64,
    action: AtomicU32,
}

impl Progress {
    /// Progress that nobody watches.
    #[must_use]
    pub const fn new() -> Self {
        Self { calls: AtomicU64::new(0), action: AtomicU32::new(0) }
    }

    /// Calls of the ratchet begun so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// The action that the running call belongs to.
    #[must_use]
    pub fn action(&self) -> ActionId {
        ActionId(self.action.load(Ordering::Relaxed))
    }
}

/// A ratchet with everything that its cases share.
#[derive(Clone)]
pub struct Arena<'r> {
    /// The ratchet under test.
    pub ratchet: &'r dyn DynRatchet,
    /// What it claims, with every limit known.
    pub profile: &'r Profile,
    /// What it can do.
    pub capabilities: Capabilities,
    /// Whether its randomness is in our hands.
    pub randomness: RandomnessLevel,
    /// Known deviations from its profile.
    pub deviations: &'r [Deviation],
    /// A correct ratchet that makes the same bytes of the same secret and randomness, if there is one.
    pub reference: Option<&'r dyn DynRatchet>,
    /// In what this play of the case differs from the case.
    pub world: World,
    /// Seed of this case.
    pub seed: CaseSeed,
    /// Signs of life.
    pub progress: &'r Progress,
    /// What both ends agree on before a session begins, where a game decides that.
    setup: Option<Setup>,
    steps: Cell<u64>,
}

impl<'r> Arena<'r> {
    /// An arena for `ratchet`; the case seed is set with [`Arena::seeded`].
    #[must_use]
    pub fn new(
        ratchet: &'r dyn DynRatchet,
        profile: &'r Profile,
        randomness: RandomnessLevel,
        deviations: &'r [Deviation],
        progress: &'r Progress,
    ) -> Self {
        Self {
            ratchet,
            profile,
            capabilities: ratchet.capabilities(),
            randomness,
            deviations,
            reference: None,
            world: World::default(),
            seed: CaseSeed::from([0; 32]),
            progress,
            setup: None,
            steps: Cell::new(0),
        }
    }

    /// The same arena, its steps counted from 0, whose sessions begin with `setup`: for ratchets whose
    /// [`Capabilities::secret`] allows it.
    #[must_use]
    pub fn with_setup(&self, setup: Setup) -> Self {
        Self { setup: Some(setup), steps: Cell::new(0), ..self.clone() }
    }

    /// The same arena for another case, its steps counted from 0.
    #[must_use]
    pub fn seeded(&self, seed: CaseSeed) -> Self {
        Self { seed, steps: Cell::new(0), ..self.clone() }
    }

    /// The same arena with a reference to compare with.
    #[must_use]
    pub const fn against(mut self, reference: Option<&'r dyn DynRatchet>) -> Self {
        self.reference = reference;
        self
    }

    /// The same case on another ratchet of the same profile, its steps counted from 0.
    #[must_use]
    pub fn of_ratchet<'o>(&self, ratchet: &'o dyn DynRatchet) -> Arena<'o>
    where
        'r: 'o,
    {
        let capabilities = ratchet.capabilities();
        Arena { ratchet, capabilities, ..self.seeded(self.seed) }
    }

    /// The same case in another world, its steps counted from 0.
    #[must_use]
    pub fn in_world(&self, world: World) -> Self {
        Self { world, ..self.seeded(self.seed) }
    }

    /// Calls of `encrypt` and `decrypt` so far, attackers' calls included.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps.get()
    }

    /// Adds the steps of an arena that was made from this one.
    pub fn add_steps(&self, steps: u64) {
        self.steps.set(self.steps.get() + steps);
    }

    /// Says which action the next calls belong to.
    pub fn at(&self, action: ActionId) {
        self.progress.action.store(action.0, Ordering::Relaxed);
    }

    fn call(&self) {
        self.progress.calls.fetch_add(1, Ordering::Relaxed);
    }

    /// [`crate::Ratchet::pair`] with this case's randomness.
    ///
    /// # Errors
    /// The ratchet's own rejection.
    pub fn pair(&self) -> Result<Pair<DynSession>, Rejection> {
        self.at(ActionId::PAIRING);
        self.call();
        let seed = self.world.pairing.unwrap_or(self.seed);
        let mut rng = seed.call(ActionId::PAIRING, 0);
        let mut setup = self.setup.clone();
        if self.world.secret.is_some() {
            setup.get_or_insert_default().shared_secret = self.world.secret;
        }
        match &setup {
            Some(setup) => self.ratchet.pair_with(&mut rng, setup),
            None => self.ratchet.pair(&mut rng),
        }
    }

    /// [`crate::Ratchet::encrypt`], counted as a step.
    ///
    /// # Errors
    /// The ratchet's own rejection.
    pub fn encrypt(
        &self,
        session: &mut DynSession,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        self.call();
        self.steps.set(self.steps.get() + 1);
        self.ratchet.encrypt(session, rng, ad, plaintext)
    }

    /// [`crate::Ratchet::decrypt`], counted as a step.
    ///
    /// # Errors
    /// The ratchet's own rejection.
    pub fn decrypt(
        &self,
        session: &mut DynSession,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        self.call();
        self.steps.set(self.steps.get() + 1);
        self.ratchet.decrypt(session, rng, ad, message)
    }

    /// [`crate::Ratchet::decrypt_each`], each attempt counted as a step.
    pub(crate) fn decrypt_each(
        &self,
        session: &DynSession,
        mut attempts: Vec<(impl CryptoRng, &[u8], &[u8])>,
    ) -> Vec<Result<Opened, Rejection>> {
        let mut answers = Vec::with_capacity(attempts.len());
        if !self.ratchet.answers_together() {
            for (rng, ad, message) in &mut attempts {
                answers.push(self.decrypt(&mut session.clone(), rng, ad, message));
            }
            return answers;
        }
        for some in attempts.chunks_mut(TOGETHER) {
            self.call();
            self.add_steps(some.len() as u64);
            let mut some: Vec<Attempt<'_>> =
                some.iter_mut().map(|(rng, ad, message)| Attempt { rng, ad, message }).collect();
            answers.extend(self.ratchet.decrypt_each(session, &mut some));
        }
        answers
    }

    /// [`crate::Ratchet::export`] and [`crate::Ratchet::import`] of what it wrote.
    ///
    /// # Errors
    /// The ratchet's own rejection.
    pub fn reload(&self, session: &DynSession) -> Result<DynSession, Rejection> {
        self.import(&self.export(session)?)
    }

    /// [`crate::Ratchet::export`].
    ///
    /// # Errors
    /// The ratchet's own rejection.
    pub fn export(&self, session: &DynSession) -> Result<Vec<u8>, Rejection> {
        self.call();
        self.ratchet.export(session)
    }

    /// [`crate::Ratchet::import`].
    ///
    /// # Errors
    /// The ratchet's own rejection.
    pub fn import(&self, state: &[u8]) -> Result<DynSession, Rejection> {
        self.call();
        self.ratchet.import(state)
    }

    /// Bytes of the session at rest; `None` where the ratchet has no export.
    #[must_use]
    pub fn size_at_rest(&self, session: &DynSession) -> Option<u64> {
        if !self.capabilities.export {
            return None;
        }
        self.export(session).ok().map(|state| state.len() as u64)
    }

    /// [`crate::Ratchet::last_index`], where the ratchet tells it.
    #[must_use]
    pub fn last_index(&self, session: &DynSession) -> Option<MessageIndex> {
        if !self.capabilities.index {
            return None;
        }
        self.call();
        self.ratchet.last_index(session).ok()
    }

    /// [`crate::Ratchet::open_with`].
    ///
    /// # Errors
    /// The ratchet's own rejection.
    pub fn open_with(&self, key: &[u8], ad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Rejection> {
        self.call();
        self.ratchet.open_with(key, ad, sealed)
    }

    /// [`crate::Ratchet::open_with_each`], made together where that takes less.
    pub(crate) fn open_with_each(
        &self,
        keys: &[Vec<u8>],
        ad: &[u8],
        sealed: &[u8],
    ) -> Vec<Result<Vec<u8>, Rejection>> {
        let together = if self.ratchet.answers_together() { TOGETHER } else { 1 };
        let some = |keys: &[Vec<u8>]| {
            self.call();
            self.ratchet.open_with_each(keys, ad, sealed)
        };
        keys.chunks(together).flat_map(some).collect()
    }

    /// [`crate::Ratchet::rewrite`].
    ///
    /// # Errors
    /// The ratchet's own rejection.
    pub fn rewrite(&self, message: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, Rejection> {
        self.call();
        self.ratchet.rewrite(message, field, value)
    }

    /// [`crate::Ratchet::pair_with`] with randomness of `purpose`'s own.
    ///
    /// # Errors
    /// The ratchet's own rejection.
    pub fn pair_with(&self, purpose: u64, setup: &Setup) -> Result<Pair<DynSession>, Rejection> {
        self.call();
        let mut rng = self.seed.derived(purpose).call(ActionId::PAIRING, 0);
        self.ratchet.pair_with(&mut rng, setup)
    }

    /// The fields of `message`, or none where the ratchet does not tell.
    #[must_use]
    pub fn fields(&self, message: &[u8]) -> Vec<Field> {
        if !self.capabilities.fields {
            return Vec::new();
        }
        self.call();
        self.ratchet.fields(message).unwrap_or_default()
    }

    /// The bytes of field `name` of `message`.
    #[must_use]
    pub fn field<'m>(&self, message: &'m [u8], name: &str) -> Option<&'m [u8]> {
        self.fields(message).iter().find(|field| field.name == name)?.of(message)
    }

    /// The part of a message that depends on the plaintext: its `ciphertext` field, or all of it.
    #[must_use]
    pub fn ciphertext<'m>(&self, message: &'m [u8]) -> &'m [u8] {
        self.field(message, "ciphertext").unwrap_or(message)
    }

    /// Where the tag of `message` is: its `tag` field, or else its last 16 bytes.
    #[must_use]
    pub fn tag_of(&self, message: &[u8]) -> std::ops::Range<usize> {
        let fields = self.fields(message);
        let field = fields.iter().find(|field| field.name == "tag" && field.of(message).is_some());
        match field {
            Some(tag) => tag.offset..tag.offset + tag.length,
            None => message.len().saturating_sub(16)..message.len(),
        }
    }

    /// Associated data number `label`; always empty where the ratchet has none.
    #[must_use]
    pub fn associated_data(&self, label: u8) -> &'static [u8] {
        const AD: [&[u8]; 4] = [b"", b"a", b"from the initiator to the responder", b"\0\0\0\0"];
        if self.capabilities.associated_data { AD[usize::from(label) % AD.len()] } else { b"" }
    }
}

//! A ratchet whose calls are announced before they are made, so that a death can be laid at the right one's door.

use std::borrow::Cow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rand_core::CryptoRng;
use sprag::engine::Progress;
use sprag::schedule::ActionId;
use sprag::{
    Attempt, Begun, Capabilities, DynRatchet, DynSession, Field, Half, Kept, MessageIndex, Offer,
    Opened, Pair, Profile, Rejection, Setup,
};

use super::messages::{Call, Reply};
use super::replies::Replies;

/// A ratchet that says what it is about to do, while it is told to.
pub(crate) struct Announcing<'r> {
    ratchet: &'r dyn DynRatchet,
    progress: &'r Progress,
    replies: &'r Replies,
    announces: AtomicBool,
    last: Mutex<Option<(ActionId, Call)>>,
}

impl<'r> Announcing<'r> {
    pub(crate) const fn new(
        ratchet: &'r dyn DynRatchet,
        progress: &'r Progress,
        replies: &'r Replies,
    ) -> Self {
        let (announces, last) = (AtomicBool::new(false), Mutex::new(None));
        Self { ratchet, progress, replies, announces, last }
    }

    pub(crate) fn announce(&self, on: bool) {
        self.announces.store(on, Ordering::Relaxed);
        self.said(None);
    }

    fn said(&self, now: Option<(ActionId, Call)>) -> bool {
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let news = *last != now;
        *last = now;
        news
    }

    fn about_to(&self, call: Call) {
        if self.announces.load(Ordering::Relaxed) {
            let action = self.progress.action();
            // The same call again within one action, as in a sweep, is no news.
            if self.said(Some((action, call))) {
                self.replies.send(&Reply::Call(action, call));
            }
        }
    }
}

impl DynRatchet for Announcing<'_> {
    fn name(&self) -> Cow<'static, str> {
        self.ratchet.name()
    }

    fn profile(&self) -> Profile {
        self.ratchet.profile()
    }

    fn capabilities(&self) -> Capabilities {
        self.ratchet.capabilities()
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<DynSession>, Rejection> {
        self.about_to(Call::Pair);
        self.ratchet.pair(rng)
    }

    fn offer(&self, rng: &mut dyn CryptoRng) -> Result<Offer, Rejection> {
        self.about_to(Call::Offer);
        self.ratchet.offer(rng)
    }

    fn begin(
        &self,
        rng: &mut dyn CryptoRng,
        bundle: &[u8],
    ) -> Result<Begun<DynSession>, Rejection> {
        self.about_to(Call::Begin);
        self.ratchet.begin(rng, bundle)
    }

    fn accept(
        &self,
        rng: &mut dyn CryptoRng,
        kept: Kept,
        opening: &[u8],
    ) -> Result<DynSession, Rejection> {
        self.about_to(Call::Accept);
        self.ratchet.accept(rng, kept, opening)
    }

    fn encrypt(
        &self,
        session: &mut DynSession,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        self.about_to(Call::Encrypt);
        self.ratchet.encrypt(session, rng, ad, plaintext)
    }

    fn decrypt(
        &self,
        session: &mut DynSession,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        self.about_to(Call::Decrypt);
        self.ratchet.decrypt(session, rng, ad, message)
    }

    fn decrypt_each(
        &self,
        session: &DynSession,
        attempts: &mut [Attempt<'_>],
    ) -> Vec<Result<Opened, Rejection>> {
        self.about_to(Call::Decrypt);
        self.ratchet.decrypt_each(session, attempts)
    }

    fn answers_together(&self) -> bool {
        // Whoever wants to know which call it was makes them one by one.
        self.ratchet.answers_together() && !self.announces.load(Ordering::Relaxed)
    }

    fn draws_in_advance(&self) -> bool {
        self.ratchet.draws_in_advance()
    }

    fn export(&self, session: &DynSession) -> Result<Vec<u8>, Rejection> {
        self.about_to(Call::Export);
        self.ratchet.export(session)
    }

    fn import(&self, state: &[u8]) -> Result<DynSession, Rejection> {
        self.about_to(Call::Import);
        self.ratchet.import(state)
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        self.about_to(Call::Fields);
        self.ratchet.fields(message)
    }

    fn rewrite(&self, message: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, Rejection> {
        self.about_to(Call::Rewrite);
        self.ratchet.rewrite(message, field, value)
    }

    fn pair_with(
        &self,
        rng: &mut dyn CryptoRng,
        setup: &Setup,
    ) -> Result<Pair<DynSession>, Rejection> {
        self.about_to(Call::Pair);
        self.ratchet.pair_with(rng, setup)
    }

    fn last_index(&self, session: &DynSession) -> Result<MessageIndex, Rejection> {
        self.about_to(Call::LastIndex);
        self.ratchet.last_index(session)
    }

    fn seal_with(&self, key: &[u8], ad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Rejection> {
        self.about_to(Call::SealWith);
        self.ratchet.seal_with(key, ad, plaintext)
    }

    fn open_with(&self, key: &[u8], ad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Rejection> {
        self.about_to(Call::OpenWith);
        self.ratchet.open_with(key, ad, sealed)
    }

    fn open_with_each(
        &self,
        keys: &[Vec<u8>],
        ad: &[u8],
        sealed: &[u8],
    ) -> Vec<Result<Vec<u8>, Rejection>> {
        self.about_to(Call::OpenWith);
        self.ratchet.open_with_each(keys, ad, sealed)
    }

    fn preset(
        &self,
        session: &mut DynSession,
        sent: Option<u64>,
        received: Option<u64>,
    ) -> Result<(), Rejection> {
        self.about_to(Call::Preset);
        self.ratchet.preset(session, sent, received)
    }

    fn outbox(
        &self,
        session: &mut DynSession,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Vec<u8>>, Rejection> {
        self.about_to(Call::Outbox);
        self.ratchet.outbox(session, rng)
    }

    fn advance_clock(&self, session: &mut DynSession, seconds: u32) -> Result<(), Rejection> {
        self.about_to(Call::AdvanceClock);
        self.ratchet.advance_clock(session, seconds)
    }

    fn with_half(
        &self,
        session: &DynSession,
        half: Half,
        other: &DynSession,
    ) -> Result<DynSession, Rejection> {
        self.about_to(Call::WithHalf);
        self.ratchet.with_half(session, half, other)
    }
}

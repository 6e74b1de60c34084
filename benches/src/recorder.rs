//! A recorder of the calls that the engine makes, and a bare loop that makes the same calls again.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use rand_chacha::ChaCha8Rng;
use rand_core::{CryptoRng, SeedableRng as _};
use sprag::{Capabilities, Field, Opened, Pair, Profile, Ratchet, Rejection};

/// One call, with everything that is needed to make it again. Sessions are numbered in order of their making.
#[derive(Debug)]
enum Call {
    Pair { seed: [u8; 32], sessions: (u64, u64) },
    Encrypt { session: u64, seed: [u8; 32], ad: Vec<u8>, plaintext: Vec<u8> },
    Decrypt { session: u64, seed: [u8; 32], ad: Vec<u8>, message: Vec<u8> },
    Clone { from: u64, to: u64 },
    Drop { session: u64 },
    Reload { from: u64, to: u64 },
    Fields { message: Vec<u8> },
}

#[derive(Debug, Default)]
struct Log {
    calls: Mutex<Vec<Call>>,
    sessions: AtomicU64,
}

impl Log {
    fn note(&self, call: Call) {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }

    fn session(&self) -> u64 {
        self.sessions.fetch_add(1, Ordering::Relaxed)
    }
}

/// A ratchet that writes down every call before it makes it.
#[derive(Debug)]
pub struct Recorder<R> {
    ratchet: R,
    log: &'static Log,
}

/// A numbered session.
pub struct Recorded<S> {
    session: S,
    number: u64,
    log: &'static Log,
}

impl<S: Clone> Clone for Recorded<S> {
    fn clone(&self) -> Self {
        let number = self.log.session();
        self.log.note(Call::Clone { from: self.number, to: number });
        Self { session: self.session.clone(), number, log: self.log }
    }
}

impl<S> Drop for Recorded<S> {
    fn drop(&mut self) {
        self.log.note(Call::Drop { session: self.number });
    }
}

impl<R: Ratchet> Recorder<R> {
    /// Records what is done with `ratchet`.
    #[must_use]
    pub fn new(ratchet: R) -> Self {
        // Sessions outlive every borrow the engine could give them.
        Self { ratchet, log: Box::leak(Box::default()) }
    }

    /// Calls of `encrypt` and `decrypt` recorded.
    #[must_use]
    pub fn steps(&self) -> usize {
        let is_step = |call: &&Call| matches!(call, Call::Encrypt { .. } | Call::Decrypt { .. });
        self.log.calls.lock().unwrap_or_else(PoisonError::into_inner).iter().filter(is_step).count()
    }

    /// Makes every recorded call again and does nothing else. Gives how many messages opened.
    pub fn replay(&self) -> usize {
        let calls = self.log.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sessions: BTreeMap<u64, R::Session> = BTreeMap::new();
        let mut opened = 0;
        for call in calls.iter() {
            match call {
                Call::Pair { seed, sessions: (initiator, responder) } => {
                    let mut rng = ChaCha8Rng::from_seed(*seed);
                    if let Ok(pair) = self.ratchet.pair(&mut rng) {
                        sessions.insert(*initiator, pair.initiator);
                        sessions.insert(*responder, pair.responder);
                    }
                }
                Call::Encrypt { session, seed, ad, plaintext } => {
                    let mut rng = ChaCha8Rng::from_seed(*seed);
                    if let Some(session) = sessions.get_mut(session) {
                        let _ = self.ratchet.encrypt(session, &mut rng, ad, plaintext);
                    }
                }
                Call::Decrypt { session, seed, ad, message } => {
                    let mut rng = ChaCha8Rng::from_seed(*seed);
                    if let Some(session) = sessions.get_mut(session) {
                        let result = self.ratchet.decrypt(session, &mut rng, ad, message);
                        opened += usize::from(result.is_ok());
                    }
                }
                Call::Clone { from, to } => {
                    if let Some(copy) = sessions.get(from).cloned() {
                        sessions.insert(*to, copy);
                    }
                }
                Call::Drop { session } => {
                    sessions.remove(session);
                }
                Call::Reload { from, to } => {
                    let reloaded = sessions
                        .get(from)
                        .and_then(|session| self.ratchet.export(session).ok())
                        .and_then(|state| self.ratchet.import(&state).ok());
                    sessions.extend(reloaded.map(|session| (*to, session)));
                }
                Call::Fields { message } => {
                    let _ = self.ratchet.fields(message);
                }
            }
        }
        opened
    }
}

/// A seed for the call, drawn as the call itself would draw.
pub(crate) fn seed(rng: &mut dyn CryptoRng) -> [u8; 32] {
    let mut seed = [0; 32];
    rng.fill_bytes(&mut seed);
    seed
}

impl<R: Ratchet> Ratchet for Recorder<R> {
    type Session = Recorded<R::Session>;

    fn profile(&self) -> Profile {
        self.ratchet.profile()
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<Self::Session>, Rejection> {
        let seed = seed(rng);
        let Pair { initiator, responder, opened } =
            self.ratchet.pair(&mut ChaCha8Rng::from_seed(seed))?;
        let numbers = (self.log.session(), self.log.session());
        self.log.note(Call::Pair { seed, sessions: numbers });
        let record = |session, number| Recorded { session, number, log: self.log };
        let (initiator, responder) = (record(initiator, numbers.0), record(responder, numbers.1));
        Ok(Pair { initiator, responder, opened })
    }

    fn encrypt(
        &self,
        session: &mut Self::Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let seed = seed(rng);
        let (ad, plaintext) = (ad.to_vec(), plaintext.to_vec());
        let mut rng = ChaCha8Rng::from_seed(seed);
        let result = self.ratchet.encrypt(&mut session.session, &mut rng, &ad, &plaintext);
        self.log.note(Call::Encrypt { session: session.number, seed, ad, plaintext });
        result
    }

    fn decrypt(
        &self,
        session: &mut Self::Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let seed = seed(rng);
        let (ad, message) = (ad.to_vec(), message.to_vec());
        let mut rng = ChaCha8Rng::from_seed(seed);
        let result = self.ratchet.decrypt(&mut session.session, &mut rng, &ad, &message);
        self.log.note(Call::Decrypt { session: session.number, seed, ad, message });
        result
    }

    fn name(&self) -> Cow<'static, str> {
        self.ratchet.name()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { handshake: false, ..self.ratchet.capabilities() }
    }

    fn export(&self, session: &Self::Session) -> Result<Vec<u8>, Rejection> {
        // The number goes along, so that the import knows which session it continues.
        let state = self.ratchet.export(&session.session)?;
        Ok([&session.number.to_be_bytes()[..], &state].concat())
    }

    fn import(&self, state: &[u8]) -> Result<Self::Session, Rejection> {
        let (from, state) =
            state.split_first_chunk().ok_or_else(|| Rejection::malformed("no number"))?;
        let session = self.ratchet.import(state)?;
        let number = self.log.session();
        self.log.note(Call::Reload { from: u64::from_be_bytes(*from), to: number });
        Ok(Recorded { session, number, log: self.log })
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        self.log.note(Call::Fields { message: message.to_vec() });
        self.ratchet.fields(message)
    }
}

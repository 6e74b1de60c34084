//! A ratchet that answers from memory, so that what is left is the harness's own work.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rand_chacha::ChaCha8Rng;
use rand_core::{CryptoRng, SeedableRng as _};
use sprag::{Capabilities, Field, Opened, Pair, Profile, Ratchet, Rejection};

use crate::recorder::seed;

/// The number of a state that a session was once in. The same call in the same state has the same answer.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct State(usize);

/// A call on a session: its state, the seed of its randomness, associated data, and what is encrypted or decrypted.
type Call = (State, [u8; 32], Vec<u8>, Vec<u8>);

/// Its keys are the same in each process, so that it takes as many instructions.
type Map<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;

/// An answer that leaves a session in another state.
type Moved<T> = (Result<T, Rejection>, State);

struct Memory<S> {
    sessions: Vec<S>,
    pairs: Map<[u8; 32], Result<Pair<State>, Rejection>>,
    encrypted: Map<Call, Moved<Vec<u8>>>,
    decrypted: Map<Call, Moved<Opened>>,
    exported: Map<State, Result<Vec<u8>, Rejection>>,
    imported: Map<Vec<u8>, Result<State, Rejection>>,
    fields: Map<Vec<u8>, Result<Vec<Field>, Rejection>>,
}

/// Makes each call once, and then answers it from memory.
pub struct Remembered<R: Ratchet> {
    ratchet: R,
    memory: Mutex<Memory<R::Session>>,
}

impl<S: Clone> Memory<S> {
    fn session(&self, state: State) -> S {
        self.sessions[state.0].clone()
    }

    fn remember(&mut self, session: S) -> State {
        self.sessions.push(session);
        State(self.sessions.len() - 1)
    }
}

impl<R: Ratchet> Remembered<R> {
    /// Remembers what `ratchet` does.
    #[must_use]
    pub fn new(ratchet: R) -> Self {
        let memory = Memory {
            sessions: Vec::new(),
            pairs: Map::default(),
            encrypted: Map::default(),
            decrypted: Map::default(),
            exported: Map::default(),
            imported: Map::default(),
            fields: Map::default(),
        };
        Self { ratchet, memory: Mutex::new(memory) }
    }

    /// Calls of `encrypt` and `decrypt` that it remembers.
    #[must_use]
    pub fn steps(&self) -> usize {
        let memory = self.memory();
        memory.encrypted.len() + memory.decrypted.len()
    }

    fn memory(&self) -> MutexGuard<'_, Memory<R::Session>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R: Ratchet> Ratchet for Remembered<R> {
    type Session = State;

    fn profile(&self) -> Profile {
        self.ratchet.profile()
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<State>, Rejection> {
        let (seed, mut memory) = (seed(rng), self.memory());
        if let Some(answer) = memory.pairs.get(&seed) {
            return answer.clone();
        }
        let made = self.ratchet.pair(&mut ChaCha8Rng::from_seed(seed));
        let answer = made.map(|Pair { initiator, responder, opened }| Pair {
            initiator: memory.remember(initiator),
            responder: memory.remember(responder),
            opened,
        });
        memory.pairs.insert(seed, answer.clone());
        answer
    }

    fn encrypt(
        &self,
        session: &mut State,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let call = (*session, seed(rng), ad.to_vec(), plaintext.to_vec());
        let mut memory = self.memory();
        if let Some((answer, state)) = memory.encrypted.get(&call) {
            *session = *state;
            return answer.clone();
        }
        let mut real = memory.session(*session);
        let answer =
            self.ratchet.encrypt(&mut real, &mut ChaCha8Rng::from_seed(call.1), ad, plaintext);
        *session = memory.remember(real);
        memory.encrypted.insert(call, (answer.clone(), *session));
        answer
    }

    fn decrypt(
        &self,
        session: &mut State,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let call = (*session, seed(rng), ad.to_vec(), message.to_vec());
        let mut memory = self.memory();
        if let Some((answer, state)) = memory.decrypted.get(&call) {
            *session = *state;
            return answer.clone();
        }
        let mut real = memory.session(*session);
        let answer =
            self.ratchet.decrypt(&mut real, &mut ChaCha8Rng::from_seed(call.1), ad, message);
        *session = memory.remember(real);
        memory.decrypted.insert(call, (answer.clone(), *session));
        answer
    }

    fn name(&self) -> Cow<'static, str> {
        self.ratchet.name()
    }

    fn capabilities(&self) -> Capabilities {
        let Capabilities { associated_data, export, fields, .. } = self.ratchet.capabilities();
        Capabilities { associated_data, export, fields, ..Capabilities::default() }
    }

    fn export(&self, session: &State) -> Result<Vec<u8>, Rejection> {
        let mut memory = self.memory();
        if let Some(answer) = memory.exported.get(session) {
            return answer.clone();
        }
        let answer = self.ratchet.export(&memory.session(*session));
        memory.exported.insert(*session, answer.clone());
        answer
    }

    fn import(&self, state: &[u8]) -> Result<State, Rejection> {
        let (state, mut memory) = (state.to_vec(), self.memory());
        if let Some(answer) = memory.imported.get(&state) {
            return answer.clone();
        }
        let answer = self.ratchet.import(&state).map(|session| memory.remember(session));
        memory.imported.insert(state, answer.clone());
        answer
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        let (message, mut memory) = (message.to_vec(), self.memory());
        if let Some(answer) = memory.fields.get(&message) {
            return answer.clone();
        }
        let answer = self.ratchet.fields(&message);
        memory.fields.insert(message, answer.clone());
        answer
    }
}

//! A conversation with a mutant, by hand.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sprag::{Opened, Pair, Party, Ratchet, Rejection, Setup};

/// The secret that sessions begin with, where that can be given.
pub(crate) const SECRET: [u8; 32] = [0x5b; 32];

/// Two parties and a network without loss.
pub(crate) struct Talk<'r, R: Ratchet> {
    pub(crate) ratchet: &'r R,
    pub(crate) rng: ChaCha20Rng,
    pub(crate) pair: Pair<R::Session>,
}

impl<'r, R: Ratchet> Talk<'r, R> {
    pub(crate) fn new(ratchet: &'r R, seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let setup = Setup { shared_secret: Some(SECRET), ..Setup::default() };
        let pair = ratchet.pair_with(&mut rng, &setup).unwrap();
        Self { ratchet, rng, pair }
    }

    pub(crate) fn send(&mut self, from: Party) -> Vec<u8> {
        self.ratchet
            .encrypt(self.pair.of(from), &mut self.rng, b"ad", b"a plaintext of it")
            .unwrap()
    }

    pub(crate) fn open(&mut self, to: Party, message: &[u8]) -> Result<Opened, Rejection> {
        self.ratchet.decrypt(self.pair.of(to), &mut self.rng, b"ad", message)
    }

    pub(crate) fn pass(&mut self, from: Party) {
        let message = self.send(from);
        self.open(from.peer(), &message).unwrap();
    }

    pub(crate) fn turns(&mut self, count: usize) {
        for turn in 0..count {
            self.pass(Party::BOTH[turn % 2]);
        }
    }

    pub(crate) fn export(&mut self, of: Party) -> String {
        let export = self.ratchet.export(self.pair.of(of)).unwrap();
        String::from_utf8(export).unwrap()
    }

    pub(crate) fn restored(&self, session: &R::Session) -> R::Session {
        self.ratchet.import(&self.ratchet.export(session).unwrap()).unwrap()
    }

    pub(crate) fn restart(&mut self, party: Party) {
        let session = self.pair.of(party).clone();
        *self.pair.of(party) = self.restored(&session);
    }
}

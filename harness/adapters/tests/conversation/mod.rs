//! Two ends of one session and the seeds of their calls.

#![allow(dead_code, reason = "no test file uses all of it")]
#![allow(unreachable_pub, clippy::unwrap_used, reason = "helpers of tests")]

use rand_chacha::ChaCha12Rng;
use rand_core::SeedableRng;
use sprag::{Field, Opened, Pair, Party, Ratchet, RejectionClass};
use sprag_adapters::{Olm, OlmSession};

/// Every test holds for both versions.
pub const BOTH: [Olm; 2] = [Olm::version_1(), Olm::version_2()];

/// What is encrypted where the plaintext does not matter.
pub const PLAINTEXT: &[u8] = b"sixteen bytes ok, and some more";

pub fn rng(seed: u64) -> ChaCha12Rng {
    ChaCha12Rng::seed_from_u64(seed)
}

#[derive(Clone)]
pub struct Conversation {
    pub olm: Olm,
    pub pair: Pair<OlmSession>,
    seed: u64,
}

impl Conversation {
    pub fn of(olm: Olm) -> Self {
        let pair = olm.pair(&mut rng(0)).unwrap();
        assert!(pair.opened);
        Self { olm, pair, seed: 1000 }
    }

    pub fn send(&mut self, from: Party) -> Vec<u8> {
        self.seed += 1;
        self.send_with_seed(from, self.seed)
    }

    pub fn send_with_seed(&mut self, from: Party, seed: u64) -> Vec<u8> {
        self.olm.encrypt(self.pair.of(from), &mut rng(seed), &[], PLAINTEXT).unwrap()
    }

    pub fn send_many(&mut self, from: Party, count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|_| self.send(from)).collect()
    }

    /// Delivers `message`; an acceptance with another plaintext is a failure of the test.
    pub fn deliver(&mut self, to: Party, message: &[u8]) -> Result<(), RejectionClass> {
        self.seed += 1;
        let opened = self.olm.decrypt(self.pair.of(to), &mut rng(self.seed), &[], message);
        match opened {
            Ok(opened) => {
                assert_eq!(opened, Opened::Plaintext(PLAINTEXT.to_vec()));
                Ok(())
            }
            Err(rejection) => Err(rejection.class),
        }
    }

    /// Sends one message from `from` and delivers it.
    pub fn exchange(&mut self, from: Party) -> Vec<u8> {
        let message = self.send(from);
        assert_eq!(self.deliver(from.peer(), &message), Ok(()));
        message
    }

    pub fn all_open(&mut self, to: Party, messages: &[Vec<u8>]) {
        for message in messages {
            assert_eq!(self.deliver(to, message), Ok(()));
        }
    }

    pub fn all_refused(&mut self, to: Party, messages: &[Vec<u8>], class: RejectionClass) {
        for message in messages {
            assert_eq!(self.deliver(to, message), Err(class));
        }
    }
}

/// The bytes of the first field called `name`.
pub fn field(olm: Olm, message: &[u8], name: &str) -> Vec<u8> {
    let fields = olm.fields(message).unwrap();
    let field: &Field = fields.iter().find(|field| field.name == name).unwrap();
    field.of(message).unwrap().to_vec()
}

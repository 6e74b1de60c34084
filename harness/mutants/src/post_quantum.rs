//! One half of a hybrid ratchet is not what it should be. As long as nobody breaks the other half, every message is safe
//! all the same, so most of these bugs stay hidden from whoever steals whole sessions.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sprag::{Party, Rejection};
use sprag_protocols::crypto::{self, Key, hkdf_pair, hkdf_sha256};
use sprag_protocols::hybrid::kem::{self, Bytes, Ciphertext, KemPair, PublicKey};
use sprag_protocols::hybrid::{
    EpochKeys, Header, HybridSteps, KemHeader, Load, PostQuantum, kdf_epoch, message_key,
};

use crate::mutant::mutant;

mutant! {
    KemInFirstEpochOnly, "p20-kem-in-first-epoch-only", PostQuantum, Moderate,
    "The secret of the KEM is mixed into the first epoch only",
    killed by "recovery/hybrid-independence"
}

impl HybridSteps for KemInFirstEpochOnly {
    type Extra = ();

    fn kdf_epoch(&self, root: &Key, secret: &Key, epoch: u32) -> EpochKeys {
        if epoch > 1 { kdf_epoch(root, &Key::default()) } else { kdf_epoch(root, secret) }
    }
}

mutant! {
    XorWithNothing, "p21-xor-with-nothing", PostQuantum, Subtle,
    "The keys of both halves are xored, and that of the second counts as zero before its first epoch",
    killed by "recovery/hybrid-independence"
}

impl HybridSteps for XorWithNothing {
    type Extra = ();

    fn message_key(&self, classical: &Key, post_quantum: &Key, _: Party, header: &Header) -> Key {
        let absent = header.post_quantum.epoch == 0;
        let other = if absent { Key::default() } else { *post_quantum };
        Key(std::array::from_fn(|i| classical.0[i] ^ other.0[i]))
    }
}

mutant! {
    ClassicalAfterLoss, "p22-classical-after-loss", PostQuantum, Subtle,
    "A public key that stays unanswered for four messages is given up, and the sender goes on without the KEM",
    killed by "recovery/hybrid-independence"
}

/// In which epoch the public key went out, and with how many messages.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Unanswered {
    epoch: u32,
    count: u32,
}

impl HybridSteps for ClassicalAfterLoss {
    type Extra = Unanswered;

    fn load(&self, half: &mut PostQuantum<Unanswered>) -> Load {
        let load = half.exchange.load();
        if half.extra.epoch != half.epoch {
            half.extra = Unanswered { epoch: half.epoch, count: 0 };
        }
        if matches!(load, Load::PublicKey(_)) {
            half.extra.count = half.extra.count.saturating_add(1);
        }
        if half.extra.count > 4 { Load::Nothing } else { load }
    }

    /// Who is to offer a key and does not has given up.
    fn message_key(
        &self,
        classical: &Key,
        post_quantum: &Key,
        sender: Party,
        header: &Header,
    ) -> Key {
        let kem = &header.post_quantum;
        let offers = PostQuantum::<()>::offers_after(kem.epoch) == sender;
        if offers && kem.load == Load::Nothing {
            message_key(classical, &Key::default())
        } else {
            message_key(classical, post_quantum)
        }
    }
}

mutant! {
    CiphertextCountsTwice, "r10-ciphertext-counts-twice", PostQuantum, Subtle,
    "A ciphertext that comes once more with a late message is mixed in once more",
    killed by "order/immediate-decryption", "model/random-schedule", "profile/describes-this-ratchet"
}

impl HybridSteps for CiphertextCountsTwice {
    type Extra = ();

    fn absorb(&self, half: &mut PostQuantum<()>, header: &KemHeader) -> Result<(), Rejection> {
        let late = header.epoch < half.received || header.n.saturating_add(1) < half.nr;
        match &header.load {
            Load::Ciphertext(ciphertext) if late => {
                half.root = hkdf_pair(&half.root, ciphertext.0.as_slice(), b"again").0;
                Ok(())
            }
            _ => half.absorb(header),
        }
    }
}

mutant! {
    KemSeedsFromRoot, "p50-kem-seeds-from-root", PostQuantum, Subtle,
    "Key pairs and secrets of the KEM are derived from the root key, not drawn",
    killed by "recovery/hybrid-independence"
}

impl HybridSteps for KemSeedsFromRoot {
    type Extra = ();

    fn generate_kem(&self, half: &mut PostQuantum<()>, _rng: &mut dyn CryptoRng) -> KemPair {
        KemPair::from(Bytes(Box::new(hkdf_sha256(&half.root, &[], b"key pair"))))
    }

    fn encapsulate(
        &self,
        half: &mut PostQuantum<()>,
        public: &PublicKey,
        _rng: &mut dyn CryptoRng,
    ) -> Result<(Ciphertext, Key), Rejection> {
        kem::encapsulate(public, &Key(hkdf_sha256(&half.root, &[], b"secret")))
    }
}

mutant! {
    KeepsUsedKemKeys, "p51-keeps-used-kem-keys", PostQuantum, Subtle,
    "The post-quantum key of an opened message stays among the skipped ones",
    killed by "recovery/hybrid-independence", "profile/describes-this-ratchet"
}

impl HybridSteps for KeepsUsedKemKeys {
    type Extra = ();

    fn forget(&self, half: &mut PostQuantum<()>, header: &KemHeader, mk: &Key) {
        half.skipped.insert((header.epoch, header.n), *mk);
    }
}

mutant! {
    InitiatorWithoutKem, "p52-initiator-without-kem", PostQuantum, Moderate,
    "Messages of the initiator are encrypted under the key of the classical half alone",
    killed by "recovery/hybrid-independence"
}

impl HybridSteps for InitiatorWithoutKem {
    type Extra = ();

    fn message_key(&self, classical: &Key, post_quantum: &Key, sender: Party, _: &Header) -> Key {
        match sender {
            Party::Initiator => message_key(classical, &Key::default()),
            Party::Responder => message_key(classical, post_quantum),
        }
    }
}

mutant! {
    KemAlone, "p53-kem-alone", PostQuantum, Moderate,
    "Messages are encrypted under the key of the post-quantum half alone",
    killed by "recovery/hybrid-independence", "recovery/healing-time", "model/random-schedule"
}

impl HybridSteps for KemAlone {
    type Extra = ();

    fn message_key(&self, _: &Key, post_quantum: &Key, _: Party, _: &Header) -> Key {
        message_key(&Key::default(), post_quantum)
    }
}

mutant! {
    LoadNotBound, "p54-load-not-bound", PostQuantum, Moderate,
    "The public key or ciphertext that a message carries is not authenticated",
    weakened in "forgery/bit-flips", "atomicity/failed-decrypt", "model/random-schedule"
}

impl HybridSteps for LoadNotBound {
    type Extra = ();

    fn concat(&self, ad: &[u8], header: &Header) -> Vec<u8> {
        let post_quantum = KemHeader { load: Load::Nothing, ..header.post_quantum };
        crypto::concat(ad, &Header { post_quantum, ..*header }.encode())
    }
}

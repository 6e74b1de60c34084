//! What a refusal says and leaves behind, and what the user is told of a message.

use rand_core::CryptoRng;
use sprag::Rejection;
use sprag_protocols::Steps;
use sprag_protocols::crypto::{Key, open, seal};
use sprag_protocols::double_ratchet::{Config, Header, State, Textbook};

use crate::mutant::mutant;

/// Longest plaintext that some of these take.
const LONGEST: usize = 60_000;

fn too_long() -> Rejection {
    Rejection::other("the plaintext is too long")
}

/// What a stream cipher makes of a message whose tag was not checked.
fn unchecked(mk: &Key, sealed: &[u8], ad: &[u8]) -> Vec<u8> {
    let keystream = seal(mk, ad, &vec![0; sealed.len().saturating_sub(16)]);
    sealed
        .iter()
        .zip(&keystream)
        .take(sealed.len().saturating_sub(16))
        .map(|(a, b)| a ^ b)
        .collect()
}

mutant! {
    OneFailureKills, "t08-one-failure-kills", Atomicity, Moderate,
    "After one message that does not authenticate nothing is opened any more",
    killed by "atomicity/failed-decrypt", "denial-of-service/junk", "model/random-schedule"
}

impl Steps for OneFailureKills {
    type Extra = bool;

    fn try_skipped_message_keys(&self, state: &State<bool>, header: &Header) -> Option<Key> {
        state.skipped.get(&(header.dh, header.n)).filter(|_| !state.extra)
    }

    fn check_replay(&self, state: &State<bool>, header: &Header) -> Result<(), Rejection> {
        if state.extra {
            return Err(Rejection::other("the session is closed"));
        }
        if !state.is_new_key(header) && header.n < state.nr {
            return Err(Rejection::replayed("message was opened before, or its key was evicted"));
        }
        Ok(())
    }

    fn discard(&self, state: &mut State<bool>, _draft: State<bool>) {
        state.extra = true;
    }
}

mutant! {
    RefusedEncryptionMovesChain, "t09-refused-encryption-moves-chain", Atomicity, Subtle,
    "A plaintext that is too long is refused after the chain has moved, but not its number",
    killed by "atomicity/failed-encrypt"
}

impl Steps for RefusedEncryptionMovesChain {
    type Extra = ();

    fn ratchet_encrypt(
        &self,
        config: &Config,
        state: &mut State<()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        if plaintext.len() <= LONGEST {
            return Textbook.ratchet_encrypt(config, state, rng, ad, plaintext);
        }
        state.cks = state.cks.map(|cks| self.kdf_ck(&cks, state.ns).0);
        Err(too_long())
    }
}

mutant! {
    RefusedEncryptionTurnsBack, "t52-refused-encryption-turns-back", Atomicity, Subtle,
    "A plaintext that is too long puts the chain back to before the last message",
    killed by "atomicity/failed-encrypt"
}

impl Steps for RefusedEncryptionTurnsBack {
    /// Chain key and number before the last message.
    type Extra = Option<(Key, u32)>;

    fn ratchet_encrypt(
        &self,
        config: &Config,
        state: &mut State<Self::Extra>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        if plaintext.len() > LONGEST {
            if let Some((cks, ns)) = state.extra {
                (state.cks, state.ns) = (Some(cks), ns);
            }
            return Err(too_long());
        }
        let mut draft = state.draft();
        self.prepare_sending(config, &mut draft, rng)?;
        draft.extra = draft.cks.map(|cks| (cks, draft.ns));
        let (header, mk) = self.sending_key(&mut draft)?;
        let sealed = self.encrypt(&mk, plaintext, &self.concat(ad, &header));
        state.commit(draft, config.max_stored);
        Ok([header.encode(), sealed].concat())
    }
}

// RUSTSEC-2023-0096: the buffer holds the plaintext although the tag is wrong.
mutant! {
    ErrorCarriesPlaintext, "t11-error-carries-plaintext", Atomicity, Subtle,
    "The error for a wrong tag quotes what was decrypted",
    killed by "atomicity/failed-encrypt"
}

impl Steps for ErrorCarriesPlaintext {
    type Extra = ();

    fn decrypt(&self, mk: &Key, sealed: &[u8], ad: &[u8]) -> Result<Vec<u8>, Rejection> {
        open(mk, ad, sealed).map_err(|_| {
            let plaintext = unchecked(mk, sealed, ad);
            let quoted = String::from_utf8_lossy(&plaintext).into_owned();
            Rejection::forged(format!("wrong tag behind {quoted:?}"))
        })
    }
}

mutant! {
    StoredKeyErrorIsADump, "t51-stored-key-error-is-a-dump", Atomicity, Subtle,
    "The error for a bad copy of a skipped message shows its plaintext in hex",
    killed by "atomicity/failed-encrypt"
}

impl Steps for StoredKeyErrorIsADump {
    type Extra = ();

    fn ratchet_decrypt(
        &self,
        config: &Config,
        state: &mut State<()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let (header, sealed) = self.parse(message)?;
        let stored = self.try_skipped_message_keys(state, &header);
        let opened = Textbook.ratchet_decrypt(config, state, rng, ad, message);
        match (opened, stored) {
            (Err(rejection), Some(mk)) => {
                let dump = hex(&unchecked(&mk, sealed, &self.concat(ad, &header)));
                Err(Rejection::new(rejection.class, format!("{}: {dump}", rejection.detail)))
            }
            (opened, _) => opened,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

// guardyn pull request 216: the stored key was removed before the tag was checked.
mutant! {
    SlotBurnedInOldChain, "t50-slot-burned-in-old-chain", Atomicity, Subtle,
    "A bad copy of a skipped message of a chain that is over deletes its key",
    killed by "atomicity/skipped-slot", "atomicity/failed-decrypt"
}

impl Steps for SlotBurnedInOldChain {
    type Extra = ();

    fn ratchet_decrypt(
        &self,
        config: &Config,
        state: &mut State<()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let (header, _) = self.parse(message)?;
        let opened = Textbook.ratchet_decrypt(config, state, rng, ad, message);
        if opened.is_err() && state.is_new_key(&header) {
            state.skipped.remove(&(header.dh, header.n));
        }
        opened
    }
}

mutant! {
    ReportsPreviousCounter, "t19-reports-previous-counter", Atomicity, Subtle,
    "The user is told the length of the previous chain as the number of a message",
    killed by "order/exactly-once-index"
}

impl Steps for ReportsPreviousCounter {
    type Extra = ();

    fn reported_index(&self, header: &Header) -> u32 {
        header.pn
    }
}

mutant! {
    ReportsTwoBits, "t53-reports-two-bits", Atomicity, Subtle,
    "The user is told the lowest two bits of the number of a message",
    killed by "order/exactly-once-index"
}

impl Steps for ReportsTwoBits {
    type Extra = ();

    fn reported_index(&self, header: &Header) -> u32 {
        header.n & 3
    }
}

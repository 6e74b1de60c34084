//! Bugs of header encryption: a header that is found under the wrong key, or belongs to no message.

use std::mem;

use rand_core::CryptoRng;
use sprag::{Party, Rejection};
use sprag_protocols::crypto::{Key, NONCE_LENGTH, TAG_LENGTH, concat, seal_static};
use sprag_protocols::double_ratchet::{Header, MAX_STORED};
use sprag_protocols::header_encrypted::{
    EncryptedHeader, HeaderKey, HeaderSteps, MessageName, State,
};

use crate::mutant::mutant;

mutant! {
    HeaderKeysSwapped, "a16-header-keys-swapped", Atomicity, Subtle,
    "The initiator swaps its next header keys at a step that finds messages of the old chain missing",
    killed by "forgery/header-encryption", "order/immediate-decryption", "model/random-schedule"
}

impl HeaderSteps for HeaderKeysSwapped {
    type Extra = ();

    fn dh_ratchet(
        &self,
        state: &mut State<()>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        self.skip_message_keys(state, header.pn);
        // A draft holds the keys skipped by this call.
        let some_missing = !state.skipped.is_empty();
        self.receiving_half(state, header)?;
        self.sending_half(state, rng)?;
        if some_missing && state.party == Party::Initiator {
            mem::swap(&mut state.nhks, &mut state.nhkr);
        }
        Ok(())
    }
}

mutant! {
    HeaderNotBoundToBody, "a60-header-not-bound-to-body", Forgery, Subtle,
    "The encrypted header is authenticated by itself, but not with the body",
    weakened in "forgery/header-encryption"
}

impl HeaderSteps for HeaderNotBoundToBody {
    type Extra = ();

    fn concat(&self, ad: &[u8], _enc_header: &[u8]) -> Vec<u8> {
        concat(ad, &[])
    }
}

mutant! {
    HeaderNotAuthenticated, "a61-header-not-authenticated", Forgery, Moderate,
    "A header is right if its numbers are small, and is not authenticated with the body either",
    weakened in "forgery/bit-flips", "forgery/header-encryption"
}

impl HeaderSteps for HeaderNotAuthenticated {
    type Extra = ();

    fn hdecrypt(&self, hk: &HeaderKey, enc_header: &EncryptedHeader) -> Option<Header> {
        let (nonce, sealed) = enc_header.split_first_chunk::<NONCE_LENGTH>()?;
        let (ciphertext, _) = sealed.split_last_chunk::<TAG_LENGTH>()?;
        // The cipher is a keystream, so that encrypting decrypts.
        let mut plain = seal_static(hk, *nonce, &[], ciphertext);
        plain.truncate(ciphertext.len());
        let (header, _) = Header::decode(&plain, 0).ok()?;
        (header.pn.max(header.n) < 1 << 16).then_some(header)
    }

    fn concat(&self, ad: &[u8], _enc_header: &[u8]) -> Vec<u8> {
        concat(ad, &[])
    }
}

mutant! {
    OldHeaderKeysKept, "d11-old-header-keys-kept", DenialOfService, Subtle,
    "One key too many is stored of each chain that ends, so that its header key is tried for ever",
    killed by "forgery/header-encryption"
}

impl HeaderSteps for OldHeaderKeysKept {
    type Extra = ();

    fn dh_ratchet(
        &self,
        state: &mut State<()>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        self.skip_message_keys(state, header.pn.saturating_add(1));
        self.receiving_half(state, header)?;
        self.sending_half(state, rng)
    }
}

mutant! {
    SkippedKeyByNumber, "t60-skipped-key-by-number", Atomicity, Subtle,
    "A skipped key is looked up by the number of its message, whatever chain it is of",
    killed by "forgery/header-encryption", "order/immediate-decryption", "model/random-schedule"
}

impl HeaderSteps for SkippedKeyByNumber {
    type Extra = ();

    fn skipped_key(&self, state: &State<()>, name: &MessageName) -> Option<Key> {
        state.skipped.iter().find(|((_, n), _)| *n == name.1).map(|(_, mk)| mk)
    }
}

mutant! {
    HeaderIsEnough, "t61-header-is-enough", Atomicity, Moderate,
    "A message whose header opens moves the ratchet before its body is checked",
    killed by "forgery/header-encryption", "atomicity/failed-decrypt", "model/random-schedule"
}

impl HeaderSteps for HeaderIsEnough {
    type Extra = ();

    fn discard(&self, state: &mut State<()>, draft: State<()>) {
        state.commit(draft, MAX_STORED);
    }
}

mutant! {
    FixedHeaderNonce, "x05-fixed-header-nonce", Randomness, Moderate,
    "Every header is encrypted with the same nonce",
    killed by "forgery/header-encryption"
}

impl HeaderSteps for FixedHeaderNonce {
    type Extra = ();

    fn header_nonce(&self, _state: &State<()>, _rng: &mut dyn CryptoRng) -> [u8; NONCE_LENGTH] {
        [0; NONCE_LENGTH]
    }
}

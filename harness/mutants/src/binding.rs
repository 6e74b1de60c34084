//! What a message says of itself, or a session of its parties, is not bound.

use rand_core::CryptoRng;
use sprag::Rejection;
use sprag_protocols::Steps;
use sprag_protocols::crypto::{self, Key, KeyPair, PublicKey, TAG_LENGTH, concat, hmac_sha256};
use sprag_protocols::double_ratchet::{Config, HEADER_LENGTH, Header, MAX_STORED, State, VERSION};

use crate::mutant::mutant;

mutant! {
    NamesRunTogether, "a12-names-run-together", Forgery, Subtle,
    "The identities are bound one behind the other, without their lengths",
    killed by "forgery/identity-binding"
}

impl Steps for NamesRunTogether {
    type Extra = ();

    fn initial_root(&self, secret: &Key, initiator_id: &[u8], responder_id: &[u8]) -> Key {
        hmac_sha256(secret, &[initiator_id, responder_id].concat())
    }
}

mutant! {
    OneIdentityMissing, "a35-one-identity-missing", Forgery, Subtle,
    "The identity of the responder is not bound to the session",
    killed by "forgery/identity-binding"
}

impl Steps for OneIdentityMissing {
    type Extra = ();

    fn initial_root(&self, secret: &Key, initiator_id: &[u8], _responder_id: &[u8]) -> Key {
        hmac_sha256(secret, &concat(initiator_id, &[]))
    }
}

mutant! {
    NamesSorted, "a59-names-sorted", Forgery, Subtle,
    "The identities are bound in alphabetical order, so that nobody knows who began",
    killed by "forgery/identity-binding"
}

impl Steps for NamesSorted {
    type Extra = ();

    fn initial_root(&self, secret: &Key, initiator_id: &[u8], responder_id: &[u8]) -> Key {
        let (low, high) = if initiator_id < responder_id {
            (initiator_id, responder_id)
        } else {
            (responder_id, initiator_id)
        };
        hmac_sha256(secret, &concat(low, high))
    }
}

mutant! {
    KeyCheckedAfterCommit, "a19-key-checked-after-commit", Forgery, Subtle,
    "A ratchet key of low order is refused only when the step with it is done and kept",
    killed by "forgery/low-order-keys"
}

/// What everyone agrees on with a key of low order.
fn agreed_unchecked(pair: &KeyPair, public: &PublicKey) -> Key {
    crypto::x25519(pair, public).unwrap_or_default()
}

impl Steps for KeyCheckedAfterCommit {
    type Extra = ();

    fn dh(&self, dh_pair: &KeyPair, dh_pub: &PublicKey) -> Result<Key, Rejection> {
        Ok(agreed_unchecked(dh_pair, dh_pub))
    }

    fn discard(&self, state: &mut State<()>, draft: State<()>) {
        let anyone = KeyPair::from(Key([1; 32]));
        if draft.dhr.is_some_and(|key| crypto::x25519(&anyone, &key).is_err()) {
            state.commit(draft, MAX_STORED);
        }
    }
}

mutant! {
    HighBitMasked, "a57-high-bit-masked", Forgery, Moderate,
    "Bit 255 of a ratchet key is cleared before anything looks at it, the tag included",
    weakened in "forgery/low-order-keys", "forgery/bit-flips"
}

impl Steps for HighBitMasked {
    type Extra = ();

    fn parse<'m>(&self, message: &'m [u8]) -> Result<(Header, &'m [u8]), Rejection> {
        let (mut header, body) = Header::decode(message, TAG_LENGTH)?;
        header.dh.0[31] &= 0x7f;
        Ok((header, body))
    }
}

mutant! {
    TypeIgnored, "a20-type-ignored", Forgery, Moderate,
    "The byte that says what a message is, and of which version, is ignored",
    weakened in "forgery/type-and-version", "forgery/header-fields", "forgery/bit-flips"
}

impl Steps for TypeIgnored {
    type Extra = ();

    fn parse<'m>(&self, message: &'m [u8]) -> Result<(Header, &'m [u8]), Rejection> {
        parse_from(message, 1)
    }
}

/// Parses a message whose first `skipped` bytes stand for the version.
fn parse_from(message: &[u8], skipped: usize) -> Result<(Header, &[u8]), Rejection> {
    let short = || Rejection::malformed("message too short");
    let rest = message.get(skipped..).ok_or_else(short)?;
    let copy = [&[VERSION], rest].concat();
    let (header, _) = Header::decode(&copy, TAG_LENGTH)?;
    Ok((header, rest.get(HEADER_LENGTH - 1..).ok_or_else(short)?))
}

mutant! {
    LongIntegers, "a32-long-integers", Forgery, Subtle,
    "The version may be written longer than needed, and the tag is over the short form",
    weakened in "forgery/malleable-encodings"
}

impl Steps for LongIntegers {
    type Extra = ();

    fn parse<'m>(&self, message: &'m [u8]) -> Result<(Header, &'m [u8]), Rejection> {
        const LONG: [u8; 2] = [VERSION | 0x80, 0];
        if message.starts_with(&LONG) {
            parse_from(message, LONG.len())
        } else {
            Header::decode(message, TAG_LENGTH)
        }
    }
}

mutant! {
    LowerVersionSticks, "a21-lower-version-sticks", Forgery, Moderate,
    "A message of a lower version is accepted, and answered in that version from then on",
    killed by "forgery/type-and-version", "forgery/header-fields"
}

/// Mark on the `pn` of a header that came in the lower version.
const LOWER: u32 = 1 << 31;

impl Steps for LowerVersionSticks {
    /// Whether the lower version is spoken.
    type Extra = bool;

    fn parse<'m>(&self, message: &'m [u8]) -> Result<(Header, &'m [u8]), Rejection> {
        if message.first() != Some(&(VERSION - 1)) {
            return Header::decode(message, TAG_LENGTH);
        }
        let (header, body) = parse_from(message, 1)?;
        Ok((Header { pn: header.pn | LOWER, ..header }, body))
    }

    fn concat(&self, ad: &[u8], header: &Header) -> Vec<u8> {
        concat(ad, &Header { pn: header.pn & !LOWER, ..*header }.encode())
    }

    fn forget(&self, state: &mut State<bool>, header: &Header, _mk: &Key) {
        state.extra |= header.pn & LOWER != 0;
        state.skipped.remove(&(header.dh, header.n));
    }

    fn ratchet_encrypt(
        &self,
        config: &Config,
        state: &mut State<bool>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let mut draft = state.draft();
        self.prepare_sending(config, &mut draft, rng)?;
        let (header, mk) = self.sending_key(&mut draft)?;
        let sealed = self.encrypt(&mk, plaintext, &self.concat(ad, &header));
        state.commit(draft, config.max_stored);
        let mut message = [header.encode(), sealed].concat();
        message[0] -= u8::from(state.extra);
        Ok(message)
    }
}

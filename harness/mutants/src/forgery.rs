//! What nobody sent is accepted.

use sprag::{Party, Rejection};
use sprag_protocols::Steps;
use sprag_protocols::crypto::{Key, TAG_LENGTH, concat, hmac_sha256, seal};
use sprag_protocols::double_ratchet::Header;
use sprag_protocols::static_key::StaticSteps;
use sprag_protocols::symmetric::SymmetricSteps;

use crate::mutant::mutant;

/// Decrypts, and leaves the comparison of the tags, the right one first, to `matches`. The cipher is a keystream, so
/// that encrypting decrypts.
fn open_if(
    mk: &Key,
    ad: &[u8],
    sealed: &[u8],
    matches: impl FnOnce(&[u8], &[u8]) -> bool,
) -> Result<Vec<u8>, Rejection> {
    let (ciphertext, tag) = sealed.split_at(sealed.len().saturating_sub(TAG_LENGTH));
    let mut plaintext = seal(mk, ad, ciphertext);
    plaintext.truncate(ciphertext.len());
    let right = seal(mk, ad, &plaintext).split_off(ciphertext.len());
    if matches(&right, tag) { Ok(plaintext) } else { Err(Rejection::forged("tag does not match")) }
}

mutant! {
    AnyTag, "a01-any-tag", Forgery, Trivial,
    "Every tag is accepted",
    killed by "forgery/bit-flips", "forgery/effective-tag-length"
}

impl Steps for AnyTag {
    type Extra = ();

    fn decrypt(&self, mk: &Key, sealed: &[u8], ad: &[u8]) -> Result<Vec<u8>, Rejection> {
        open_if(mk, ad, sealed, |_, _| true)
    }
}

mutant! {
    TagWithItself, "a02-tag-with-itself", Forgery, Trivial,
    "The tag that came is compared with a copy of itself",
    killed by "forgery/bit-flips", "forgery/effective-tag-length"
}

impl Steps for TagWithItself {
    type Extra = ();

    fn decrypt(&self, mk: &Key, sealed: &[u8], ad: &[u8]) -> Result<Vec<u8>, Rejection> {
        open_if(mk, ad, sealed, |right, tag| {
            let mut computed = right.to_vec();
            computed.clear();
            computed.extend(tag);
            computed == tag
        })
    }
}

mutant! {
    EightTagBytes, "a03-eight-tag-bytes", Forgery, Moderate,
    "Only the first eight bytes of the tag are compared",
    weakened in "forgery/effective-tag-length", "forgery/bit-flips"
}

impl Steps for EightTagBytes {
    type Extra = ();

    fn decrypt(&self, mk: &Key, sealed: &[u8], ad: &[u8]) -> Result<Vec<u8>, Rejection> {
        open_if(mk, ad, sealed, |right, tag| right[..8] == tag[..8])
    }
}

mutant! {
    OneTagByte, "a04-one-tag-byte", Forgery, Moderate,
    "Only the first byte of the tag is compared",
    killed by "forgery/bit-flips", "forgery/effective-tag-length"
}

impl Steps for OneTagByte {
    type Extra = ();

    fn decrypt(&self, mk: &Key, sealed: &[u8], ad: &[u8]) -> Result<Vec<u8>, Rejection> {
        open_if(mk, ad, sealed, |right, tag| right[0] == tag[0])
    }
}

mutant! {
    ShortTags, "a07-short-tags", Forgery, Moderate,
    "Tags are compared as far as both go, so that an empty one is right",
    killed by "forgery/bit-flips", "forgery/effective-tag-length"
}

impl Steps for ShortTags {
    type Extra = ();

    fn parse<'m>(&self, message: &'m [u8]) -> Result<(Header, &'m [u8]), Rejection> {
        Header::decode(message, 0)
    }

    fn decrypt(&self, mk: &Key, sealed: &[u8], ad: &[u8]) -> Result<Vec<u8>, Rejection> {
        open_if(mk, ad, sealed, |right, tag| right.iter().zip(tag).all(|(a, b)| a == b))
    }
}

mutant! {
    IgnoresAssociatedData, "a08-ignores-associated-data", Forgery, Moderate,
    "The associated data of the caller is not authenticated",
    killed by "forgery/associated-data"
}

impl Steps for IgnoresAssociatedData {
    type Extra = ();

    fn concat(&self, _ad: &[u8], header: &Header) -> Vec<u8> {
        concat(&[], &header.encode())
    }
}

mutant! {
    HeaderNotBound, "a09-header-not-bound", Forgery, Moderate,
    "The header is not authenticated: the length of the previous chain can be changed",
    killed by "forgery/header-fields", "forgery/low-order-keys", "forgery/bit-flips"
}

impl Steps for HeaderNotBound {
    type Extra = ();

    fn concat(&self, ad: &[u8], _header: &Header) -> Vec<u8> {
        concat(ad, &[])
    }
}

mutant! {
    SameChainBothWays, "a15-same-chain-both-ways", Forgery, Moderate,
    "Both directions of a symmetric ratchet start from the same chain key",
    killed by "forgery/reflection"
}

impl SymmetricSteps for SameChainBothWays {
    fn chain(&self, sk: &Key, _sender: Party) -> Key {
        hmac_sha256(sk, b"both")
    }
}

mutant! {
    SameKeyInAllSessions, "a26-same-key-in-all-sessions", Forgery, Moderate,
    "The chains of a symmetric ratchet do not depend on the key of the session",
    killed by "forgery/splicing"
}

impl SymmetricSteps for SameKeyInAllSessions {
    fn chain(&self, _sk: &Key, sender: Party) -> Key {
        hmac_sha256(&Key::default(), sender.to_string().as_bytes())
    }
}

mutant! {
    DirectionNotBound, "a13-direction-not-bound", Forgery, Moderate,
    "A message under the static key is accepted by its own sender, though the profile denies it",
    killed by "forgery/reflection"
}

impl StaticSteps for DirectionNotBound {
    type Extra = ();

    fn concat(&self, _sender: Party, ad: &[u8]) -> Vec<u8> {
        concat(ad, &[])
    }
}

mutant! {
    StaticIgnoresAssociatedData, "a08-static-ignores-associated-data", Forgery, Moderate,
    "The associated data of a message under the static key is not authenticated",
    killed by "forgery/associated-data"
}

impl StaticSteps for StaticIgnoresAssociatedData {
    type Extra = ();

    fn concat(&self, sender: Party, _ad: &[u8]) -> Vec<u8> {
        sender.to_string().into_bytes()
    }
}

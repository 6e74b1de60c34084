//! Ciphers that let something show through, though every message authenticates.

use sprag::Rejection;
use sprag_protocols::Steps;
use sprag_protocols::crypto::{self, Key, TAG_LENGTH, hmac_sha256};

use crate::mutant::mutant;

/// `text` under a keystream that `change` has weakened, and a tag over it.
fn seal(mk: &Key, ad: &[u8], plaintext: &[u8], change: fn(&mut [u8])) -> Vec<u8> {
    let mut sealed = masked(mk, plaintext, change);
    let tag = tag(mk, ad, &sealed);
    sealed.extend(tag);
    sealed
}

fn open(mk: &Key, ad: &[u8], sealed: &[u8], change: fn(&mut [u8])) -> Result<Vec<u8>, Rejection> {
    let short = || Rejection::malformed("no tag");
    let (ciphertext, given) = sealed.split_last_chunk::<TAG_LENGTH>().ok_or_else(short)?;
    if tag(mk, ad, ciphertext) != *given {
        return Err(Rejection::forged("tag does not match"));
    }
    Ok(masked(mk, ciphertext, change))
}

fn masked(mk: &Key, text: &[u8], change: fn(&mut [u8])) -> Vec<u8> {
    let mut keystream = crypto::seal(mk, b"keystream", &vec![0; text.len()]);
    keystream.truncate(text.len());
    change(&mut keystream);
    text.iter().zip(keystream).map(|(text, key)| text ^ key).collect()
}

fn tag(mk: &Key, ad: &[u8], ciphertext: &[u8]) -> [u8; TAG_LENGTH] {
    let mac = hmac_sha256(mk, &crypto::concat(ad, ciphertext));
    std::array::from_fn(|at| mac.0[at])
}

fn seven_bits(keystream: &mut [u8]) {
    keystream.iter_mut().for_each(|byte| *byte &= 0x7f);
}

mutant! {
    SevenBitKeystream, "b91-seven-bit-keystream", Randomness, Subtle,
    "The keystream leaves the top bit of each byte as it is",
    weakened in "backdoor/ciphertext-statistics"
}

impl Steps for SevenBitKeystream {
    type Extra = ();

    fn encrypt(&self, mk: &Key, plaintext: &[u8], associated_data: &[u8]) -> Vec<u8> {
        seal(mk, associated_data, plaintext, seven_bits)
    }

    fn decrypt(
        &self,
        mk: &Key,
        sealed: &[u8],
        associated_data: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        open(mk, associated_data, sealed, seven_bits)
    }
}

fn one_block(keystream: &mut [u8]) {
    const BLOCK: usize = 64;
    for at in BLOCK..keystream.len() {
        keystream[at] = keystream[at - BLOCK];
    }
}

mutant! {
    OneBlockOfKeystream, "b92-one-block-of-keystream", Randomness, Subtle,
    "The block counter of the cipher stands still: each message has one block of keystream, again and again",
    weakened in "backdoor/ciphertext-statistics"
}

impl Steps for OneBlockOfKeystream {
    type Extra = ();

    fn encrypt(&self, mk: &Key, plaintext: &[u8], associated_data: &[u8]) -> Vec<u8> {
        seal(mk, associated_data, plaintext, one_block)
    }

    fn decrypt(
        &self,
        mk: &Key,
        sealed: &[u8],
        associated_data: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        open(mk, associated_data, sealed, one_block)
    }
}

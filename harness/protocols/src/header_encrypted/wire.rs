//! The message on the wire: nonce 24, encrypted header 57, ciphertext, tag 16. Nothing stands in clear but the nonce:
//! the version is the first byte of the header.

use sprag::{Field, Rejection};

use crate::crypto::{NONCE_LENGTH, TAG_LENGTH};
use crate::double_ratchet::HEADER_LENGTH;

/// Bytes of an encrypted header with its nonce.
pub const ENCRYPTED_HEADER_LENGTH: usize = NONCE_LENGTH + HEADER_LENGTH + TAG_LENGTH;

/// `enc_header` of the specification: nonce, encrypted header and its tag.
pub type EncryptedHeader = [u8; ENCRYPTED_HEADER_LENGTH];

/// Splits a message into encrypted header and body (ciphertext and tag).
pub(super) fn split(message: &[u8]) -> Result<(&EncryptedHeader, &[u8]), Rejection> {
    match message.split_first_chunk() {
        Some((header, body)) if body.len() >= TAG_LENGTH => Ok((header, body)),
        _ => Err(Rejection::malformed("message too short")),
    }
}

/// Where the fields of `message` are.
pub(super) fn fields(message: &[u8]) -> Result<Vec<Field>, Rejection> {
    let ciphertext = split(message)?.1.len() - TAG_LENGTH;
    Ok(vec![
        Field::new("nonce", 0, NONCE_LENGTH),
        Field::new("encrypted_header", NONCE_LENGTH, ENCRYPTED_HEADER_LENGTH - NONCE_LENGTH),
        Field::new("ciphertext", ENCRYPTED_HEADER_LENGTH, ciphertext),
        Field::new("tag", ENCRYPTED_HEADER_LENGTH + ciphertext, TAG_LENGTH),
    ])
}

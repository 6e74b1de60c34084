//! Findings, each with the library alone. A test that fails says that a version no longer shows its finding.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

use double_ratchet_2::ratchet::RatchetEncHeader;
// Links what getrandom's `custom` backend calls.
use sprag_rust_libraries_double_ratchet_2 as _;

/// SPRAG-F-0022: nothing but its message removes a stored key.
#[test]
fn keys_of_lost_messages_are_kept_without_a_bound() {
    let (mut bob, public) = RatchetEncHeader::init_bob([1; 32], [2; 32], [3; 32]);
    let mut alice = RatchetEncHeader::init_alice([1; 32], public, [2; 32], [3; 32]);
    let mut lost = Vec::new();
    for _ in 0..30 {
        lost.push(alice.ratchet_encrypt(b"lost on the way", b""));
        let (header, sealed, nonce) = alice.ratchet_encrypt(b"arrives", b"");
        assert_eq!(bob.ratchet_decrypt(&header, &sealed, &nonce, b""), b"arrives");
        let (header, sealed, nonce) = bob.ratchet_encrypt(b"an answer", b"");
        assert_eq!(alice.ratchet_decrypt(&header, &sealed, &nonce, b""), b"an answer");
    }
    let state = bob.export();
    for (header, sealed, nonce) in &lost {
        let mut thief = RatchetEncHeader::import(&state);
        assert_eq!(thief.ratchet_decrypt(header, sealed, nonce, b""), b"lost on the way");
    }
}

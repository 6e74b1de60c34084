//! Findings, each with the library alone. A test that fails says that a version no longer shows its finding.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

use nostr::base64::Engine as _;
use nostr::base64::engine::general_purpose::STANDARD;
use nostr::nips::nip44::v2::{ConversationKey, decrypt_to_bytes};
use nostr::{Keys, SecretKey};
use nostr_double_ratchet::{
    DevicePubkey, MessageEnvelope, ProtocolContext, Session, SessionState, UnixSeconds,
};
// Links what getrandom's `custom` backend calls.
use sprag_rust_libraries as _;
use vodozemac::megolm::{GroupSession, InboundGroupSession, MegolmMessage, SessionConfig};

const NOW: UnixSeconds = UnixSeconds(1_767_225_600);

/// Counts; ratchet keys need to differ, and no more.
struct Counting(u8);

impl rand_core_06::CryptoRng for Counting {}

impl rand_core_06::RngCore for Counting {
    fn next_u32(&mut self) -> u32 {
        0
    }

    fn next_u64(&mut self) -> u64 {
        0
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0 = self.0 % 200 + 1;
        bytes.fill(self.0);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core_06::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

fn public(secret: [u8; 32]) -> DevicePubkey {
    let keys = Keys::new(SecretKey::from_slice(&secret).unwrap());
    DevicePubkey::from_bytes(keys.public_key().to_bytes())
}

fn send(session: &mut Session, text: &str) -> MessageEnvelope {
    let plan = session.plan_send(text.as_bytes(), NOW).unwrap();
    session.apply_send(plan).envelope
}

fn receive(
    session: &mut Session,
    rng: &mut Counting,
    envelope: &MessageEnvelope,
) -> Option<String> {
    let plan = session.plan_receive(&mut ProtocolContext::new(NOW, rng), envelope).ok()?;
    String::from_utf8(session.apply_receive(plan).payload).ok()
}

fn stored(state: &SessionState) -> usize {
    state.skipped_keys.values().map(|entry| entry.message_keys.len()).sum()
}

/// SPRAG-F-0020: keys of messages that can no longer be opened stay in the state, and open them for a thief.
#[test]
fn nostr_keeps_keys_that_only_a_thief_can_use() {
    let mut rng = Counting(0);
    let ([ours, theirs], secret) = ([[201; 32], [202; 32]], [7; 32]);
    let mut context = ProtocolContext::new(NOW, &mut rng);
    let mut alice = Session::new_initiator(&mut context, public(theirs), ours, secret).unwrap();
    let mut bob = Session::new_responder(&mut context, public(ours), theirs, secret).unwrap();

    let mut lost = Vec::new();
    for round in 0..50 {
        lost.push(send(&mut alice, "lost on the way"));
        let message = send(&mut alice, "arrives");
        assert!(receive(&mut bob, &mut rng, &message).is_some(), "round {round}");
        let answer = send(&mut bob, "an answer");
        assert!(receive(&mut alice, &mut rng, &answer).is_some(), "round {round}");
    }

    // The key of the header is gone after two further chains, so only the last two lost messages open.
    let opens: Vec<usize> = (0..lost.len())
        .filter(|index| receive(&mut bob.clone(), &mut rng, &lost[*index]).is_some())
        .collect();
    assert_eq!(opens, [48, 49]);
    // The keys of all of them are kept.
    assert_eq!(stored(&bob.state), 50);
    // Who has the state and kept the first message reads it.
    let ciphertext = STANDARD.decode(&lost[0].ciphertext).unwrap();
    let read = bob
        .state
        .skipped_keys
        .values()
        .flat_map(|entry| entry.message_keys.values())
        .find_map(|key| decrypt_to_bytes(&ConversationKey::new(*key), &ciphertext).ok());
    assert_eq!(read.as_deref(), Some(&b"lost on the way"[..]));
}

/// SPRAG-F-0002, in Megolm: MAC and signature are checked over a new encoding of the message.
#[test]
fn megolm_opens_another_encoding_of_a_message() {
    let config = SessionConfig::version_1();
    let mut sender = GroupSession::new(config);
    let key = sender.session_key();
    let message = sender.encrypt("a text").to_bytes();
    assert_eq!(message[..3], [3, 0x08, 0], "version, and the index under its tag");
    let with_index = |index: &[u8]| [&message[..1], index, &message[3..]].concat();
    for index in [&[0x08, 0x80, 0x00][..], &[], &[0x08, 0x80, 0x80, 0x80, 0x80, 0x10]] {
        let changed = with_index(index);
        let mut recipient = InboundGroupSession::new(&key, config);
        let changed = MegolmMessage::from_bytes(&changed).unwrap();
        assert_eq!(recipient.decrypt(&changed).unwrap().plaintext, b"a text", "{index:02x?}");
    }
}

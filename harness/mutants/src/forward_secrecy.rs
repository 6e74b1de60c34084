//! Old messages stay readable.

use sprag::Rejection;
use sprag_protocols::Steps;
use sprag_protocols::crypto::{Key, hmac_sha256};
use sprag_protocols::double_ratchet::{Header, State};
use sprag_protocols::symmetric::{self, SymmetricSteps};

use crate::mutant::mutant;

mutant! {
    KeepsUsedKeys, "f01-keeps-used-keys", ForwardSecrecy, Trivial,
    "The key of an opened message stays among the skipped ones",
    killed by "forward-secrecy/consumed-key", "forgery/replay", "model/random-schedule"
}

impl Steps for KeepsUsedKeys {
    type Extra = ();

    fn forget(&self, state: &mut State<()>, header: &Header, mk: &Key) {
        state.skipped.insert((header.dh, header.n), *mk);
    }
}

mutant! {
    SendingChainStandsStill, "f02-chain-stands-still", ForwardSecrecy, Trivial,
    "The chain key is not advanced: all messages of a chain have one key",
    killed by "forward-secrecy/sender-side"
}

impl Steps for SendingChainStandsStill {
    type Extra = ();

    fn kdf_ck(&self, ck: &Key, _n: u32) -> (Key, Key) {
        (*ck, hmac_sha256(ck, &[1]))
    }
}

mutant! {
    NoChain, "f07-no-chain", ForwardSecrecy, Moderate,
    "Message keys follow from the start of the chain and the counter, which is not restored",
    killed by "forgery/replay", "forward-secrecy/consumed-key", "persistence/round-trip"
}

impl Steps for NoChain {
    type Extra = ();

    fn kdf_ck(&self, ck: &Key, n: u32) -> (Key, Key) {
        (*ck, hmac_sha256(ck, &n.to_be_bytes()))
    }

    fn restored(&self, saved: State<()>) -> Result<State<()>, Rejection> {
        Ok(State { nr: 0, ..saved })
    }
}

mutant! {
    ReceivingChainStandsStill, "f14-receiving-chain-stands-still", ForwardSecrecy, Moderate,
    "The receiver of a symmetric ratchet starts from the first chain key each time",
    killed by "forward-secrecy/consumed-key", "forgery/replay", "model/random-schedule"
}

impl SymmetricSteps for ReceivingChainStandsStill {
    fn advance(&self, _state: &mut symmetric::State, _ckr: Key, _n: u32) {}
}

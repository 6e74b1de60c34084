//! Both ends make the same mistake: everything opens, and nothing is as specified.

use rand_core::CryptoRng;
use sprag::Rejection;
use sprag_protocols::Steps;
use sprag_protocols::crypto::{Key, hmac_sha256};
use sprag_protocols::double_ratchet::{Header, State, kdf_ck, kdf_rk};

use crate::mutant::mutant;

/// The `info` of the specified root.
const ROOT_INFO: &[u8] = b"sprag double ratchet root";

mutant! {
    WrongLabel, "a38-wrong-label", Specification, Subtle,
    "The root key is derived under another label than the specified one",
    killed by "differential/reference"
}

impl Steps for WrongLabel {
    type Extra = ();

    fn kdf_rk(&self, rk: &Key, dh_out: &Key) -> (Key, Key) {
        kdf_rk(rk, dh_out, b"sprag double ratchet root\0")
    }
}

mutant! {
    ChainRunsBackwards, "f08-chain-runs-backwards", Specification, Moderate,
    "The next chain key is the last one xor a constant, so that earlier keys follow from later ones",
    killed by "differential/reference"
}

impl Steps for ChainRunsBackwards {
    type Extra = ();

    fn kdf_ck(&self, ck: &Key, n: u32) -> (Key, Key) {
        // Only with the number in it do the keys of a chain differ.
        let step = hmac_sha256(&Key::default(), &n.to_be_bytes());
        let next = Key(std::array::from_fn(|at| ck.0[at] ^ step.0[at]));
        (next, hmac_sha256(ck, &[1]))
    }
}

mutant! {
    OneByteOfDh, "p10-one-byte-of-dh", Specification, Subtle,
    "Only the first byte of the Diffie–Hellman value goes into the root key",
    killed by "differential/reference"
}

impl Steps for OneByteOfDh {
    type Extra = ();

    fn kdf_rk(&self, rk: &Key, dh_out: &Key) -> (Key, Key) {
        let mut short = Key::default();
        short.0[0] = dh_out.0[0];
        kdf_rk(rk, &short, ROOT_INFO)
    }
}

mutant! {
    PublicKeyForDh, "p11-public-key-for-dh", Specification, Subtle,
    "The sender's public key goes into the root key where the Diffie–Hellman value should",
    killed by "differential/reference"
}

impl Steps for PublicKeyForDh {
    type Extra = ();

    fn receiving_half(&self, state: &mut State<()>, header: &Header) -> Result<(), Rejection> {
        if state.dhs.is_none() {
            return Err(Rejection::forged("ratchet key out of turn"));
        }
        let (rk, ckr) = self.kdf_rk(&state.rk, &header.dh);
        (state.rk, state.ckr, state.nr, state.dhr) = (rk, Some(ckr), 0, Some(header.dh));
        Ok(())
    }

    fn sending_half(
        &self,
        state: &mut State<()>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        let dhs = self.generate_dh(state, rng);
        let (rk, cks) = self.kdf_rk(&state.rk, &dhs.public);
        (state.pn, state.ns) = (state.ns, 0);
        (state.dhs, state.rk, state.cks) = (Some(dhs), rk, Some(cks));
        Ok(())
    }
}

mutant! {
    OneKeyTwoRoles, "a37-one-key-two-roles", Specification, Subtle,
    "The key of a message is also the chain key behind it",
    killed by "differential/reference"
}

impl Steps for OneKeyTwoRoles {
    type Extra = ();

    fn kdf_ck(&self, ck: &Key, _n: u32) -> (Key, Key) {
        let mk = hmac_sha256(ck, &[1]);
        (mk, mk)
    }
}

mutant! {
    FourthMessageApart, "a50-fourth-message-apart", Specification, Subtle,
    "The fourth message of a chain has its key by another constant",
    killed by "differential/reference"
}

impl Steps for FourthMessageApart {
    type Extra = ();

    fn kdf_ck(&self, ck: &Key, n: u32) -> (Key, Key) {
        let (next, mk) = kdf_ck(ck);
        (next, if n == 3 { hmac_sha256(ck, &[3]) } else { mk })
    }
}

mutant! {
    CounterLittleEndian, "a51-header-little-endian", Specification, Moderate,
    "The header is authenticated with its counters the wrong way round",
    killed by "differential/reference"
}

impl Steps for CounterLittleEndian {
    type Extra = ();

    fn concat(&self, ad: &[u8], header: &Header) -> Vec<u8> {
        let swapped = Header { pn: header.pn.swap_bytes(), n: header.n.swap_bytes(), ..*header };
        sprag_protocols::crypto::concat(ad, &swapped.encode())
    }
}

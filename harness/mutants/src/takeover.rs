//! Stolen keys reach further, or longer, than they should.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sprag::{KeyGeneration, Rejection};
use sprag_protocols::Steps;
use sprag_protocols::crypto::{
    Key, KeyPair, PublicKey, TAG_LENGTH, check_canonical, hmac_sha256, open,
};
use sprag_protocols::double_ratchet::{Config, Header, State};

use crate::mutant::mutant;

/// `RatchetDecrypt` as the textbook has it, for steps that do something besides.
fn textbook_decrypt<S: Steps>(
    steps: &S,
    config: &Config,
    state: &mut State<S::Extra>,
    rng: &mut dyn CryptoRng,
    ad: &[u8],
    message: &[u8],
) -> Result<(Header, Key, Vec<u8>), Rejection> {
    let (header, sealed) = steps.parse(message)?;
    check_canonical(&header.dh)?;
    let associated_data = steps.concat(ad, &header);
    if let Some(mk) = steps.try_skipped_message_keys(state, &header) {
        let plaintext = steps.decrypt(&mk, sealed, &associated_data)?;
        steps.forget(state, &header, &mk);
        return Ok((header, mk, plaintext));
    }
    steps.check_replay(state, &header)?;
    steps.check_limits(config, state, &header)?;
    let mut draft = state.draft();
    if draft.is_new_key(&header) {
        steps.dh_ratchet(config, &mut draft, &header, rng)?;
    }
    let mk = steps.receiving_key(&mut draft, &header)?;
    let plaintext = steps.decrypt(&mk, sealed, &associated_data)?;
    state.commit(draft, config.max_stored);
    steps.forget(state, &header, &mk);
    Ok((header, mk, plaintext))
}

mutant! {
    SecondRoot, "a50-second-root", Recovery, Subtle,
    "What does not open with the root key opens with the one before, in case the peer is late",
    killed by "active/hijack-window", "active/injection-after-healing", "active/fork-detection",
        "active/exposure-after-forgery"
}

impl Steps for SecondRoot {
    /// The root key before the last step of the peer, and the key that it answered.
    type Extra = Option<(Key, KeyPair)>;

    fn dh_ratchet(
        &self,
        config: &Config,
        state: &mut State<Self::Extra>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        let before = state.dhs.map(|dhs| (state.rk, dhs));
        self.skip_message_keys(state, header.pn);
        self.receiving_half(state, header)?;
        state.extra = before;
        if config.key_generation == KeyGeneration::Eager {
            return self.sending_half(state, rng);
        }
        (state.dhs, state.cks) = (None, None);
        Ok(())
    }

    fn ratchet_decrypt(
        &self,
        config: &Config,
        state: &mut State<Self::Extra>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        match textbook_decrypt(self, config, state, rng, ad, message) {
            Err(rejection) => {
                let Some((rk, dhs)) = state.extra else { return Err(rejection) };
                let mut late = State { rk, dhs: Some(dhs), ..state.clone() };
                let opened = textbook_decrypt(self, config, &mut late, rng, ad, message);
                let (_, _, plaintext) = opened.map_err(|_| rejection)?;
                *state = late;
                Ok(plaintext)
            }
            Ok((_, _, plaintext)) => Ok(plaintext),
        }
    }
}

mutant! {
    ResumesOldRoot, "p16-resumes-old-root", Recovery, Subtle,
    "An old ratchet key of the peer that is seen again brings back the state of that time",
    killed by "active/injection-after-healing", "forgery/old-chain"
}

/// What the receiver of a message had before it went on.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Past {
    dhr: PublicKey,
    dhs: Option<KeyPair>,
    rk: Key,
    cks: Option<Key>,
    ckr: Option<Key>,
    ns: u32,
    nr: u32,
    pn: u32,
}

impl Steps for ResumesOldRoot {
    type Extra = Vec<Past>;

    fn dh_ratchet(
        &self,
        _config: &Config,
        state: &mut State<Vec<Past>>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        if let Some(past) = state.extra.iter().find(|past| past.dhr == header.dh).cloned() {
            let Past { dhr, dhs, rk, cks, ckr, ns, nr, pn } = past;
            *state = State { dhr: Some(dhr), dhs, rk, cks, ckr, ns, nr, pn, ..state.clone() };
            return Ok(());
        }
        self.skip_message_keys(state, header.pn);
        if let Some(dhr) = state.dhr {
            let State { dhs, rk, cks, ckr, ns, nr, pn, .. } = *state;
            state.extra.push(Past { dhr, dhs, rk, cks, ckr, ns, nr, pn });
        }
        self.receiving_half(state, header)?;
        self.sending_half(state, rng)
    }
}

mutant! {
    KeepsEveryChain, "p25-keeps-every-chain", Forgery, Subtle,
    "The chain key of every old receiving chain is kept for ever, behind the announced end too",
    killed by "forgery/old-chain", "active/injection-after-healing"
}

/// Old receiving chains, and whether they are asked.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Chains {
    kept: Vec<(PublicKey, Key, u32)>,
    restored: bool,
}

/// Puts the chain of `header` in the place of the current one, if it is kept. Sending is not touched.
fn change_chain(state: &mut State<Chains>, header: &Header) -> bool {
    let Some(at) = state.extra.kept.iter().position(|(dhr, ..)| *dhr == header.dh) else {
        return false;
    };
    let (dhr, ckr, nr) = state.extra.kept.swap_remove(at);
    keep_chain(state);
    (state.dhr, state.ckr, state.nr) = (Some(dhr), Some(ckr), nr);
    true
}

fn keep_chain(state: &mut State<Chains>) {
    if let (Some(dhr), Some(ckr)) = (state.dhr, state.ckr) {
        state.extra.kept.push((dhr, ckr, state.nr));
    }
}

impl Steps for KeepsEveryChain {
    type Extra = Chains;

    fn dh_ratchet(
        &self,
        _config: &Config,
        state: &mut State<Chains>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        if change_chain(state, header) {
            return Ok(());
        }
        self.skip_message_keys(state, header.pn);
        keep_chain(state);
        self.receiving_half(state, header)?;
        self.sending_half(state, rng)
    }
}

mutant! {
    ChainsComeBack, "a53-chains-come-back", Forgery, Subtle,
    "Old receiving chains are saved with the rest, and are asked again after a restore",
    killed by "forgery/old-chain"
}

impl Steps for ChainsComeBack {
    type Extra = Chains;

    fn dh_ratchet(
        &self,
        _config: &Config,
        state: &mut State<Chains>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        if state.extra.restored && change_chain(state, header) {
            return Ok(());
        }
        self.skip_message_keys(state, header.pn);
        keep_chain(state);
        self.receiving_half(state, header)?;
        self.sending_half(state, rng)
    }

    fn restored(&self, mut saved: State<Chains>) -> Result<State<Chains>, Rejection> {
        saved.extra.restored = true;
        Ok(saved)
    }
}

mutant! {
    EveryChainAndEmptyUnchecked, "a90-every-chain-and-empty-unchecked", Forgery, Subtle,
    "Old receiving chains are kept for ever, and the tag of a message without ciphertext is not checked",
    killed by "forgery/old-chain", "forgery/bit-flips"
}

impl Steps for EveryChainAndEmptyUnchecked {
    type Extra = Chains;

    fn dh_ratchet(
        &self,
        config: &Config,
        state: &mut State<Chains>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        KeepsEveryChain.dh_ratchet(config, state, header, rng)
    }

    fn decrypt(&self, mk: &Key, sealed: &[u8], ad: &[u8]) -> Result<Vec<u8>, Rejection> {
        if sealed.len() == TAG_LENGTH { Ok(Vec::new()) } else { open(mk, ad, sealed) }
    }
}

mutant! {
    MessageKeyIsChainKey, "a37-message-key-is-chain-key", ForwardSecrecy, Subtle,
    "The key of a message is also the next chain key",
    killed by "forward-secrecy/sender-side", "forward-secrecy/consumed-key"
}

impl Steps for MessageKeyIsChainKey {
    type Extra = ();

    fn kdf_ck(&self, ck: &Key, _n: u32) -> (Key, Key) {
        let next = hmac_sha256(ck, &[2]);
        (next, next)
    }
}

mutant! {
    SenderKeepsKey, "a51-sender-keeps-key", ForwardSecrecy, Subtle,
    "The key of the message sent last is kept, to send it again",
    killed by "forward-secrecy/sender-side"
}

impl Steps for SenderKeepsKey {
    type Extra = Option<Key>;

    fn sending_key(&self, state: &mut State<Option<Key>>) -> Result<(Header, Key), Rejection> {
        let (Some(dhs), Some(cks)) = (state.dhs, state.cks) else {
            return Err(Rejection::not_yet("no sending chain"));
        };
        let header = Header { dh: dhs.public, pn: state.pn, n: state.ns };
        let (cks, mk) = self.kdf_ck(&cks, state.ns);
        (state.cks, state.ns, state.extra) = (Some(cks), state.ns + 1, Some(mk));
        Ok((header, mk))
    }
}

mutant! {
    HearsOwnChain, "a52-hears-own-chain", Forgery, Subtle,
    "What another copy of the session sends on its sending chain is taken for the peer's",
    killed by "active/impersonation"
}

/// Messages that the copy may be ahead.
const AHEAD: u32 = 16;

impl Steps for HearsOwnChain {
    type Extra = ();

    fn try_skipped_message_keys(&self, state: &State<()>, header: &Header) -> Option<Key> {
        let is_own = state.dhs.is_some_and(|dhs| dhs.public == header.dh);
        if is_own && (state.ns..state.ns.saturating_add(AHEAD)).contains(&header.n) {
            let (mut ck, mut mk) = self.kdf_ck(&state.cks?, state.ns);
            for n in state.ns..header.n {
                (ck, mk) = self.kdf_ck(&ck, n + 1);
            }
            return Some(mk);
        }
        state.skipped.get(&(header.dh, header.n))
    }
}

mutant! {
    ReplayByBytes, "a54-replay-by-bytes", Replay, Subtle,
    "Repeated messages are told by their bytes, and the keys of opened ones are kept",
    killed by "active/clone-detection", "active/injection-after-healing"
}

impl Steps for ReplayByBytes {
    /// Hashes of the messages that were opened.
    type Extra = Vec<Key>;

    fn forget(&self, state: &mut State<Vec<Key>>, header: &Header, mk: &Key) {
        state.skipped.insert((header.dh, header.n), *mk);
    }

    fn ratchet_decrypt(
        &self,
        config: &Config,
        state: &mut State<Vec<Key>>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let hash = hmac_sha256(&Key::default(), message);
        if state.extra.contains(&hash) {
            return Err(Rejection::replayed("message was opened before"));
        }
        let (_, _, plaintext) = textbook_decrypt(self, config, state, rng, ad, message)?;
        state.extra.push(hash);
        Ok(plaintext)
    }
}

mutant! {
    LateForgeryResumes, "a55-late-forgery-resumes", Recovery, Subtle,
    "A message behind the end of an old chain is refused as late, and answered from the state of that time all the same",
    killed by "active/chosen-ciphertexts"
}

/// For each old receiving chain: its ratchet key, the root key behind its step, its chain key and next number.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Archive {
    root: Option<Key>,
    chains: Vec<(PublicKey, Key, Key, u32)>,
}

impl Steps for LateForgeryResumes {
    type Extra = Archive;

    fn dh_ratchet(
        &self,
        _config: &Config,
        state: &mut State<Archive>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        self.skip_message_keys(state, header.pn);
        if let (Some(dhr), Some(root), Some(ckr)) = (state.dhr, state.extra.root, state.ckr) {
            state.extra.chains.push((dhr, root, ckr, state.nr));
        }
        self.receiving_half(state, header)?;
        state.extra.root = Some(state.rk);
        self.sending_half(state, rng)
    }

    fn ratchet_decrypt(
        &self,
        config: &Config,
        state: &mut State<Archive>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let (header, sealed) = self.parse(message)?;
        let old = state.extra.chains.iter().find(|chain| chain.0 == header.dh).copied();
        if let Some((dhr, rk, mut ckr, nr)) = old
            && (nr..nr.saturating_add(AHEAD)).contains(&header.n)
        {
            let mut mk = Key::default();
            for n in nr..=header.n {
                (ckr, mk) = self.kdf_ck(&ckr, n);
            }
            if self.decrypt(&mk, sealed, &self.concat(ad, &header)).is_ok() {
                (state.dhr, state.rk) = (Some(dhr), rk);
                self.sending_half(state, rng)?;
                return Err(Rejection::replayed("the chain of this message is over"));
            }
        }
        textbook_decrypt(self, config, state, rng, ad, message).map(|(_, _, plaintext)| plaintext)
    }
}

//! Skipped keys that are kept for a limited time, with the time counted wrongly.

use rand_core::CryptoRng;
use sprag::Rejection;
use sprag_protocols::double_ratchet::{Config, MessageName, State};
use sprag_protocols::{Steps, Textbook};

use crate::mutant::mutant;

mutant! {
    AgeResetsOnImport, "f21-age-resets-on-import", ForwardSecrecy, Subtle,
    "A restored session takes each stored key for a new one",
    killed by "profile/describes-this-ratchet", "model/random-schedule"
}

impl Steps for AgeResetsOnImport {
    type Extra = ();

    fn restored(&self, mut saved: State<()>) -> Result<State<()>, Rejection> {
        if let Some(ages) = &mut saved.ages {
            ages.stored_at.iter_mut().for_each(|(_, at)| *at = ages.now);
        }
        Ok(saved)
    }
}

mutant! {
    AgeBySender, "f22-age-by-sender", ForwardSecrecy, Moderate,
    "The age of a stored key counts from when the message that skipped it was sent, by the clock of its sender",
    killed by "profile/describes-this-ratchet", "model/random-schedule"
}

impl Steps for AgeBySender {
    type Extra = ();

    fn ratchet_encrypt(
        &self,
        config: &Config,
        state: &mut State<()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let now = state.ages.as_ref().map_or(0, |ages| ages.now);
        let dated = [&now.to_be_bytes()[..], plaintext].concat();
        Textbook.ratchet_encrypt(config, state, rng, ad, &dated)
    }

    fn ratchet_decrypt(
        &self,
        config: &Config,
        state: &mut State<()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let known: Vec<MessageName> = state.skipped.iter().map(|(name, _)| *name).collect();
        let dated = Textbook.ratchet_decrypt(config, state, rng, ad, message)?;
        let no_date = || Rejection::malformed("no date");
        let (sent, plaintext) = dated.split_first_chunk().ok_or_else(no_date)?;
        for (name, at) in state.ages.iter_mut().flat_map(|ages| &mut ages.stored_at) {
            if !known.contains(name) {
                *at = u64::from_be_bytes(*sent);
            }
        }
        Ok(plaintext.to_vec())
    }
}

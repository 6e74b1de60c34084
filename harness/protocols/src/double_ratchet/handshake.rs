//! How two textbook Double Ratchets open a session with each other: one Diffie–Hellman value of fresh keys. It
//! authenticates nobody, and is here so that ratchets can be paired, not as a key agreement to use.

use rand_core::CryptoRng;
use sprag::{Begun, Kept, KeyGeneration, Offer, Party, Rejection};

use super::{Ages, DoubleRatchet, State, Steps};
use crate::crypto::{Key, KeyPair, PublicKey};

impl<S: Steps> DoubleRatchet<S> {
    /// The responder's first ratchet key.
    pub(super) fn offered(rng: &mut dyn CryptoRng) -> Offer {
        let prekey = KeyPair::from(Key::random(rng));
        Offer { bundle: prekey.public.0.to_vec(), kept: Kept::new(prekey) }
    }

    /// The opening is a public key, from which the responder finds the secret.
    pub(super) fn begun(
        &self,
        rng: &mut dyn CryptoRng,
        bundle: &[u8],
    ) -> Result<Begun<State<S::Extra>>, Rejection> {
        let prekey = PublicKey::try_from(bundle)?;
        let own = KeyPair::from(Key::random(rng));
        let secret = self.steps.dh(&own, &prekey)?;
        let root = self.steps.initial_root(&secret, b"", b"");
        let mut session = self.first_state_of(Party::Initiator, &secret, root);
        session.dhr = Some(prekey);
        if self.config.key_generation == KeyGeneration::Eager {
            self.steps.sending_half(&mut session, rng)?;
        }
        Ok(Begun { session, opening: own.public.0.to_vec(), opened: false })
    }

    pub(super) fn accepted(
        &self,
        kept: Kept,
        opening: &[u8],
    ) -> Result<State<S::Extra>, Rejection> {
        let prekey: KeyPair = kept.take()?;
        let secret = self.steps.dh(&prekey, &PublicKey::try_from(opening)?)?;
        let root = self.steps.initial_root(&secret, b"", b"");
        let mut session = self.first_state_of(Party::Responder, &secret, root);
        session.dhs = Some(prekey);
        Ok(session)
    }

    /// The state of a party before the first key of either.
    pub(super) fn first_state_of(&self, party: Party, secret: &Key, root: Key) -> State<S::Extra> {
        let mut state = self.steps.first_state(party, secret, root);
        state.ages = self.config.stored_seconds.map(|_| Ages::default());
        state
    }
}

//! The claims of two ratchets that talk to each other.

use super::{ClosingGap, DoubleRatchet, Family, KeyGeneration, Limits, Profile, ProfileError};
use crate::Party;

impl Profile {
    /// What can be asked of conversations between two ratchets, all their limits known. Each end is held to its own claims
    /// where the ideal says what it opens and gives away ([`Profile::ends`]); all else is what both claim.
    ///
    /// # Errors
    /// If they are of two families, or no conversation could keep to what both claim; the field is named.
    pub fn of_both(initiator: &Self, responder: &Self) -> Result<Self, ProfileError> {
        let (one, other) = (initiator, responder);
        let differs = |field| Err(ProfileError::EndsDiffer { field });
        let (family, ends) = match (&one.family, &other.family) {
            (same, of_other) if same == of_other => (same.clone(), None),
            (Family::DoubleRatchet(one), Family::DoubleRatchet(other)) => {
                let ends = Box::new([one.clone(), other.clone()]);
                (Family::DoubleRatchet(common(one, other)), Some(ends))
            }
            _ => return differs("family"),
        };
        if one.responder_start != other.responder_start {
            return differs("responder_start");
        }
        if one.ordering != other.ordering {
            return differs("ordering");
        }
        if one.aborts_on_forgery != other.aborts_on_forgery {
            return differs("aborts_on_forgery");
        }
        let mut envelope = one.envelope.clone();
        envelope.extend(other.envelope.iter().filter(|name| !one.envelope.contains(name)).cloned());
        let (min_plaintext, max_plaintext) = (
            one.min_plaintext.max(other.min_plaintext),
            least(one.max_plaintext, other.max_plaintext),
        );
        if min_plaintext.zip(max_plaintext).is_some_and(|(least, most)| least > most) {
            return differs("min_plaintext");
        }
        Ok(Self {
            family,
            ends,
            envelope,
            max_plaintext,
            min_plaintext,
            expansion: one.expansion.filter(|_| one.expansion == other.expansion),
            integrity: one.integrity && other.integrity,
            key_commitment: one.key_commitment && other.key_commitment,
            responder_start: one.responder_start,
            ordering: one.ordering,
            aborts_on_forgery: one.aborts_on_forgery,
        })
    }

    /// As [`Profile::double_ratchet_claims`], those of one end.
    #[must_use]
    pub fn claims_of(&self, end: Party) -> Option<&DoubleRatchet> {
        match &self.ends {
            Some(ends) => Some(&ends[end.index()]),
            None => self.double_ratchet_claims(),
        }
    }
}

/// What conversations have to keep to so that both ends can follow, and how long secrets may live at either.
fn common(one: &DoubleRatchet, other: &DoubleRatchet) -> DoubleRatchet {
    let lazy = [one, other].iter().any(|end| end.key_generation == KeyGeneration::Lazy);
    DoubleRatchet {
        key_generation: if lazy { KeyGeneration::Lazy } else { KeyGeneration::Eager },
        limits: Limits {
            max_skip: least(one.limits.max_skip, other.limits.max_skip),
            max_stored: least(one.limits.max_stored, other.limits.max_stored),
            stored_seconds: least(one.limits.stored_seconds, other.limits.stored_seconds),
            ..one.limits.clone()
        },
        retained_chains: one.retained_chains.max(other.retained_chains),
        closes_chains: one.closes_chains && other.closes_chains,
        closing_gap: match (one.closing_gap, other.closing_gap) {
            (ClosingGap::Forget, ClosingGap::Forget) => ClosingGap::Forget,
            _ => ClosingGap::default(),
        },
    }
}

/// The smaller of two limits; one that is not set does not count.
fn least(one: Option<u32>, other: Option<u32>) -> Option<u32> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (limit, None) | (None, limit) => limit,
    }
}

//! The JSON form of what a hybrid profile nests: its halves, each with the parameters of a Double Ratchet, and the pace
//! of the post-quantum one.

use serde::{Deserialize, Serialize};

use super::{
    ClosingGap, DoubleRatchet, HybridRatchet, KeyGeneration, Limits, PqRekey, ProfileError,
    StoredPer, WhenFull,
};

/// Post-quantum epochs after which a theft is healed, unless declared: the one under way, and one more.
const PQ_EPOCHS: u32 = 2;

/// The parameters of a Double Ratchet.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HalfFile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key_generation: Option<KeyGeneration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) max_skip: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) max_stored: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) stored_per: Option<StoredPer>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) when_full: Option<WhenFull>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) stored_seconds: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) retained_chains: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) closes_chains: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) closing_gap: Option<ClosingGap>,
}

/// The pace of the post-quantum half.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RekeyFile {
    messages: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    epochs: Option<u32>,
}

impl HalfFile {
    /// The checked form; `closes_chains` is what a fault calls that field.
    pub(super) fn claims(
        self,
        closes_chains_field: &'static str,
    ) -> Result<DoubleRatchet, ProfileError> {
        let retained_chains = self.retained_chains.unwrap_or(0);
        let closes_chains = self.closes_chains.unwrap_or(retained_chains == 0);
        if closes_chains && retained_chains > 0 {
            let field = closes_chains_field;
            return Err(ProfileError::ClosedAndRetained { field, retained_chains });
        }
        if self.closing_gap.is_some() && !closes_chains {
            return Err(ProfileError::NothingClosed);
        }
        if self.stored_seconds == Some(0) {
            return Err(ProfileError::StoredForNoTime);
        }
        let limits = Limits {
            max_skip: self.max_skip,
            max_stored: self.max_stored,
            stored_per: self.stored_per.unwrap_or_default(),
            when_full: self.when_full.unwrap_or_default(),
            stored_seconds: self.stored_seconds,
        };
        let key_generation = self.key_generation.unwrap_or(KeyGeneration::Eager);
        let closing_gap = self.closing_gap.unwrap_or_default();
        Ok(DoubleRatchet { key_generation, limits, retained_chains, closes_chains, closing_gap })
    }
}

impl From<DoubleRatchet> for HalfFile {
    fn from(claims: DoubleRatchet) -> Self {
        Self {
            key_generation: Some(claims.key_generation),
            max_skip: claims.limits.max_skip,
            max_stored: claims.limits.max_stored,
            stored_per: Some(claims.limits.stored_per),
            when_full: Some(claims.limits.when_full),
            stored_seconds: claims.limits.stored_seconds,
            retained_chains: Some(claims.retained_chains),
            closes_chains: Some(claims.closes_chains),
            closing_gap: shown(claims.closing_gap),
        }
    }
}

/// What every Double Ratchet is taken to do is not spelled out.
pub(super) fn shown(closing_gap: ClosingGap) -> Option<ClosingGap> {
    Some(closing_gap).filter(|gap| *gap != ClosingGap::default())
}

impl RekeyFile {
    fn claims(self) -> Result<PqRekey, ProfileError> {
        let epochs = self.epochs.unwrap_or(PQ_EPOCHS);
        for (field, value) in [("pq_rekey.messages", self.messages), ("pq_rekey.epochs", epochs)] {
            if value == 0 {
                return Err(ProfileError::Zero { field });
            }
        }
        Ok(PqRekey { messages: self.messages, epochs })
    }
}

impl From<PqRekey> for RekeyFile {
    fn from(rekey: PqRekey) -> Self {
        Self { messages: rekey.messages, epochs: Some(rekey.epochs) }
    }
}

/// The parameters of a hybrid ratchet. A half that is not given has the defaults of a Double Ratchet.
pub(super) fn hybrid(
    classical: Option<HalfFile>,
    post_quantum: Option<HalfFile>,
    pq_rekey: Option<RekeyFile>,
) -> Result<HybridRatchet, ProfileError> {
    Ok(HybridRatchet {
        classical: classical.unwrap_or_default().claims("classical.closes_chains")?,
        post_quantum: post_quantum.unwrap_or_default().claims("post_quantum.closes_chains")?,
        pq_rekey: pq_rekey.map(RekeyFile::claims).transpose()?,
    })
}

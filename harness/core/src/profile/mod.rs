//! What a ratchet claims: its family and the parameters that change what an ideal ratchet of it leaks.
//!
//! A profile never weakens a game silently: what is not claimed is still measured and reported `not-claimed`.

mod ends;
mod file;
mod halves;

use serde::{Deserialize, Serialize};

pub use file::ProfileError;

/// The claims of one ratchet. Written as JSON with `family` as its only required member.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "file::ProfileFile", into = "file::ProfileFile")]
pub struct Profile {
    /// The family, with its own parameters.
    pub family: Family,
    /// What initiator and responder claim, where they are two Double Ratchets of different claims; `family` is then what
    /// both keep to.
    pub ends: Option<Box<[DoubleRatchet; 2]>>,
    /// Whether the responder may send before it has received.
    pub responder_start: ResponderStart,
    /// Whether a message may overtake another.
    pub ordering: Ordering,
    /// Names of wire fields that the protocol leaves outside its authentication on purpose (the envelope
    /// of an Olm pre-key message). A change within them may be accepted with the same plaintext.
    pub envelope: Vec<String>,
    /// Plaintexts of up to so many bytes are accepted, in every state of a session. Where it is not declared
    /// it is measured; `None` then means that conversations never meet a limit.
    pub max_plaintext: Option<u32>,
    /// Plaintexts of fewer bytes are not accepted (NIP-44 has no empty one). Where it is not declared it is measured.
    pub min_plaintext: Option<u32>,
    /// Bytes that a message is longer than its plaintext, exactly and always.
    pub expansion: Option<u32>,
    /// Whether what nobody sent is refused. Without it forgeries are measured and `not-claimed`.
    pub integrity: bool,
    /// Whether a refused message ends the session of its recipient by design (as in TLS). That the session
    /// is over is then measured and `not-claimed`.
    pub aborts_on_forgery: bool,
    /// Whether the encryption of a message commits to its key, so that no ciphertext opens under two keys.
    pub key_commitment: bool,
}

/// The family of a ratchet: which ideal it is compared with.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Family {
    /// Chains per direction change; the root mixes a fresh Diffie–Hellman value each time.
    DoubleRatchet(DoubleRatchet),
    /// A message key needs both a classical and a post-quantum chain.
    HybridRatchet(HybridRatchet),
    /// One-way chains that never heal.
    SymmetricRatchet(SymmetricRatchet),
    /// One key per period, Diffie–Hellman between periods.
    PeriodicRekey(PeriodicRekey),
    /// One key, no epochs.
    StaticKey(StaticKey),
}

/// Parameters of the `double-ratchet` family.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DoubleRatchet {
    /// When a party makes its next ratchet key.
    pub key_generation: KeyGeneration,
    /// Skipped keys.
    pub limits: Limits,
    /// Old receiving chains kept besides the current one.
    pub retained_chains: u32,
    /// Whether the old receiving chain is closed at the length `pn` that the peer announces.
    pub closes_chains: bool,
    /// What becomes of a message that closes the old chain further ahead than `max_skip`.
    pub closing_gap: ClosingGap,
}

/// What becomes of a message that announces the end of the old receiving chain further ahead than
/// [`Limits::max_skip`].
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ClosingGap {
    /// It is refused, and with it what needs its epoch.
    #[default]
    Refuse,
    /// It opens, and the rest of the old chain is given up (`doubleratchet` for Python).
    Forget,
}

/// Parameters of the `hybrid-ratchet` family.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HybridRatchet {
    /// The classical half, a Double Ratchet.
    pub classical: DoubleRatchet,
    /// The post-quantum half: chains whose epochs are agreed by a KEM, at a pace of their own.
    pub post_quantum: DoubleRatchet,
    /// How soon the post-quantum half heals. `None` claims nothing: then a theft gives it away for ever.
    pub pq_rekey: Option<PqRekey>,
}

/// The pace of the post-quantum half of a hybrid ratchet, as an upper bound.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PqRekey {
    /// Messages delivered in each direction, in turn, within which a post-quantum epoch completes.
    pub messages: u32,
    /// Post-quantum epochs after which a theft is healed.
    pub epochs: u32,
}

impl PqRekey {
    /// Changes of direction after a theft from which on the post-quantum half is healed.
    ///
    /// Never fewer than two round trips: what is under way at a theft is lost, so one ends it, and one agrees on
    /// something new.
    #[must_use]
    pub const fn heals_after(&self) -> u32 {
        let round_trips = self.messages.saturating_mul(self.epochs);
        if round_trips < 2 { 4 } else { round_trips.saturating_mul(2) }
    }
}

/// Parameters of the `symmetric-ratchet` family.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SymmetricRatchet {
    /// Only the initiator sends.
    pub one_way: bool,
    /// Messages after which users are told to open a new session, if ever. The session itself never heals.
    pub rotates_after: Option<u32>,
    /// Skipped keys.
    pub limits: Limits,
}

/// Parameters of the `periodic-rekey` family.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PeriodicRekey {
    /// Messages, sent plus received at one party, after which it asks for a rekey.
    pub rekey_messages: u32,
    /// Seconds after which it asks for a rekey, if it has a clock.
    pub rekey_seconds: Option<u32>,
    /// Late messages of a closed period. What is not declared is not claimed: it counts as 0.
    pub limits: Limits,
}

/// Parameters of the `static-key` family.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct StaticKey {
    /// Each message is wrapped to the recipient's own key, so that a theft of the sender does not open it.
    pub hybrid_to_recipient: bool,
    /// A message of one direction is refused in the other.
    pub binds_direction: bool,
    /// A message opens once only.
    pub replay_protection: bool,
}

/// When a party of a Double Ratchet makes its next ratchet key.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyGeneration {
    /// On receiving a new key of the peer (the specification's text, libsignal).
    Eager,
    /// On the next send (Olm).
    Lazy,
}

/// Whether the responder may send before it has received.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResponderStart {
    /// It may: a first chain (or the only key) is shared from the start.
    InitialChain,
    /// It may not.
    NotYet,
}

/// Whether a message may overtake another.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ordering {
    /// Messages open in any order.
    #[default]
    Any,
    /// A message ahead of a gap may be refused and must open once the gap is closed.
    Strict,
}

/// How many keys may be skipped and kept. `None` is *not declared*: such a limit is measured first.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Limits {
    /// Keys that one message may make a party derive past the next expected index, in each chain it
    /// touches. Exactly this many is allowed, one more is refused.
    pub max_skip: Option<u32>,
    /// Skipped keys kept.
    pub max_stored: Option<u32>,
    /// What `max_stored` counts.
    pub stored_per: StoredPer,
    /// What happens to a key too many.
    pub when_full: WhenFull,
    /// Seconds that a skipped key is kept: a younger one opens its message, an older one is gone.
    pub stored_seconds: Option<u32>,
}

/// What [`Limits::max_stored`] counts.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoredPer {
    /// Each receiving chain by itself; the keys go with their chain (libsignal, vodozemac).
    Chain,
    /// All chains together.
    #[default]
    Session,
    /// All chains together, but once its chain is gone a key opens nothing, though it keeps its place (libolm).
    LiveChains,
}

/// What happens when a skipped key would exceed [`Limits::max_stored`].
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WhenFull {
    /// The key derived first goes first.
    #[default]
    Evict,
    /// The message is refused.
    Refuse,
    /// Nothing is counted: a key goes once the newest known number of its chain is more than that far ahead of its own
    /// (the post-quantum half of libsignal; any sliding window).
    Distance,
}

impl Profile {
    /// The claims of a textbook Double Ratchet; limits are set with [`Profile::with_limits`].
    #[must_use]
    pub fn double_ratchet(key_generation: KeyGeneration) -> Self {
        Self::of(Family::DoubleRatchet(DoubleRatchet {
            key_generation,
            limits: Limits::default(),
            retained_chains: 0,
            closes_chains: true,
            closing_gap: ClosingGap::default(),
        }))
    }

    /// The claims of `family`, with the defaults of everything that is common to all families.
    #[must_use]
    pub fn of(family: Family) -> Self {
        let responder_start = match &family {
            Family::DoubleRatchet(_) | Family::HybridRatchet(_) => ResponderStart::NotYet,
            Family::SymmetricRatchet(symmetric) if symmetric.one_way => ResponderStart::NotYet,
            _ => ResponderStart::InitialChain,
        };
        Self {
            family,
            ends: None,
            responder_start,
            ordering: Ordering::Any,
            envelope: Vec::new(),
            max_plaintext: None,
            min_plaintext: None,
            expansion: None,
            integrity: true,
            aborts_on_forgery: false,
            key_commitment: false,
        }
    }

    /// The same profile with these limits for skipped keys. A static key has none, and is left as it is.
    #[must_use]
    pub const fn with_limits(mut self, max_skip: u32, max_stored: u32) -> Self {
        if let Some(limits) = self.limits_mut() {
            limits.max_skip = Some(max_skip);
            limits.max_stored = Some(max_stored);
        }
        self
    }

    /// The limits for skipped keys, if the family has such keys: those of the classical half of a hybrid.
    #[must_use]
    pub const fn limits(&self) -> Option<&Limits> {
        match &self.family {
            Family::DoubleRatchet(claims) => Some(&claims.limits),
            Family::HybridRatchet(claims) => Some(&claims.classical.limits),
            Family::SymmetricRatchet(claims) => Some(&claims.limits),
            Family::PeriodicRekey(claims) => Some(&claims.limits),
            Family::StaticKey(_) => None,
        }
    }

    /// As [`Profile::limits`], to be changed.
    pub const fn limits_mut(&mut self) -> Option<&mut Limits> {
        match &mut self.family {
            Family::DoubleRatchet(claims) => Some(&mut claims.limits),
            Family::HybridRatchet(claims) => Some(&mut claims.classical.limits),
            Family::SymmetricRatchet(claims) => Some(&mut claims.limits),
            Family::PeriodicRekey(claims) => Some(&mut claims.limits),
            Family::StaticKey(_) => None,
        }
    }

    /// The parameters of the Double Ratchet that this is, or that is its classical half.
    #[must_use]
    pub const fn double_ratchet_claims(&self) -> Option<&DoubleRatchet> {
        match &self.family {
            Family::DoubleRatchet(claims) => Some(claims),
            Family::HybridRatchet(claims) => Some(&claims.classical),
            _ => None,
        }
    }

    /// As [`Profile::double_ratchet_claims`], to be changed.
    pub const fn double_ratchet_claims_mut(&mut self) -> Option<&mut DoubleRatchet> {
        match &mut self.family {
            Family::DoubleRatchet(claims) => Some(claims),
            Family::HybridRatchet(claims) => Some(&mut claims.classical),
            _ => None,
        }
    }

    /// Whether only the initiator sends.
    #[must_use]
    pub const fn is_one_way(&self) -> bool {
        matches!(&self.family, Family::SymmetricRatchet(claims) if claims.one_way)
    }

    /// Whether a message of this ratchet opens only once.
    #[must_use]
    pub const fn claims_replay_protection(&self) -> bool {
        match &self.family {
            Family::StaticKey(claims) => claims.replay_protection,
            _ => true,
        }
    }

    /// Whether a message is refused by its own sender.
    #[must_use]
    pub const fn claims_direction(&self) -> bool {
        match &self.family {
            Family::StaticKey(claims) => claims.binds_direction,
            _ => true,
        }
    }
}

impl Family {
    /// The family's name in profiles and reports.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::DoubleRatchet(_) => "double-ratchet",
            Self::HybridRatchet(_) => "hybrid-ratchet",
            Self::SymmetricRatchet(_) => "symmetric-ratchet",
            Self::PeriodicRekey(_) => "periodic-rekey",
            Self::StaticKey(_) => "static-key",
        }
    }
}

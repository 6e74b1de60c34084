//! The JSON form of a profile: flat, every parameter optional, contradictions named by field.

use serde::{Deserialize, Serialize};

use super::halves::{HalfFile, RekeyFile, hybrid, shown};
use super::{
    ClosingGap, Family, KeyGeneration, Limits, Ordering, PeriodicRekey, Profile, ResponderStart,
    StaticKey, StoredPer, SymmetricRatchet, WhenFull,
};

/// A profile that contradicts itself; the text names the field.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// No ideal exists for this family.
    #[error(
        "field `family`: `{0}` is not known; known are double-ratchet, hybrid-ratchet, symmetric-ratchet, periodic-rekey, \
         static-key"
    )]
    UnknownFamily(String),
    /// A parameter of another family.
    #[error("field `{field}`: not a parameter of the family `{family}`")]
    ForeignParameter {
        /// The parameter.
        field: &'static str,
        /// The family that the profile names.
        family: &'static str,
    },
    /// Two ratchets that talk to each other do not agree on it.
    #[error(
        "field `{field}`: the two ratchets claim different things, so no profile describes both"
    )]
    EndsDiffer {
        /// The parameter.
        field: &'static str,
    },
    /// A parameter without which the family has no ideal.
    #[error("field `{field}`: the family `{family}` needs it")]
    Missing {
        /// The parameter.
        field: &'static str,
        /// The family that the profile names.
        family: &'static str,
    },
    /// Two parameters that exclude each other.
    #[error(
        "field `{field}`: a chain that is closed cannot be retained (`retained_chains` is {retained_chains})"
    )]
    ClosedAndRetained {
        /// The parameter that closes chains.
        field: &'static str,
        /// How many should be retained.
        retained_chains: u32,
    },
    /// A way to close chains that are not closed.
    #[error("field `closing_gap`: without `closes_chains` no chain is closed")]
    NothingClosed,
    /// Plaintexts of no length at all.
    #[error("field `min_plaintext`: is more than `max_plaintext`")]
    NoLength,
    /// A bound that nothing can keep.
    #[error("field `{field}`: must be at least 1")]
    Zero {
        /// The parameter.
        field: &'static str,
    },
    /// A one-way ratchet whose responder sends.
    #[error("field `responder_start`: the responder of a `one_way` ratchet never sends")]
    OneWayResponder,
    /// A ratchet that notices no forgery and ends at one.
    #[error("field `aborts_on_forgery`: without `integrity` no forgery is noticed")]
    AbortsUnnoticed,
    /// Keys that are stored for no time.
    #[error("field `stored_seconds`: 0 keeps no key; say `max_stored` 0 instead")]
    StoredForNoTime,
}

/// Every parameter there is. `Profile` is the checked form.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileFile {
    family: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_generation: Option<KeyGeneration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_skip: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_stored: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stored_per: Option<StoredPer>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    when_full: Option<WhenFull>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stored_seconds: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retained_chains: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closes_chains: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closing_gap: Option<ClosingGap>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    one_way: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rotates_after: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rekey_messages: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rekey_seconds: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hybrid_to_recipient: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    binds_direction: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replay_protection: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    classical: Option<HalfFile>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    post_quantum: Option<HalfFile>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pq_rekey: Option<RekeyFile>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    responder_start: Option<ResponderStart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ordering: Option<Ordering>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    envelope: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ends: Option<Box<[HalfFile; 2]>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_plaintext: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min_plaintext: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expansion: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    integrity: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    aborts_on_forgery: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_commitment: Option<bool>,
}

const LIMITS: [&str; 5] = ["max_skip", "max_stored", "stored_per", "when_full", "stored_seconds"];

impl ProfileFile {
    /// The family's parameters that are given although `allowed` does not list them.
    fn refuse_foreign(&self, family: &'static str, allowed: &[&str]) -> Result<(), ProfileError> {
        let given = [
            ("key_generation", self.key_generation.is_some()),
            ("max_skip", self.max_skip.is_some()),
            ("max_stored", self.max_stored.is_some()),
            ("stored_per", self.stored_per.is_some()),
            ("when_full", self.when_full.is_some()),
            ("stored_seconds", self.stored_seconds.is_some()),
            ("retained_chains", self.retained_chains.is_some()),
            ("closes_chains", self.closes_chains.is_some()),
            ("closing_gap", self.closing_gap.is_some()),
            ("one_way", self.one_way.is_some()),
            ("rotates_after", self.rotates_after.is_some()),
            ("rekey_messages", self.rekey_messages.is_some()),
            ("rekey_seconds", self.rekey_seconds.is_some()),
            ("hybrid_to_recipient", self.hybrid_to_recipient.is_some()),
            ("binds_direction", self.binds_direction.is_some()),
            ("replay_protection", self.replay_protection.is_some()),
            ("classical", self.classical.is_some()),
            ("post_quantum", self.post_quantum.is_some()),
            ("pq_rekey", self.pq_rekey.is_some()),
            ("ends", self.ends.is_some()),
        ];
        match given.into_iter().find(|(field, is_given)| *is_given && !allowed.contains(field)) {
            Some((field, _)) => Err(ProfileError::ForeignParameter { field, family }),
            None => Ok(()),
        }
    }

    fn limits(&self) -> Limits {
        Limits {
            max_skip: self.max_skip,
            max_stored: self.max_stored,
            stored_per: self.stored_per.unwrap_or_default(),
            when_full: self.when_full.unwrap_or_default(),
            stored_seconds: self.stored_seconds,
        }
    }

    fn family(&self) -> Result<Family, ProfileError> {
        let with_limits =
            |own: &[&'static str]| -> Vec<&'static str> { [own, LIMITS.as_slice()].concat() };
        match self.family.as_str() {
            "double-ratchet" => {
                let own =
                    ["key_generation", "retained_chains", "closes_chains", "closing_gap", "ends"];
                self.refuse_foreign("double-ratchet", &with_limits(&own))?;
                let claims = HalfFile {
                    key_generation: self.key_generation,
                    max_skip: self.max_skip,
                    max_stored: self.max_stored,
                    stored_per: self.stored_per,
                    when_full: self.when_full,
                    stored_seconds: self.stored_seconds,
                    retained_chains: self.retained_chains,
                    closes_chains: self.closes_chains,
                    closing_gap: self.closing_gap,
                };
                Ok(Family::DoubleRatchet(claims.claims("closes_chains")?))
            }
            "hybrid-ratchet" => {
                let own = ["classical", "post_quantum", "pq_rekey"];
                self.refuse_foreign("hybrid-ratchet", &own)?;
                let (classical, post_quantum) = (self.classical.clone(), self.post_quantum.clone());
                let claims = hybrid(classical, post_quantum, self.pq_rekey.clone())?;
                Ok(Family::HybridRatchet(claims))
            }
            "symmetric-ratchet" => {
                self.refuse_foreign(
                    "symmetric-ratchet",
                    &with_limits(&["one_way", "rotates_after"]),
                )?;
                let one_way = self.one_way.unwrap_or(false);
                if one_way && self.responder_start == Some(ResponderStart::InitialChain) {
                    return Err(ProfileError::OneWayResponder);
                }
                Ok(Family::SymmetricRatchet(SymmetricRatchet {
                    one_way,
                    rotates_after: self.rotates_after,
                    limits: self.limits(),
                }))
            }
            "periodic-rekey" => {
                self.refuse_foreign(
                    "periodic-rekey",
                    &with_limits(&["rekey_messages", "rekey_seconds"]),
                )?;
                let missing =
                    ProfileError::Missing { field: "rekey_messages", family: "periodic-rekey" };
                Ok(Family::PeriodicRekey(PeriodicRekey {
                    rekey_messages: self.rekey_messages.ok_or(missing)?,
                    rekey_seconds: self.rekey_seconds,
                    limits: self.limits(),
                }))
            }
            "static-key" => {
                let own = ["hybrid_to_recipient", "binds_direction", "replay_protection"];
                self.refuse_foreign("static-key", &own)?;
                Ok(Family::StaticKey(StaticKey {
                    hybrid_to_recipient: self.hybrid_to_recipient.unwrap_or(false),
                    binds_direction: self.binds_direction.unwrap_or(false),
                    replay_protection: self.replay_protection.unwrap_or(false),
                }))
            }
            unknown => Err(ProfileError::UnknownFamily(unknown.to_owned())),
        }
    }
}

impl TryFrom<ProfileFile> for Profile {
    type Error = ProfileError;

    fn try_from(file: ProfileFile) -> Result<Self, ProfileError> {
        let defaults = Self::of(file.family()?);
        let integrity = file.integrity.unwrap_or(defaults.integrity);
        let aborts_on_forgery = file.aborts_on_forgery.unwrap_or(defaults.aborts_on_forgery);
        if aborts_on_forgery && !integrity {
            return Err(ProfileError::AbortsUnnoticed);
        }
        if file.min_plaintext.zip(file.max_plaintext).is_some_and(|(least, most)| least > most) {
            return Err(ProfileError::NoLength);
        }
        if file.stored_seconds == Some(0) {
            return Err(ProfileError::StoredForNoTime);
        }
        let ends = match file.ends.map(|ends| ends.map(|end| end.claims("ends.closes_chains"))) {
            Some([initiator, responder]) => Some(Box::new([initiator?, responder?])),
            None => None,
        };
        Ok(Self {
            ends,
            responder_start: file.responder_start.unwrap_or(defaults.responder_start),
            ordering: file.ordering.unwrap_or_default(),
            envelope: file.envelope,
            max_plaintext: file.max_plaintext,
            min_plaintext: file.min_plaintext,
            expansion: file.expansion,
            integrity,
            aborts_on_forgery,
            key_commitment: file.key_commitment.unwrap_or(defaults.key_commitment),
            family: defaults.family,
        })
    }
}

impl From<Profile> for ProfileFile {
    fn from(profile: Profile) -> Self {
        let mut file = Self {
            family: profile.family.name().to_owned(),
            responder_start: Some(profile.responder_start),
            ordering: Some(profile.ordering),
            envelope: profile.envelope.clone(),
            ends: profile.ends.clone().map(|ends| Box::new(ends.map(Into::into))),
            max_plaintext: profile.max_plaintext,
            min_plaintext: profile.min_plaintext,
            expansion: profile.expansion,
            // What every ratchet is taken to be is not spelled out.
            integrity: (!profile.integrity).then_some(false),
            aborts_on_forgery: profile.aborts_on_forgery.then_some(true),
            // What every ratchet is taken to be is not spelled out.
            key_commitment: profile.key_commitment.then_some(true),
            ..Self::default()
        };
        // The halves of a hybrid have their limits within.
        let flat = !matches!(profile.family, Family::HybridRatchet(_));
        if let Some(limits) = profile.limits().filter(|_| flat) {
            file.max_skip = limits.max_skip;
            file.max_stored = limits.max_stored;
            file.stored_per = Some(limits.stored_per);
            file.when_full = Some(limits.when_full);
            file.stored_seconds = limits.stored_seconds;
        }
        match profile.family {
            Family::DoubleRatchet(claims) => {
                file.key_generation = Some(claims.key_generation);
                file.retained_chains = Some(claims.retained_chains);
                file.closes_chains = Some(claims.closes_chains);
                file.closing_gap = shown(claims.closing_gap);
            }
            Family::HybridRatchet(claims) => {
                file.classical = Some(claims.classical.into());
                file.post_quantum = Some(claims.post_quantum.into());
                file.pq_rekey = claims.pq_rekey.map(Into::into);
            }
            Family::SymmetricRatchet(claims) => {
                file.one_way = Some(claims.one_way);
                file.rotates_after = claims.rotates_after;
            }
            Family::PeriodicRekey(claims) => {
                file.rekey_messages = Some(claims.rekey_messages);
                file.rekey_seconds = claims.rekey_seconds;
            }
            Family::StaticKey(claims) => {
                file.hybrid_to_recipient = Some(claims.hybrid_to_recipient);
                file.binds_direction = Some(claims.binds_direction);
                file.replay_protection = Some(claims.replay_protection);
            }
        }
        file
    }
}

#[cfg(test)]
mod tests {
    use crate::Profile;

    fn parse(json: &str) -> Result<Profile, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn only_the_family_is_required() {
        let profile = parse(r#"{"family":"double-ratchet"}"#).unwrap();
        assert_eq!(profile, Profile::double_ratchet(super::KeyGeneration::Eager));
    }

    #[test]
    fn a_profile_survives_its_json_form() {
        for json in [
            r#"{"family":"double-ratchet","key_generation":"lazy","retained_chains":4,"stored_per":"chain"}"#,
            r#"{"family":"double-ratchet","stored_per":"live-chains","closing_gap":"forget"}"#,
            r#"{"family":"symmetric-ratchet","one_way":true,"rotates_after":100}"#,
            r#"{"family":"symmetric-ratchet","max_stored":64,"when_full":"distance"}"#,
            r#"{"family":"periodic-rekey","rekey_messages":100,"max_stored":0}"#,
            r#"{"family":"static-key","binds_direction":true,"integrity":false}"#,
            r#"{"family":"double-ratchet","stored_seconds":60,"max_plaintext":1000,"expansion":57}"#,
            r#"{"family":"symmetric-ratchet","aborts_on_forgery":true,"ordering":"strict"}"#,
            r#"{"family":"static-key","binds_direction":true,"key_commitment":true}"#,
            r#"{"family":"static-key","binds_direction":true}"#,
            r#"{"family":"double-ratchet","ends":[{"max_skip":7},{"retained_chains":2}]}"#,
            r#"{"family":"hybrid-ratchet"}"#,
            r#"{"family":"hybrid-ratchet","classical":{"key_generation":"lazy","max_skip":7},
                "post_quantum":{"retained_chains":1},"pq_rekey":{"messages":40,"epochs":2}}"#,
        ] {
            let profile = parse(json).unwrap();
            let again = parse(&serde_json::to_string(&profile).unwrap()).unwrap();
            assert_eq!(profile, again, "{json}");
        }
    }

    #[test]
    fn a_hybrid_heals_after_round_trips_of_its_post_quantum_half() {
        let heals_after = |json: &str| match parse(json).unwrap().family {
            super::Family::HybridRatchet(claims) => {
                claims.pq_rekey.map(|rekey| rekey.heals_after())
            }
            _ => panic!("{json}"),
        };
        for (json, expected) in [
            (r#"{"family":"hybrid-ratchet"}"#, None),
            (r#"{"family":"hybrid-ratchet","pq_rekey":{"messages":1,"epochs":1}}"#, Some(4)),
            (r#"{"family":"hybrid-ratchet","pq_rekey":{"messages":2,"epochs":2}}"#, Some(8)),
            (r#"{"family":"hybrid-ratchet","pq_rekey":{"messages":40}}"#, Some(160)),
        ] {
            assert_eq!(heals_after(json), expected, "{json}");
        }
    }

    #[test]
    fn contradictions_name_their_field() {
        for (json, field) in [
            (
                r#"{"family":"double-ratchet","closes_chains":true,"retained_chains":2}"#,
                "closes_chains",
            ),
            (
                r#"{"family":"double-ratchet","retained_chains":1,"closing_gap":"forget"}"#,
                "closing_gap",
            ),
            (r#"{"family":"symmetric-ratchet","closing_gap":"forget"}"#, "closing_gap"),
            (r#"{"family":"double-ratchet","rekey_messages":2}"#, "rekey_messages"),
            (r#"{"family":"static-key","max_skip":2}"#, "max_skip"),
            (r#"{"family":"periodic-rekey"}"#, "rekey_messages"),
            (r#"{"family":"triple"}"#, "family"),
            (r#"{"family":"static-key","max_skp":2}"#, "max_skp"),
            (
                r#"{"family":"symmetric-ratchet","one_way":true,"responder_start":"initial-chain"}"#,
                "responder_start",
            ),
            (r#"{"family":"static-key","stored_seconds":2}"#, "stored_seconds"),
            (r#"{"family":"static-key","min_plaintext":9,"max_plaintext":8}"#, "min_plaintext"),
            (r#"{"family":"double-ratchet","stored_seconds":0}"#, "stored_seconds"),
            (
                r#"{"family":"static-key","integrity":false,"aborts_on_forgery":true}"#,
                "aborts_on_forgery",
            ),
            (r#"{"family":"hybrid-ratchet","max_skip":2}"#, "max_skip"),
            (r#"{"family":"double-ratchet","classical":{}}"#, "classical"),
            (r#"{"family":"static-key","post_quantum":{}}"#, "post_quantum"),
            (r#"{"family":"static-key","ends":[{},{}]}"#, "ends"),
            (
                r#"{"family":"double-ratchet","ends":[{},{"closes_chains":true,"retained_chains":1}]}"#,
                "ends.closes_chains",
            ),
            (
                r#"{"family":"periodic-rekey","rekey_messages":2,"pq_rekey":{"messages":2}}"#,
                "pq_rekey",
            ),
            (
                r#"{"family":"hybrid-ratchet","classical":{"closes_chains":true,"retained_chains":1}}"#,
                "classical.closes_chains",
            ),
            (
                r#"{"family":"hybrid-ratchet","post_quantum":{"closes_chains":true,"retained_chains":1}}"#,
                "post_quantum.closes_chains",
            ),
            (r#"{"family":"hybrid-ratchet","classical":{"one_way":true}}"#, "one_way"),
            (r#"{"family":"hybrid-ratchet","pq_rekey":{"messages":0}}"#, "pq_rekey.messages"),
            (
                r#"{"family":"hybrid-ratchet","pq_rekey":{"messages":1,"epochs":0}}"#,
                "pq_rekey.epochs",
            ),
            (r#"{"family":"hybrid-ratchet","pq_rekey":{"epochs":2}}"#, "messages"),
        ] {
            let error = parse(json).unwrap_err();
            assert!(error.contains(&format!("`{field}`")), "{json}: {error}");
        }
    }
}

//! What a program says of itself.

use serde::Deserialize;
use serde_json::Value;
use sprag::{Capabilities, Profile};

/// The version of the protocol that this crate speaks.
pub const PROTOCOL: u64 = 1;

/// The result of `describe`.
#[derive(Clone, Debug)]
pub struct Description {
    /// The ratchet's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it claims; without it, one must be given.
    pub profile: Option<Profile>,
    /// What it supports, as it says so.
    pub supports: Vec<String>,
}

#[derive(Deserialize)]
struct Form {
    protocol: u64,
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    profile: Option<Value>,
    #[serde(default)]
    supports: Vec<String>,
}

impl Description {
    /// Reads the result of `describe`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(result: Value) -> Result<Self, String> {
        if let Some(protocol) = result.get("protocol").and_then(Value::as_u64)
            && protocol != PROTOCOL
        {
            return Err(format!(
                "it speaks version {protocol} of the protocol, and this command version {PROTOCOL}"
            ));
        }
        let form: Form = serde_json::from_value(result)
            .map_err(|error| format!("the result of `describe`: {error}"))?;
        debug_assert_eq!(form.protocol, PROTOCOL);
        let profile = form.profile.map(serde_json::from_value).transpose();
        let profile = profile.map_err(|error| format!("`profile` of `describe`: {error}"))?;
        let Form { name, version, supports, .. } = form;
        Ok(Self { name, version, profile, supports })
    }

    /// Whether it supports `ability`.
    #[must_use]
    pub fn supports(&self, ability: &str) -> bool {
        self.supports.iter().any(|supported| supported == ability)
    }

    /// Whether sessions can be copied, one way or the other.
    #[must_use]
    pub fn can_clone(&self) -> bool {
        self.supports("clone") || self.supports("export")
    }

    /// The same as the harness's capabilities.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        Capabilities {
            associated_data: self.supports("ad"),
            export: self.supports("export"),
            fields: self.supports("fields"),
            rewrite: self.supports("rewrite"),
            secret: self.supports("secret"),
            identities: self.supports("identities"),
            handshake: self.supports("handshake"),
            index: self.supports("index"),
            raw_aead: self.supports("raw_aead"),
            preset: self.supports("preset"),
            outbox: self.supports("outbox"),
            clock: self.supports("clock"),
            ..Capabilities::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_description_needs_a_name_and_the_version_of_the_protocol() {
        let read = Description::read;
        let plain = read(json!({"protocol": 1, "name": "mine", "supports": ["ad", "clone"]}));
        let plain = plain.unwrap();
        assert!(plain.capabilities().associated_data && plain.can_clone());
        for (value, why) in [
            (json!({"protocol": 2, "name": "mine"}), "version 2"),
            (json!({"protocol": 1}), "name"),
            (json!({"name": "mine"}), "protocol"),
            (json!({"protocol": 1, "name": "mine", "profile": {"family": "triple"}}), "family"),
        ] {
            let error = read(value.clone()).unwrap_err();
            assert!(error.contains(why), "{value}: {error}");
        }
    }
}

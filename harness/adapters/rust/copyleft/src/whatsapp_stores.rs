//! What a device of `wacore-libsignal` stores, in memory, as the traits of the library ask for it.
//!
//! Its session store may hand out a copy or give the record away; the library puts back what it worked on in both cases, also
//! after a refusal. So the two do not differ in what a refusal leaves behind, and copies are all there is here.

use async_trait::async_trait;
use wacore_libsignal::protocol::error::Result;
use wacore_libsignal::protocol::{
    Direction, IdentityChange, IdentityKey, IdentityKeyPair, IdentityKeyStore, PreKeyId,
    PreKeyRecord, PreKeyStore, ProtocolAddress, SessionRecord, SessionStore, SignalProtocolError,
    SignedPreKeyId, SignedPreKeyRecord, SignedPreKeyStore,
};

/// The record of the one peer, and whether it gives up the lease of counters.
#[derive(Clone, Default)]
pub(crate) struct Sessions {
    pub(crate) record: Option<SessionRecord>,
    pub(crate) waives: bool,
}

/// Its own identity, and the peer's once it is known.
#[derive(Clone)]
pub(crate) struct Identities {
    pub(crate) own: IdentityKeyPair,
    pub(crate) registration_id: u32,
    pub(crate) peer: Option<IdentityKey>,
}

/// Its one-time prekey until it is used.
#[derive(Clone, Default)]
pub(crate) struct OneTime(pub(crate) Option<PreKeyRecord>);

/// Its signed prekey, if it made one.
#[derive(Clone, Default)]
pub(crate) struct Signed(pub(crate) Option<SignedPreKeyRecord>);

#[async_trait]
impl SessionStore for Sessions {
    async fn load_session(&self, _: &ProtocolAddress) -> Result<Option<SessionRecord>> {
        let mut record = self.record.clone();
        if let Some(record) = record.as_mut().filter(|_| self.waives) {
            record.waive_counter_lease();
        }
        Ok(record)
    }

    async fn has_session(&self, _: &ProtocolAddress) -> Result<bool> {
        Ok(self.record.is_some())
    }

    async fn store_session(&mut self, _: &ProtocolAddress, record: SessionRecord) -> Result<()> {
        self.record = Some(record);
        Ok(())
    }
}

#[async_trait]
impl IdentityKeyStore for Identities {
    async fn get_identity_key_pair(&self) -> Result<IdentityKeyPair> {
        Ok(self.own.clone())
    }

    async fn get_local_registration_id(&self) -> Result<u32> {
        Ok(self.registration_id)
    }

    async fn save_identity(
        &mut self,
        _: &ProtocolAddress,
        identity: &IdentityKey,
    ) -> Result<IdentityChange> {
        let known = self.peer.replace(*identity);
        Ok(IdentityChange::from_changed(known.is_some_and(|known| known != *identity)))
    }

    async fn is_trusted_identity(
        &self,
        _: &ProtocolAddress,
        identity: &IdentityKey,
        _: Direction,
    ) -> Result<bool> {
        Ok(self.peer.is_none_or(|known| known == *identity))
    }

    async fn get_identity(&self, _: &ProtocolAddress) -> Result<Option<IdentityKey>> {
        Ok(self.peer)
    }
}

#[async_trait]
impl PreKeyStore for OneTime {
    async fn get_pre_key(&self, _: PreKeyId) -> Result<PreKeyRecord> {
        self.0.clone().ok_or(SignalProtocolError::InvalidPreKeyId)
    }

    async fn save_pre_key(&mut self, _: PreKeyId, record: &PreKeyRecord) -> Result<()> {
        self.0 = Some(record.clone());
        Ok(())
    }

    async fn remove_pre_key(&mut self, _: PreKeyId) -> Result<()> {
        self.0 = None;
        Ok(())
    }
}

#[async_trait]
impl SignedPreKeyStore for Signed {
    async fn get_signed_pre_key(&self, _: SignedPreKeyId) -> Result<SignedPreKeyRecord> {
        self.0.clone().ok_or(SignalProtocolError::InvalidSignedPreKeyId)
    }

    async fn save_signed_pre_key(
        &mut self,
        _: SignedPreKeyId,
        record: &SignedPreKeyRecord,
    ) -> Result<()> {
        self.0 = Some(record.clone());
        Ok(())
    }
}

//! `wacore-libsignal`: X3DH and a Double Ratchet, as a client of WhatsApp in Rust uses them.
//!
//! Source: wacore-libsignal 0.7.0. All the randomness that it draws for a session is the caller's.

use std::borrow::Cow;

use rand_core::CryptoRng;
use sprag::{
    Begun, Capabilities, ClosingGap, DoubleRatchet, Family, Field, Kept, KeyGeneration, Limits,
    Offer, Opened, Pair, Profile, Ratchet, Rejection, StoredPer, WhenFull,
};
use wacore_libsignal::protocol::{
    CiphertextMessage, CiphertextMessageType, DeviceId, GenericSignedPreKey as _, IdentityKey,
    IdentityKeyPair, KeyPair, PreKeyBundle, PreKeyRecord, PreKeySignalMessage, PreKeyStore as _,
    ProtocolAddress, PublicKey, SessionRecord, SignalMessage, SignalProtocolError,
    SignedPreKeyRecord, Timestamp, UsePQRatchet, message_decrypt, message_encrypt,
    process_prekey_bundle,
};

use crate::packing::{pack, unpack};
use crate::ready::ready;
use crate::signal_wire::{self, ENVELOPE, NORMAL, PRE_KEY};
use crate::whatsapp_stores::{Identities, OneTime, Sessions, Signed};

const ONE_TIME: u32 = 1;
const SIGNED: u32 = 2;
/// No clock.
const NOW_MILLIS: u64 = 1_767_225_600_000;

/// WhatsApp's ratchet as `wacore-libsignal` has it.
///
/// By default a record leases counters: what is read back goes on behind those that may have been used since it was written. A
/// user who writes each record before the message goes out may waive that.
#[derive(Clone, Copy, Debug)]
pub struct WhatsApp {
    waives: bool,
}

/// What a device stores of itself and of one peer. It is the session: who steals the device has all of it.
#[derive(Clone)]
pub struct WhatsAppDevice {
    sessions: Sessions,
    identities: Identities,
    one_time: OneTime,
    signed: Signed,
    peer: ProtocolAddress,
}

impl WhatsApp {
    /// With leased counters.
    #[must_use]
    pub const fn leasing() -> Self {
        Self { waives: false }
    }

    /// Without.
    #[must_use]
    pub const fn waiving() -> Self {
        Self { waives: true }
    }

    fn device(self, own: IdentityKeyPair, registration_id: u32) -> WhatsAppDevice {
        let peer = if registration_id == 1 { "responder" } else { "initiator" };
        WhatsAppDevice {
            sessions: Sessions { record: None, waives: self.waives },
            identities: Identities { own, registration_id, peer: None },
            one_time: OneTime::default(),
            signed: Signed::default(),
            peer: ProtocolAddress::new(peer, DeviceId::new(1)),
        }
    }
}

impl WhatsAppDevice {
    /// Makes a one-time and a signed prekey, and the bundle that a server would hand out: its parts in the order of the
    /// adapters for JavaScript.
    fn bundle(&mut self, mut rng: &mut dyn CryptoRng) -> Result<Vec<u8>, SignalProtocolError> {
        let own = &self.identities.own;
        let (one_time, signed) = (KeyPair::generate(&mut rng), KeyPair::generate(&mut rng));
        let signature =
            own.private_key().calculate_signature(&signed.public_key.serialize(), &mut rng)?;
        self.one_time.0 = Some(PreKeyRecord::new(ONE_TIME.into(), &one_time));
        let time = Timestamp::from_epoch_millis(NOW_MILLIS);
        self.signed.0 = Some(SignedPreKeyRecord::new(SIGNED.into(), time, &signed, &signature));
        Ok(pack(&[
            self.identities.registration_id.to_be_bytes().to_vec(),
            own.identity_key().serialize().to_vec(),
            one_time.public_key.serialize().to_vec(),
            signed.public_key.serialize().to_vec(),
            signature.to_vec(),
        ]))
    }

    async fn encrypt(
        &mut self,
        plaintext: &[u8],
    ) -> Result<CiphertextMessage, SignalProtocolError> {
        message_encrypt(plaintext, &self.peer, &mut self.sessions, &mut self.identities).await
    }

    async fn decrypt(
        &mut self,
        mut rng: &mut dyn CryptoRng,
        message: &CiphertextMessage,
    ) -> Result<Vec<u8>, SignalProtocolError> {
        let opened = message_decrypt(
            message,
            &self.peer,
            &mut self.sessions,
            &mut self.identities,
            &mut self.one_time,
            &self.signed,
            &mut rng,
            UsePQRatchet::No,
        )
        .await?;
        // The library leaves this to its user, for when the session is stored.
        if let Some(used) = opened.consumed_prekey_id {
            self.one_time.remove_pre_key(used).await?;
        }
        Ok(opened.plaintext)
    }
}

impl Ratchet for WhatsApp {
    type Session = WhatsAppDevice;

    /// `consts.rs`: `MAX_FORWARD_JUMPS`, `MAX_MESSAGE_KEYS`, and `MAX_RECEIVER_CHAINS` with the current one among them. A key is
    /// made when one is received (`DeferredSenderRatchet`).
    fn profile(&self) -> Profile {
        let mut profile = Profile::of(Family::DoubleRatchet(DoubleRatchet {
            key_generation: KeyGeneration::Eager,
            limits: Limits {
                max_skip: Some(2000),
                max_stored: Some(2000),
                stored_per: StoredPer::Chain,
                when_full: WhenFull::Evict,
                stored_seconds: None,
            },
            retained_chains: 4,
            closes_chains: false,
            closing_gap: ClosingGap::default(),
        }));
        profile.envelope.push(ENVELOPE.to_owned());
        profile
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<WhatsAppDevice>, Rejection> {
        let Offer { bundle, kept } = self.offer(rng)?;
        let Begun { session: initiator, opening, opened } = self.begin(rng, &bundle)?;
        Ok(Pair { initiator, responder: self.accept(rng, kept, &opening)?, opened })
    }

    fn offer(&self, mut rng: &mut dyn CryptoRng) -> Result<Offer, Rejection> {
        let mut responder = self.device(IdentityKeyPair::generate(&mut rng), 2);
        let bundle = responder.bundle(rng).map_err(refusal)?;
        Ok(Offer { bundle, kept: Kept::new(responder) })
    }

    fn begin(
        &self,
        mut rng: &mut dyn CryptoRng,
        bundle: &[u8],
    ) -> Result<Begun<WhatsAppDevice>, Rejection> {
        let bundle = read_bundle(bundle)?;
        let mut initiator = self.device(IdentityKeyPair::generate(&mut rng), 1);
        let WhatsAppDevice { sessions, identities, peer, .. } = &mut initiator;
        let no = UsePQRatchet::No;
        run(process_prekey_bundle(peer, sessions, identities, &bundle, &mut rng, no))?;
        let opening = self.encrypt(&mut initiator, rng, b"", b"opening")?;
        Ok(Begun { session: initiator, opening, opened: true })
    }

    fn accept(
        &self,
        rng: &mut dyn CryptoRng,
        kept: Kept,
        opening: &[u8],
    ) -> Result<WhatsAppDevice, Rejection> {
        let mut responder: WhatsAppDevice = kept.take()?;
        self.decrypt(&mut responder, rng, b"", opening)?;
        Ok(responder)
    }

    fn encrypt(
        &self,
        session: &mut WhatsAppDevice,
        _rng: &mut dyn CryptoRng,
        _ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let message = run(session.encrypt(plaintext))?;
        let kind = match message.message_type() {
            CiphertextMessageType::PreKey => PRE_KEY,
            _ => NORMAL,
        };
        Ok([&[kind], message.serialize()].concat())
    }

    fn decrypt(
        &self,
        session: &mut WhatsAppDevice,
        rng: &mut dyn CryptoRng,
        _ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let (kind, body) = signal_wire::split_type(message)?;
        let message = match kind {
            PRE_KEY => {
                PreKeySignalMessage::try_from(body).map(CiphertextMessage::PreKeySignalMessage)
            }
            _ => SignalMessage::try_from(body).map(CiphertextMessage::SignalMessage),
        };
        let message = message.map_err(malformed)?;
        run(session.decrypt(rng, &message)).map(Opened::Plaintext)
    }

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(if self.waives { "whatsapp/wacore-waived" } else { "whatsapp/wacore" })
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            export: true,
            fields: true,
            rewrite: true,
            handshake: true,
            ..Capabilities::default()
        }
    }

    fn export(&self, session: &WhatsAppDevice) -> Result<Vec<u8>, Rejection> {
        let WhatsAppDevice { sessions, identities, one_time, signed, .. } = session;
        let peer = identities.peer.map(|key| key.serialize().to_vec());
        let record = sessions.record.as_ref().map(SessionRecord::serialize).transpose();
        let one_time = one_time.0.as_ref().map(PreKeyRecord::serialize).transpose();
        let signed = signed.0.as_ref().map(|key| key.serialize()).transpose();
        Ok(pack(&[
            identities.registration_id.to_be_bytes().to_vec(),
            identities.own.serialize().into_vec(),
            peer.unwrap_or_default(),
            record.map_err(refusal)?.unwrap_or_default(),
            one_time.map_err(refusal)?.unwrap_or_default(),
            signed.map_err(refusal)?.unwrap_or_default(),
        ]))
    }

    fn import(&self, state: &[u8]) -> Result<WhatsAppDevice, Rejection> {
        let [registration_id, own, peer, record, one_time, signed] = &unpack::<6>(state)?;
        let registration_id = <[u8; 4]>::try_from(&registration_id[..])
            .map_err(|_| Rejection::malformed("no registration id"))?;
        let own = IdentityKeyPair::try_from(&own[..]).map_err(malformed)?;
        let mut device = self.device(own, u32::from_be_bytes(registration_id));
        device.identities.peer = Some(IdentityKey::decode(peer).map_err(malformed)?);
        device.sessions.record = Some(SessionRecord::deserialize(record).map_err(malformed)?);
        if !one_time.is_empty() {
            device.one_time.0 = Some(PreKeyRecord::deserialize(one_time).map_err(malformed)?);
        }
        if !signed.is_empty() {
            device.signed.0 = Some(SignedPreKeyRecord::deserialize(signed).map_err(malformed)?);
        }
        Ok(device)
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        signal_wire::fields(message)
    }

    fn rewrite(&self, message: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, Rejection> {
        signal_wire::rewrite(message, field, value)
    }
}

fn read_bundle(bundle: &[u8]) -> Result<PreKeyBundle, Rejection> {
    let parts = unpack::<5>(bundle)?;
    let [id, own, one_time, signed, signature] = parts.each_ref();
    let id = <[u8; 4]>::try_from(&id[..]);
    let id = id.map_err(|_| Rejection::malformed("no registration id"))?;
    let key = |bytes: &[u8]| {
        PublicKey::deserialize(bytes).map_err(|error| Rejection::malformed(error.to_string()))
    };
    PreKeyBundle::new(
        u32::from_be_bytes(id),
        DeviceId::new(1),
        Some((ONE_TIME.into(), key(one_time)?)),
        SIGNED.into(),
        key(signed)?,
        signature.clone(),
        IdentityKey::decode(own).map_err(malformed)?,
    )
    .map_err(malformed)
}

fn run<T>(call: impl Future<Output = Result<T, SignalProtocolError>>) -> Result<T, Rejection> {
    let waits = || Rejection::other("a store in memory made the library wait");
    ready(call).ok_or_else(waits)?.map_err(refusal)
}

fn refusal(error: SignalProtocolError) -> Rejection {
    let detail = error.to_string();
    match error {
        SignalProtocolError::DuplicatedMessage(..) => Rejection::replayed(detail),
        SignalProtocolError::BadMac(_) => Rejection::forged(detail),
        _ => Rejection::other(detail),
    }
}

fn malformed(error: SignalProtocolError) -> Rejection {
    Rejection::malformed(error.to_string())
}

//! `libsignal-protocol-syft`: Signal's own library in Rust as a crate. PQXDH, and the Triple Ratchet (a Double Ratchet beside a
//! ratchet of ML-KEM-768 in chunks).
//!
//! Source: libsignal-protocol-syft 0.85.3-beta.5 with spqr-syft of the same version. All its randomness is the caller's. Its
//! session store gives away a record of its own and gets one back by reference after a message has opened, so no store can
//! hand out a live one.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use libsignal_protocol_syft::{
    CiphertextMessage, CiphertextMessageType, DeviceId, GenericSignedPreKey as _, IdentityKey,
    IdentityKeyPair, IdentityKeyStore as _, InMemSignalProtocolStore, KeyPair, KyberPreKeyRecord,
    KyberPreKeyStore as _, PreKeyBundle, PreKeyRecord, PreKeySignalMessage, PreKeyStore as _,
    ProtocolAddress, PublicKey, SessionRecord, SessionStore as _, SignalMessage,
    SignalProtocolError, SignedPreKeyRecord, SignedPreKeyStore as _, Timestamp, kem,
    message_decrypt, message_encrypt, process_prekey_bundle,
};
use rand_core::CryptoRng;
use sprag::{
    Begun, Capabilities, ClosingGap, DoubleRatchet, Family, Field, HybridRatchet, Kept,
    KeyGeneration, Limits, Offer, Opened, Pair, PqRekey, Profile, Ratchet, Rejection, StoredPer,
    WhenFull,
};

use crate::core_09::Core09;
use crate::packing::{pack, unpack};
use crate::ready::ready;
use crate::signal_wire::{self, ENVELOPE, NORMAL, PRE_KEY};

const ONE_TIME: u32 = 1;
const SIGNED: u32 = 2;
const KYBER: u32 = 3;

/// Signal's ratchet as `libsignal-protocol-syft` has it.
#[derive(Clone, Copy, Debug)]
pub struct Signal;

/// What a device stores of itself and of one peer. It is the session: who steals the device has all of it.
#[derive(Clone)]
pub struct SignalDevice {
    store: InMemSignalProtocolStore,
    registration_id: u32,
    peer: ProtocolAddress,
}

impl SignalDevice {
    fn new(identity: IdentityKeyPair, registration_id: u32) -> Result<Self, Rejection> {
        let device = DeviceId::new(1).map_err(|error| Rejection::other(error.to_string()))?;
        let peer = if registration_id == 1 { "responder" } else { "initiator" };
        let store = InMemSignalProtocolStore::new(identity, registration_id).map_err(other)?;
        Ok(Self { store, registration_id, peer: ProtocolAddress::new(peer.to_owned(), device) })
    }

    /// Makes a one-time, a signed and a post-quantum prekey, and the bundle that a server would hand out: its parts in the
    /// order of the adapters for JavaScript.
    async fn bundle(&mut self, rng: &mut Core09<'_>) -> Result<Vec<u8>, SignalProtocolError> {
        let identity = self.store.get_identity_key_pair().await?;
        let (one_time, signed) = (KeyPair::generate(rng), KeyPair::generate(rng));
        let kyber = kem::KeyPair::generate(kem::KeyType::Kyber1024, rng);
        let mut sign = |key: &[u8]| identity.private_key().calculate_signature(key, rng);
        let signature = sign(&signed.public_key.serialize())?;
        let kyber_signature = sign(&kyber.public_key.serialize())?;
        let time = Timestamp::from_epoch_millis(now().1);
        let record = PreKeyRecord::new(ONE_TIME.into(), &one_time);
        self.store.save_pre_key(ONE_TIME.into(), &record).await?;
        let record = SignedPreKeyRecord::new(SIGNED.into(), time, &signed, &signature);
        self.store.save_signed_pre_key(SIGNED.into(), &record).await?;
        let record = KyberPreKeyRecord::new(KYBER.into(), time, &kyber, &kyber_signature);
        self.store.save_kyber_pre_key(KYBER.into(), &record).await?;
        Ok(pack(&[
            self.registration_id.to_be_bytes().to_vec(),
            identity.identity_key().serialize().into_vec(),
            one_time.public_key.serialize().into_vec(),
            signed.public_key.serialize().into_vec(),
            signature.to_vec(),
            kyber.public_key.serialize().into_vec(),
            kyber_signature.to_vec(),
        ]))
    }

    async fn encrypt(
        &mut self,
        rng: &mut Core09<'_>,
        plaintext: &[u8],
    ) -> Result<CiphertextMessage, SignalProtocolError> {
        let store = &mut self.store;
        let (sessions, identities) = (&mut store.session_store, &mut store.identity_store);
        message_encrypt(plaintext, &self.peer, sessions, identities, now().0, rng).await
    }

    async fn decrypt(
        &mut self,
        rng: &mut Core09<'_>,
        message: &CiphertextMessage,
    ) -> Result<Vec<u8>, SignalProtocolError> {
        let store = &mut self.store;
        message_decrypt(
            message,
            &self.peer,
            &mut store.session_store,
            &mut store.identity_store,
            &mut store.pre_key_store,
            &store.signed_pre_key_store,
            &mut store.kyber_pre_key_store,
            rng,
        )
        .await
    }

    /// What it stores, each part by the library; a prekey that is gone has no bytes.
    async fn saved(&self) -> Result<Vec<u8>, SignalProtocolError> {
        let store = &self.store;
        let identity = store.get_identity_key_pair().await?.serialize().into_vec();
        let peer = store.get_identity(&self.peer).await?;
        let session = store.load_session(&self.peer).await?;
        let one_time = store.get_pre_key(ONE_TIME.into()).await.and_then(|key| key.serialize());
        let signed = store.get_signed_pre_key(SIGNED.into()).await;
        let kyber = store.get_kyber_pre_key(KYBER.into()).await;
        Ok(pack(&[
            self.registration_id.to_be_bytes().to_vec(),
            identity,
            peer.map(|key| key.serialize().into_vec()).unwrap_or_default(),
            session.map(|record| record.serialize()).transpose()?.unwrap_or_default(),
            one_time.unwrap_or_default(),
            signed.and_then(|key| key.serialize()).unwrap_or_default(),
            kyber.and_then(|key| key.serialize()).unwrap_or_default(),
        ]))
    }

    async fn restore(&mut self, parts: [&[u8]; 5]) -> Result<(), SignalProtocolError> {
        let [peer, session, one_time, signed, kyber] = parts;
        self.store.save_identity(&self.peer, &IdentityKey::decode(peer)?).await?;
        let session = SessionRecord::deserialize(session)?;
        self.store.store_session(&self.peer, &session).await?;
        if !one_time.is_empty() {
            let record = PreKeyRecord::deserialize(one_time)?;
            self.store.save_pre_key(ONE_TIME.into(), &record).await?;
        }
        if !signed.is_empty() {
            let record = SignedPreKeyRecord::deserialize(signed)?;
            self.store.save_signed_pre_key(SIGNED.into(), &record).await?;
        }
        if !kyber.is_empty() {
            let record = KyberPreKeyRecord::deserialize(kyber)?;
            self.store.save_kyber_pre_key(KYBER.into(), &record).await?;
        }
        Ok(())
    }
}

impl Ratchet for Signal {
    type Session = SignalDevice;

    /// `consts.rs`: `MAX_FORWARD_JUMPS`, `MAX_MESSAGE_KEYS`, and `MAX_RECEIVER_CHAINS` with the current one among them; a key is
    /// made when one is received (`get_or_create_chain_key`). `chain.rs` of spqr-syft: `max_jump`, `max_ooo_keys`, one
    /// earlier epoch. Keys and ciphertexts of ML-KEM-768 travel in chunks, one a message; the pace is that which the
    /// adapter of Signal's JavaScript library states.
    fn profile(&self) -> Profile {
        let half = |retained_chains, when_full| DoubleRatchet {
            key_generation: KeyGeneration::Eager,
            limits: Limits {
                max_skip: Some(25_000),
                max_stored: Some(2000),
                stored_per: StoredPer::Chain,
                when_full,
                stored_seconds: None,
            },
            retained_chains,
            closes_chains: false,
            closing_gap: ClosingGap::default(),
        };
        let mut profile = Profile::of(Family::HybridRatchet(HybridRatchet {
            classical: half(4, WhenFull::Evict),
            // `max_ooo_keys` are numbers: a key goes when the newest one is so far ahead.
            post_quantum: half(1, WhenFull::Distance),
            pq_rekey: Some(PqRekey { messages: 44, epochs: 2 }),
        }));
        profile.envelope.push(ENVELOPE.to_owned());
        profile
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<SignalDevice>, Rejection> {
        let Offer { bundle, kept } = self.offer(rng)?;
        let Begun { session: initiator, opening, opened } = self.begin(rng, &bundle)?;
        Ok(Pair { initiator, responder: self.accept(rng, kept, &opening)?, opened })
    }

    fn offer(&self, rng: &mut dyn CryptoRng) -> Result<Offer, Rejection> {
        let rng = &mut Core09(rng);
        let mut responder = SignalDevice::new(IdentityKeyPair::generate(rng), 2)?;
        Ok(Offer { bundle: run(responder.bundle(rng))?, kept: Kept::new(responder) })
    }

    fn begin(
        &self,
        rng: &mut dyn CryptoRng,
        bundle: &[u8],
    ) -> Result<Begun<SignalDevice>, Rejection> {
        let bundle = read_bundle(bundle)?;
        let mut initiator = SignalDevice::new(IdentityKeyPair::generate(&mut Core09(rng)), 1)?;
        let SignalDevice { store, peer, .. } = &mut initiator;
        let (sessions, identities) = (&mut store.session_store, &mut store.identity_store);
        let (time, source) = (now().0, &mut Core09(rng));
        run(process_prekey_bundle(peer, sessions, identities, &bundle, time, source))?;
        let opening = self.encrypt(&mut initiator, rng, b"", b"opening")?;
        Ok(Begun { session: initiator, opening, opened: true })
    }

    fn accept(
        &self,
        rng: &mut dyn CryptoRng,
        kept: Kept,
        opening: &[u8],
    ) -> Result<SignalDevice, Rejection> {
        let mut responder: SignalDevice = kept.take()?;
        self.decrypt(&mut responder, rng, b"", opening)?;
        Ok(responder)
    }

    fn encrypt(
        &self,
        session: &mut SignalDevice,
        rng: &mut dyn CryptoRng,
        _ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let message = run(session.encrypt(&mut Core09(rng), plaintext))?;
        let kind = match message.message_type() {
            CiphertextMessageType::PreKey => PRE_KEY,
            _ => NORMAL,
        };
        Ok([&[kind], message.serialize()].concat())
    }

    fn decrypt(
        &self,
        session: &mut SignalDevice,
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
        run(session.decrypt(&mut Core09(rng), &message)).map(Opened::Plaintext)
    }

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed("signal/libsignal-syft")
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

    fn export(&self, session: &SignalDevice) -> Result<Vec<u8>, Rejection> {
        run(session.saved())
    }

    fn import(&self, state: &[u8]) -> Result<SignalDevice, Rejection> {
        let [registration_id, identity, rest @ ..] = &unpack::<7>(state)?;
        let registration_id = <[u8; 4]>::try_from(&registration_id[..])
            .map_err(|_| Rejection::malformed("no registration id"))?;
        let identity = IdentityKeyPair::try_from(&identity[..]).map_err(malformed)?;
        let mut device = SignalDevice::new(identity, u32::from_be_bytes(registration_id))?;
        ready(device.restore(rest.each_ref().map(Vec::as_slice)))
            .ok_or_else(waits)?
            .map_err(malformed)?;
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
    let parts = unpack::<7>(bundle)?;
    let [id, own, one_time, signed, signature, kyber, kyber_signature] = parts.each_ref();
    let id = <[u8; 4]>::try_from(&id[..]);
    let id = id.map_err(|_| Rejection::malformed("no registration id"))?;
    let key = |bytes: &[u8]| {
        PublicKey::deserialize(bytes).map_err(|error| Rejection::malformed(error.to_string()))
    };
    PreKeyBundle::new(
        u32::from_be_bytes(id),
        DeviceId::new(1).map_err(|error| Rejection::other(error.to_string()))?,
        Some((ONE_TIME.into(), key(one_time)?)),
        SIGNED.into(),
        key(signed)?,
        signature.clone(),
        KYBER.into(),
        kem::PublicKey::deserialize(kyber).map_err(malformed)?,
        kyber_signature.clone(),
        IdentityKey::decode(own).map_err(malformed)?,
    )
    .map_err(malformed)
}

/// No clock: a session whose first message is not answered for 30 days would go stale.
fn now() -> (SystemTime, u64) {
    let since = Duration::from_secs(1_767_225_600);
    (SystemTime::UNIX_EPOCH + since, since.as_secs() * 1000)
}

fn run<T>(call: impl Future<Output = Result<T, SignalProtocolError>>) -> Result<T, Rejection> {
    ready(call).ok_or_else(waits)?.map_err(refusal)
}

fn waits() -> Rejection {
    Rejection::other("a store in memory made the library wait")
}

/// The library tells only duplicates apart from the rest.
fn refusal(error: SignalProtocolError) -> Rejection {
    match error {
        SignalProtocolError::DuplicatedMessage(..) => Rejection::replayed(error.to_string()),
        _ => other(error),
    }
}

fn malformed(error: SignalProtocolError) -> Rejection {
    Rejection::malformed(error.to_string())
}

fn other(error: SignalProtocolError) -> Rejection {
    Rejection::other(error.to_string())
}

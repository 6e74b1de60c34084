// Signal's own library, `@signalapp/libsignal-client`: PQXDH, and the Triple Ratchet (a Double Ratchet beside a ratchet of
// ML-KEM-768 in chunks). Run with --live, the store hands the library its live record; without, a copy.
//
// The randomness is drawn inside the native module and cannot be replaced, so `seeded` is false.

import * as signal from '@signalapp/libsignal-client';
import { Rejected, run } from 'sprag-kit';

import { KYBER, ONE_TIME, SIGNED, packBundle, unpackBundle } from './shared/bundle.mjs';
import { ENVELOPE, fields, rewrite } from './shared/signal-wire.mjs';
import { pack, unpack } from './shared/packing.mjs';

const { CiphertextMessageType: Type, SessionRecord } = signal;
const LIVE = process.argv.includes('--live');
const DEVICE = 1;
// No clock: a session whose first message is not answered for 30 days would go stale.
const NOW = new Date('2026-01-01T00:00:00Z');

signal.initLogger(signal.LogLevel.Error, () => {});

/** What a device stores of itself and of one peer. It is the session: who steals the device has all of it. */
class Device {
  constructor(held) {
    Object.assign(this, held);
    this.address = signal.ProtocolAddress.new(this.name, DEVICE);
    this.peerAddress = signal.ProtocolAddress.new(this.peerName, DEVICE);
  }

  static create(name, peerName, registrationId) {
    const identity = signal.PrivateKey.generate().serialize();
    return new Device({ name, peerName, registrationId, identity, peerIdentity: null, record: null, preKeys: {} });
  }

  /** A copy that shares nothing that anyone writes to. */
  copy() {
    const record = LIVE && this.record ? SessionRecord.deserialize(this.record.serialize()) : this.record;
    return new Device({ ...this, record, preKeys: { ...this.preKeys } });
  }

  saved() {
    const record = LIVE ? this.record.serialize() : this.record;
    const { name, peerName, registrationId, identity, peerIdentity, preKeys } = this;
    return pack({ name, peerName, registrationId, identity, peerIdentity, record, preKeys });
  }

  static restored(state) {
    const held = unpack(state);
    try {
      signal.PrivateKey.deserialize(held.identity);
      const record = SessionRecord.deserialize(held.record);
      return new Device(LIVE ? { ...held, record } : held);
    } catch (error) {
      throw new Rejected('malformed', error.message);
    }
  }

  // The five stores that the library works on.

  async saveSession(_address, record) {
    this.record = LIVE ? record : record.serialize();
  }

  async getSession() {
    return LIVE || !this.record ? this.record : SessionRecord.deserialize(this.record);
  }

  async getIdentityKey() {
    return signal.PrivateKey.deserialize(this.identity);
  }

  async getIdentityKeyPair() {
    const key = await this.getIdentityKey();
    return new signal.IdentityKeyPair(key.getPublicKey(), key);
  }

  async getLocalRegistrationId() {
    return this.registrationId;
  }

  async getIdentity() {
    return this.peerIdentity && signal.PublicKey.deserialize(this.peerIdentity);
  }

  async saveIdentity(_address, key) {
    const known = this.peerIdentity;
    this.peerIdentity = key.serialize();
    const replaced = known && !Buffer.from(known).equals(this.peerIdentity);
    return replaced ? signal.IdentityChange.ReplacedExisting : signal.IdentityChange.NewOrUnchanged;
  }

  async isTrustedIdentity(_address, key) {
    return !this.peerIdentity || Buffer.from(this.peerIdentity).equals(key.serialize());
  }

  #preKey(id, Record) {
    if (!this.preKeys[id]) throw new Error(`no prekey ${id}`);
    return Record.deserialize(this.preKeys[id]);
  }

  async getPreKey(id) {
    return this.#preKey(id, signal.PreKeyRecord);
  }

  async removePreKey(id) {
    delete this.preKeys[id];
  }

  async getSignedPreKey(id) {
    return this.#preKey(id, signal.SignedPreKeyRecord);
  }

  async getKyberPreKey(id) {
    return this.#preKey(id, signal.KyberPreKeyRecord);
  }

  // It is one-time too, and no key of last resort.
  async markKyberPreKeyUsed(id) {
    delete this.preKeys[id];
  }

  /** Makes a one-time, a signed and a post-quantum prekey, and the bundle that a server would hand out. */
  async bundle() {
    const identity = await this.getIdentityKey();
    const [oneTime, signed, kyber] = [signal.PrivateKey.generate(), signal.PrivateKey.generate(), signal.KEMKeyPair.generate()];
    const [signedKey, kyberKey] = [signed.getPublicKey(), kyber.getPublicKey()];
    const [signature, kyberSignature] = [signedKey, kyberKey].map((key) => identity.sign(key.serialize()));
    const time = NOW.getTime();
    this.preKeys[ONE_TIME] = signal.PreKeyRecord.new(ONE_TIME, oneTime.getPublicKey(), oneTime).serialize();
    this.preKeys[SIGNED] = signal.SignedPreKeyRecord.new(SIGNED, time, signedKey, signed, signature).serialize();
    this.preKeys[KYBER] = signal.KyberPreKeyRecord.new(KYBER, time, kyber, kyberSignature).serialize();
    const [own, first] = [identity.getPublicKey(), oneTime.getPublicKey()].map((key) => key.serialize());
    return packBundle(
      this.registrationId, own, first, signedKey.serialize(), signature, kyberKey.serialize(), kyberSignature);
  }
}

function readBundle(offer) {
  const [id, own, first, signed, signature, kyber, kyberSignature] = unpackBundle(offer, 6);
  const key = (bytes) => signal.PublicKey.deserialize(bytes);
  return signal.PreKeyBundle.new(id, DEVICE, ONE_TIME, key(first), SIGNED, key(signed), signature, key(own), KYBER,
    signal.KEMPublicKey.deserialize(kyber), kyberSignature);
}

async function offer() {
  const kept = Device.create('responder', 'initiator', 2);
  return { offer: await kept.bundle(), kept };
}

async function begin(_rng, bundle) {
  const session = Device.create('initiator', 'responder', 1);
  const { peerAddress, address } = session;
  await signal.processPreKeyBundle(readBundle(bundle), peerAddress, address, session, session, NOW);
  return { session, opening: await encrypt(session, Buffer.from('opening')), opened: true };
}

async function accept(session, _rng, opening) {
  await decrypt(session, opening);
  return session;
}

async function encrypt(device, plaintext) {
  const { peerAddress, address } = device;
  const message = await signal.signalEncrypt(plaintext, peerAddress, address, device, device, NOW);
  return Buffer.concat([Uint8Array.of(message.type()), message.serialize()]);
}

async function decrypt(device, message) {
  const { peerAddress, address } = device;
  const body = message.slice(1);
  switch (message[0]) {
    case Type.Whisper:
      return signal.signalDecrypt(parsed(signal.SignalMessage, body), peerAddress, address, device, device);
    case Type.PreKey:
      return signal.signalDecryptPreKey(
        parsed(signal.PreKeySignalMessage, body), peerAddress, address, device, device, device, device, device);
    default:
      throw new Rejected('malformed', 'the first byte is no type of message');
  }
}

function parsed(Message, body) {
  try {
    return Message.deserialize(body);
  } catch (error) {
    throw new Rejected('malformed', error.message);
  }
}

/** A refusal of the library's; it tells only duplicates apart from the rest. */
async function refusing(call) {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof signal.LibSignalErrorBase)) throw error;
    throw new Rejected(error.code === signal.ErrorCode.DuplicatedMessage ? 'replayed' : 'other', error.message);
  }
}

// rust/protocol/src/consts.rs of libsignal: MAX_FORWARD_JUMPS, MAX_MESSAGE_KEYS, and MAX_RECEIVER_CHAINS with the current
// one among them. src/chain.rs of SparsePostQuantumRatchet: MAX_JUMP, MAX_OOO_KEYS; EPOCHS_TO_KEEP with the current one.
// The latter are numbers: a key goes when the newest one of its chain is 2,000 ahead.
const LIMITS = { max_skip: 25_000, max_stored: 2_000, stored_per: 'chain', when_full: 'evict', closes_chains: false };

await run({
  name: LIVE ? 'signal/libsignal-client-live' : 'signal/libsignal-client',
  version: '0.103.0',
  profile: {
    family: 'hybrid-ratchet',
    // A new key is made when a new one is received: get_or_create_chain_key of rust/protocol/src/session_cipher.rs.
    classical: { key_generation: 'eager', retained_chains: 4, ...LIMITS },
    post_quantum: { retained_chains: 1, ...LIMITS, when_full: 'distance' },
    // A key and a ciphertext of ML-KEM-768 travel in chunks, one a message: in strict ping-pong the number of the epoch on
    // the wire moves on after 43 or 44 messages in each direction. What is under way at a theft is lost with it.
    pq_rekey: { messages: 44, epochs: 2 },
    envelope: [ENVELOPE],
  },
  associatedData: false,
  seeded: false,

  async pair(rng) {
    const { offer: bundle, kept } = await offer();
    const { session: initiator, opening, opened } = await begin(rng, bundle);
    return { initiator, responder: await accept(kept, rng, opening), opened };
  },
  offer: () => refusing(offer),
  begin: (rng, bundle) => refusing(() => begin(rng, bundle)),
  accept: (kept, rng, opening) => refusing(() => accept(kept, rng, opening)),

  encrypt: (device, _rng, _ad, plaintext) => refusing(() => encrypt(device, plaintext)),
  decrypt: (device, _rng, _ad, message) => refusing(() => decrypt(device, message)),
  clone: (device) => device.copy(),
  export: (device) => device.saved(),
  import: (state) => Device.restored(state),
  fields: (message) => fields(message, Type.PreKey),
  rewrite: (message, field, value) => rewrite(message, field, value, Type.PreKey),
});

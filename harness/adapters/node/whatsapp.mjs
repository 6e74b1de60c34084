// `libsignal` 6.0.0, the JavaScript library of WhatsApp's web clients: X3DH and a Double Ratchet. Run with --live, the
// store hands the library its live record; without, it keeps JSON, as the clients do.
//
// Its randomness is that of node:crypto, replaced by the seed of each call.

import { drawingFrom } from './shared/replaced-randomness.mjs';
import { Rejected, run } from 'sprag-kit';
import { pack, unpack } from './shared/packing.mjs';
import { ONE_TIME, SIGNED, packBundle, unpackBundle } from './shared/bundle.mjs';
import { ENVELOPE, fields, rewrite } from './shared/signal-wire.mjs';

const { default: signal } = await import('libsignal');
const { keyhelper, MessageCounterError, ProtocolAddress, SessionBuilder, SessionCipher, SessionRecord } = signal;

const LIVE = process.argv.includes('--live');
// The first byte on the wire is ours, as Signal's libraries number their messages; this one calls a normal one 1.
const [NORMAL_MESSAGE, PRE_KEY_MESSAGE] = [2, 3];
const DEVICE = 1;

// The library writes each refusal to the console, with its stack.
console.error = console.warn = console.info = () => {};

/** What a device stores of itself and of one peer. It is the session: who steals the device has all of it. */
class Device {
  constructor(held) {
    Object.assign(this, held);
    this.cipher = new SessionCipher(this, new ProtocolAddress(this.peerName, DEVICE));
  }

  static create(name, peerName, registrationId) {
    const identity = keyhelper.generateIdentityKeyPair();
    return new Device({ name, peerName, registrationId, identity, peerIdentity: null, record: null, preKeys: {} });
  }

  #held() {
    const { name, peerName, registrationId, identity, peerIdentity, preKeys } = this;
    const record = LIVE ? JSON.stringify(this.record.serialize()) : this.record;
    return { name, peerName, registrationId, identity, peerIdentity, record, preKeys };
  }

  static #of(held) {
    return new Device(LIVE ? { ...held, record: read(held.record) } : held);
  }

  copy() {
    const held = this.#held();
    return Device.#of({ ...held, preKeys: { ...held.preKeys } });
  }

  saved() {
    return pack(this.#held());
  }

  static restored(state) {
    const held = unpack(state);
    try {
      read(held.record);
      return Device.#of(held);
    } catch (error) {
      throw new Rejected('malformed', error.message);
    }
  }

  // The store that the library works on.

  async loadSession() {
    return LIVE || !this.record ? this.record ?? undefined : read(this.record);
  }

  async storeSession(_address, record) {
    this.record = LIVE ? record : JSON.stringify(record.serialize());
  }

  async isTrustedIdentity(_address, key) {
    this.peerIdentity ??= Buffer.from(key);
    return this.peerIdentity.equals(key);
  }

  async loadPreKey(id) {
    return this.preKeys[id];
  }

  async removePreKey(id) {
    delete this.preKeys[id];
  }

  async loadSignedPreKey(id) {
    return this.preKeys[id];
  }

  async getOurRegistrationId() {
    return this.registrationId;
  }

  async getOurIdentity() {
    return this.identity;
  }

  /** Makes a one-time and a signed prekey, and the bundle that a server would hand out. */
  bundle() {
    const oneTime = keyhelper.generatePreKey(ONE_TIME);
    const signed = keyhelper.generateSignedPreKey(this.identity, SIGNED);
    this.preKeys = { [ONE_TIME]: oneTime.keyPair, [SIGNED]: signed.keyPair };
    return packBundle(
      this.registrationId, this.identity.pubKey, oneTime.keyPair.pubKey, signed.keyPair.pubKey, signed.signature);
  }
}

function readBundle(offer) {
  const [registrationId, identityKey, first, publicKey, signature] = unpackBundle(offer, 4);
  const [signedPreKey, preKey] = [{ keyId: SIGNED, publicKey, signature }, { keyId: ONE_TIME, publicKey: first }];
  return { registrationId, identityKey, signedPreKey, preKey };
}

function offer() {
  const kept = Device.create('responder', 'initiator', 2);
  return { offer: kept.bundle(), kept };
}

async function begin(bundle) {
  const session = Device.create('initiator', 'responder', 1);
  const builder = new SessionBuilder(session, new ProtocolAddress(session.peerName, DEVICE));
  await builder.initOutgoing(readBundle(bundle));
  return { session, opening: await encrypt(session, Buffer.from('opening')), opened: true };
}

async function accept(session, opening) {
  await decrypt(session, opening);
  return session;
}

const read = (record) => SessionRecord.deserialize(JSON.parse(record));

async function encrypt(device, plaintext) {
  const { type, body } = await device.cipher.encrypt(Buffer.from(plaintext));
  return Buffer.concat([Uint8Array.of(type === PRE_KEY_MESSAGE ? PRE_KEY_MESSAGE : NORMAL_MESSAGE), body]);
}

async function decrypt(device, message) {
  const body = Buffer.from(message.subarray(1));
  if (message[0] === PRE_KEY_MESSAGE) return device.cipher.decryptPreKeyWhisperMessage(body);
  if (message[0] === NORMAL_MESSAGE) return device.cipher.decryptWhisperMessage(body);
  throw new Rejected('malformed', 'the first byte is no type of message');
}

/** Whatever the library throws is a refusal. It tells a repeated message apart in pre-key messages alone. */
async function refusing(rng, call) {
  try {
    return await drawingFrom(rng, call);
  } catch (error) {
    if (error instanceof Rejected) throw error;
    throw new Rejected(error instanceof MessageCounterError ? 'replayed' : 'other', error.message);
  }
}

await run({
  name: LIVE ? 'whatsapp/libsignal-js-live' : 'whatsapp/libsignal-js',
  version: '6.0.0',
  profile: {
    family: 'double-ratchet',
    // maybeStepRatchet of src/session_cipher.js makes the new key on receipt, and closes the old chain at its length.
    key_generation: 'eager',
    closes_chains: true,
    // fillMessageKeys: "Over 2000 messages into the future" counts the message itself. Of stored keys no bound is known.
    max_skip: 1999,
    envelope: [ENVELOPE],
  },
  associatedData: false,

  pair: (rng) => refusing(rng, async () => {
    const { offer: bundle, kept } = offer();
    const { session: initiator, opening, opened } = await begin(bundle);
    return { initiator, responder: await accept(kept, opening), opened };
  }),
  offer: (rng) => refusing(rng, async () => offer()),
  begin: (rng, bundle) => refusing(rng, () => begin(bundle)),
  accept: (kept, rng, opening) => refusing(rng, () => accept(kept, opening)),

  encrypt: (device, rng, _ad, plaintext) => refusing(rng, () => encrypt(device, plaintext)),
  decrypt: (device, rng, _ad, message) => refusing(rng, () => decrypt(device, message)),
  clone: (device) => device.copy(),
  export: (device) => device.saved(),
  import: (state) => Device.restored(state),
  fields: (message) => fields(message, PRE_KEY_MESSAGE),
  rewrite: (message, field, value) => rewrite(message, field, value, PRE_KEY_MESSAGE),
});

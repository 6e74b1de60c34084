// SPRAG-F-0009.
// @signalapp/libsignal-client 0.103.0: a damaged record that is read without an error makes the native part panic on the
// next encryption. The panic arrives as an error of JavaScript; the program goes on. Exits 0 if it does.

import assert from 'node:assert/strict';
import * as signal from '@signalapp/libsignal-client';

const { PrivateKey, ProtocolAddress, SessionRecord } = signal;
signal.initLogger(signal.LogLevel.Error, () => {});

const [identity, peer] = [PrivateKey.generate(), PrivateKey.generate()];
const [here, there] = [ProtocolAddress.new('here', 1), ProtocolAddress.new('there', 1)];

/** A store of one record. */
class Store {
  getSession = async () => this.record;
  saveSession = async (_address, record) => { this.record = record; };
  getIdentityKey = async () => identity;
  getIdentityKeyPair = async () => new signal.IdentityKeyPair(identity.getPublicKey(), identity);
  getLocalRegistrationId = async () => 1;
  getIdentity = async () => null;
  saveIdentity = async () => signal.IdentityChange.NewOrUnchanged;
  isTrustedIdentity = async () => true;
}

const signed = PrivateKey.generate().getPublicKey();
const kyber = signal.KEMKeyPair.generate().getPublicKey();
const [signature, kyberSignature] = [signed, kyber].map((key) => peer.sign(key.serialize()));
const bundle = signal.PreKeyBundle.new(
  2, 1, null, null, 1, signed, signature, peer.getPublicKey(), 1, kyber, kyberSignature);
const store = new Store();
await signal.processPreKeyBundle(bundle, there, here, store, store);
const state = store.record.serialize();

/** What the native part says of its panic on encrypting with this record; nothing if there is none. */
async function panic(damaged) {
  try {
    store.record = SessionRecord.deserialize(damaged);
    await signal.signalEncrypt(Buffer.from('text'), there, here, store, store);
  } catch (error) {
    return String(error.message).match(/unexpected panic[^]*/)?.[0];
  }
  return undefined;
}

let words;
for (let bit = 0; bit < state.length * 8 && !words; bit++) {
  const damaged = Uint8Array.from(state);
  damaged[bit >> 3] ^= 1 << (bit & 7);
  words = await panic(damaged);
}
assert.ok(words);
assert.equal(await panic(state), undefined, 'the program goes on');
console.log(words);

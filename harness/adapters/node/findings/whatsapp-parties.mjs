// Two parties of `libsignal` with stores in memory, and an open session between them; the library and nothing else.

import signal from 'libsignal';

const { keyhelper, ProtocolAddress, SessionBuilder, SessionCipher, SessionRecord } = signal;

/** A store that keeps JSON, as WhatsApp's web clients do, or with `live` the very record that the library gave it. */
class Store {
  constructor(live) {
    this.live = live;
    this.identity = keyhelper.generateIdentityKeyPair();
    this.signed = keyhelper.generateSignedPreKey(this.identity, 2);
    this.record = undefined;
  }

  bundle() {
    this.oneTime = keyhelper.generatePreKey(1);
    return {
      registrationId: 7,
      identityKey: this.identity.pubKey,
      signedPreKey: { keyId: 2, publicKey: this.signed.keyPair.pubKey, signature: this.signed.signature },
      preKey: { keyId: 1, publicKey: this.oneTime.keyPair.pubKey },
    };
  }

  loadSession = async () => (
    this.live || !this.record ? this.record : SessionRecord.deserialize(JSON.parse(this.record)));
  storeSession = async (_address, record) => {
    this.record = this.live ? record : JSON.stringify(record.serialize());
  };
  isTrustedIdentity = async () => true;
  loadPreKey = async () => this.oneTime?.keyPair;
  removePreKey = async () => { this.oneTime = undefined; };
  loadSignedPreKey = async () => this.signed.keyPair;
  getOurRegistrationId = async () => 7;
  getOurIdentity = async () => this.identity;
}

class Party {
  constructor(peerName, live) {
    this.store = new Store(live);
    this.address = new ProtocolAddress(peerName, 1);
    this.cipher = new SessionCipher(this.store, this.address);
  }

  send = (text) => this.cipher.encrypt(Buffer.from(text));

  open = async ({ type, body }) => {
    const plaintext = await (type === 3 ? this.cipher.decryptPreKeyWhisperMessage(body) : this.cipher.decryptWhisperMessage(body));
    return plaintext.toString();
  };

  opens = (message) => this.open(message).then(() => true, () => false);
}

/** Alice and Bob, who have each heard from the other. */
export async function parties({ live = false } = {}) {
  const [alice, bob] = [new Party('bob', live), new Party('alice', live)];
  await new SessionBuilder(alice.store, alice.address).initOutgoing(bob.store.bundle());
  await bob.open(await alice.send('first'));
  await alice.open(await bob.send('second'));
  return { alice, bob };
}

/** The library writes each refusal to the console. */
export function quietly() {
  console.error = console.warn = console.info = () => {};
}

export { signal };

// Two parties of `@wireapp/proteus` with their prekeys in memory, and an open session; the library and nothing else.

import proteus from '@wireapp/proteus';

const { keys, message: { Envelope }, session: { Session } } = proteus;

await proteus.init();

class Party {
  identity = new keys.IdentityKeyPair();
  preKeys = new Map();

  async load_prekey(id) {
    return keys.PreKey.deserialise(this.preKeys.get(id));
  }

  async delete_prekey(id) {
    this.preKeys.delete(id);
  }

  send = (text) => new Uint8Array(Session.encrypt(this.session, text).serialise());

  async open(bytes) {
    const envelope = Envelope.deserialise(new Uint8Array(bytes).buffer);
    return Buffer.from(await this.session.decrypt(this, envelope)).toString();
  }

  opens = (bytes) => this.open(bytes).then(() => true, () => false);
}

/** Alice and Bob, and the message with which Alice opened their session over `preKey`. */
export async function parties(preKey = new keys.PreKey(1)) {
  const [alice, bob] = [new Party(), new Party()];
  bob.preKeys.set(preKey.key_id, preKey.serialise());
  const bundle = new keys.PreKeyBundle(bob.identity.public_key, preKey).serialise();
  alice.session = Session.init_from_prekey(alice.identity, keys.PreKeyBundle.deserialise(bundle));
  const opening = alice.send('opening');
  [bob.session] = await Session.init_from_message(bob.identity, bob, Envelope.deserialise(new Uint8Array(opening).buffer));
  return { alice, bob, opening };
}

export { keys };

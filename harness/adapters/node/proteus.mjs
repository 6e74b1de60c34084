// `@wireapp/proteus`, Wire's library of its web client: Proteus, a Double Ratchet behind a handshake with one prekey, here
// a one-time prekey.
//
// Its randomness is that of node:crypto, replaced by the seed of each call. What it draws goes through a generator of the
// process; that is begun anew for each call, as after a restart of the program, so that sessions share nothing.

import { drawingFrom } from './shared/replaced-randomness.mjs';
import { Rejected, run } from 'sprag-kit';
import { pack, unpack } from './shared/packing.mjs';
import { fields, rewrite } from './shared/proteus-wire.mjs';

const { default: proteus } = await import('@wireapp/proteus');
const { keys, message: { Envelope }, session: { Session }, errors: { DecryptError }, util: { RandomUtil } } = proteus;

const ONE_TIME = 1;

await proteus.init();

/** What a client stores: its identity, its prekeys, and one session. Who steals the client has all of it. */
class Client {
  constructor(identity, preKeys, session = null) {
    this.identity = identity;
    this.preKeys = preKeys;
    this.session = session;
  }

  static create() {
    return new Client(new keys.IdentityKeyPair(), {});
  }

  copy() {
    const session = Session.deserialise(this.identity, this.session.serialise());
    return new Client(this.identity, { ...this.preKeys }, session);
  }

  saved() {
    const [identity, session] = [this.identity, this.session].map((part) => new Uint8Array(part.serialise()));
    return pack({ identity, preKeys: this.preKeys, session });
  }

  static restored(state) {
    const held = unpack(state);
    try {
      const identity = keys.IdentityKeyPair.deserialise(buffer(held.identity));
      return new Client(identity, held.preKeys, Session.deserialise(identity, buffer(held.session)));
    } catch (error) {
      throw new Rejected('malformed', error.message);
    }
  }

  // The store of prekeys that the library works on.

  async load_prekey(id) {
    if (!this.preKeys[id]) throw new Error(`no prekey ${id}`);
    return keys.PreKey.deserialise(buffer(this.preKeys[id]));
  }

  async delete_prekey(id) {
    delete this.preKeys[id];
  }

  /** Makes a prekey, and the bundle that a server would hand out. */
  bundle() {
    const preKey = new keys.PreKey(ONE_TIME);
    this.preKeys[preKey.key_id] = new Uint8Array(preKey.serialise());
    return keys.PreKeyBundle.deserialise(new keys.PreKeyBundle(this.identity.public_key, preKey).serialise());
  }
}

/** The library reads from an `ArrayBuffer` of its own. */
const buffer = (bytes) => new Uint8Array(bytes).buffer;

function parsed(message) {
  try {
    return Envelope.deserialise(buffer(message));
  } catch (error) {
    throw new Rejected('malformed', error.message);
  }
}

const CLASSES = [
  [DecryptError.InvalidSignature, 'forged'],
  [DecryptError.DuplicateMessage, 'replayed'],
  [DecryptError.OutdatedMessage, 'expired'],
  [DecryptError.TooDistantFuture, 'gap-too-large'],
];

/** Whatever the library throws is a refusal. */
async function refusing(rng, call) {
  RandomUtil.CSPRNG.instance = undefined;
  try {
    return await drawingFrom(rng, call);
  } catch (error) {
    if (error instanceof Rejected) throw error;
    const known = CLASSES.find(([kind]) => error instanceof kind);
    throw new Rejected(known ? known[1] : 'other', error.message);
  }
}

await run({
  name: 'wire/proteus',
  version: '9.13.0',
  profile: {
    family: 'double-ratchet',
    // src/session/SessionState.js: `ratchet` makes the new key on receipt; MAX_RECV_CHAINS is 5, the current one among them.
    key_generation: 'eager',
    retained_chains: 4,
    closes_chains: false,
    // src/session/RecvChain.js: MAX_COUNTER_GAP bounds both.
    max_skip: 1000,
    max_stored: 1000,
    stored_per: 'chain',
    when_full: 'evict',
  },
  associatedData: false,

  pair: (rng) => refusing(rng, async () => {
    const [initiator, responder] = [Client.create(), Client.create()];
    initiator.session = Session.init_from_prekey(initiator.identity, responder.bundle());
    const opening = Envelope.deserialise(Session.encrypt(initiator.session, Buffer.from('opening')).serialise());
    [responder.session] = await Session.init_from_message(responder.identity, responder, opening);
    return { initiator, responder, opened: true };
  }),

  encrypt: (client, rng, _ad, plaintext) => (
    refusing(rng, () => new Uint8Array(Session.encrypt(client.session, plaintext).serialise()))),
  decrypt: (client, rng, _ad, message) => refusing(rng, () => client.session.decrypt(client, parsed(message))),
  clone: (client) => client.copy(),
  export: (client) => client.saved(),
  import: (state) => Client.restored(state),
  fields,
  rewrite,
});

// `@matrix-org/olm`, Matrix's old library, libolm in WebAssembly: Olm, 3DH and a Double Ratchet.
//
// Its randomness is that of node:crypto, replaced by the seed of each call.

import { drawingFrom } from './shared/replaced-randomness.mjs';
import { Rejected, run } from 'sprag-kit';
import { pack, unpack } from './shared/packing.mjs';
import { ENVELOPE, fields, rewrite } from './shared/signal-wire.mjs';

const { default: Olm } = await import('@matrix-org/olm');
await Olm.init();

const PRE_KEY_MESSAGE = 0;
const PICKLE_KEY = 'sprag';

// The library keeps its objects in memory of its own and wants to be told when one is gone.
const gone = new FinalizationRegistry((object) => object.free());

/** A session, which is all that a device needs to go on with its peer. */
class End {
  constructor(session) {
    this.session = session;
    gone.register(this, session);
  }

  saved = () => this.session.pickle(PICKLE_KEY);

  static restored(pickle) {
    const session = new Olm.Session();
    try {
      session.unpickle(PICKLE_KEY, pickle);
    } catch (error) {
      session.free();
      throw error;
    }
    return new End(session);
  }
}

// Texts of the library are text: what it decrypts ends at the first NUL. A byte is a character from U+0100 on.
const OFFSET = 0x100;
const text = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(OFFSET + byte)).join('');
const untext = (string) => Uint8Array.from(string, (character) => character.charCodeAt(0) - OFFSET);

const MALFORMED = ['OLM.BAD_MESSAGE_FORMAT', 'OLM.BAD_MESSAGE_VERSION', 'OLM.INVALID_BASE64'];

/** Whatever the library throws is a refusal. A bad MAC it names for a repeated message too. */
async function refusing(rng, call) {
  try {
    return await drawingFrom(rng, call);
  } catch (error) {
    if (error instanceof Rejected) throw error;
    throw new Rejected(MALFORMED.includes(error.message) ? 'malformed' : 'other', error.message);
  }
}

function encrypt({ session }, plaintext) {
  const { type, body } = session.encrypt(text(plaintext));
  return Buffer.concat([Uint8Array.of(type), Buffer.from(body, 'base64')]);
}

function decrypt({ session }, message) {
  if (message[0] !== PRE_KEY_MESSAGE && message[0] !== 1) throw new Rejected('malformed', 'the first byte is no type of message');
  return untext(session.decrypt(message[0], unpadded(message.subarray(1))));
}

const unpadded = (bytes) => Buffer.from(bytes).toString('base64').replace(/=+$/, '');

function account() {
  const made = new Olm.Account();
  made.create();
  return made;
}

await run({
  name: 'matrix/libolm-js',
  version: '3.2.15',
  profile: {
    family: 'double-ratchet',
    // libolm's src/ratchet.cpp: a new key is made on sending; MAX_MESSAGE_GAP.
    key_generation: 'lazy',
    max_skip: 2000,
    // include/olm/ratchet.hh: MAX_RECEIVER_CHAINS is 5, the current one among them.
    retained_chains: 4,
    closes_chains: false,
    // The same, MAX_SKIPPED_MESSAGE_KEYS: 40 of all chains together, but no key is used once its chain is gone.
    max_stored: 40,
    stored_per: 'live-chains',
    when_full: 'evict',
    envelope: [ENVELOPE],
  },
  associatedData: false,

  pair: (rng) => refusing(rng, () => {
    const [alice, bob] = [account(), account()];
    bob.generate_one_time_keys(1);
    const [oneTime] = Object.values(JSON.parse(bob.one_time_keys()).curve25519);
    const [initiator, responder] = [new End(new Olm.Session()), new End(new Olm.Session())];
    initiator.session.create_outbound(alice, JSON.parse(bob.identity_keys()).curve25519, oneTime);
    const opening = encrypt(initiator, Buffer.from('opening'));
    responder.session.create_inbound(bob, unpadded(opening.subarray(1)));
    bob.remove_one_time_keys(responder.session);
    decrypt(responder, opening);
    for (const made of [alice, bob]) made.free();
    return { initiator, responder, opened: true };
  }),

  encrypt: (end, rng, _ad, plaintext) => refusing(rng, () => encrypt(end, plaintext)),
  decrypt: (end, rng, _ad, message) => refusing(rng, () => decrypt(end, message)),
  clone: (end) => End.restored(end.saved()),
  export: (end) => pack(end.saved()),
  import: (state) => {
    try {
      return End.restored(unpack(state));
    } catch (error) {
      throw new Rejected('malformed', error.message);
    }
  },
  fields: (message) => fields(message, PRE_KEY_MESSAGE),
  rewrite: (message, field, value) => rewrite(message, field, value, PRE_KEY_MESSAGE),
});

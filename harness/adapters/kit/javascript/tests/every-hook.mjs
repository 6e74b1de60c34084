// Every optional function of the kit, on a ratchet without any cryptography. The tests of the command talk to it.

import { Rejected, run } from '../index.mjs';

const SERVICE = 0xff;

const mask = (key, text) => text.map((byte) => byte ^ key);
const sum = (...parts) => parts.flatMap((part) => [...part]).reduce((all, byte) => all + byte, 0) % 256;
const NOBODY = new Uint8Array();

await run({
  name: 'test/every-hook',
  version: '1',
  profile: { family: 'static-key' },
  secret: true,
  identities: true,

  pair(rng, { sharedSecret = rng.bytes(32), initiatorId = NOBODY, responderId = NOBODY }) {
    const end = () => ({ key: sum(sharedSecret, initiatorId, responderId), sent: 0, opened: 0, seconds: 0 });
    return { initiator: end(), responder: end() };
  },

  offer: () => ({ offer: Uint8Array.of(5), kept: 5 }),

  begin(rng, [offered]) {
    const session = { key: offered + 1, sent: 0, opened: 0, seconds: 0 };
    return { session, opening: Uint8Array.of(1), opened: true };
  },

  accept: (kept, rng, [opening]) => ({ key: kept + opening, sent: 0, opened: 0, seconds: 0 }),

  encrypt: (session, rng, ad, plaintext) => Uint8Array.of(session.sent++, ...mask(session.key, plaintext)),

  decrypt(session, rng, ad, message) {
    if (message.length === 0) throw new Rejected('malformed', 'empty');
    if (message.length === 1 && message[0] === SERVICE) return null;
    [session.opened] = message;
    return mask(session.key, message.slice(1));
  },

  drop: () => console.log('dropped'),

  export: ({ key, sent, opened, seconds }) => Uint8Array.of(key, sent, opened, seconds),

  import(state) {
    if (state.length !== 4) throw new Rejected('malformed', 'not four bytes');
    const [key, sent, opened, seconds] = state;
    return { key, sent, opened, seconds };
  },

  fields: (message) => [
    { name: 'counter', offset: 0, length: 1 },
    { name: 'ciphertext', offset: 1, length: message.length - 1, origin: 'derived' },
  ],

  rewrite(message, field, value) {
    if (field !== 'counter' || value.length !== 1) throw new Rejected('malformed', 'not a counter');
    return Uint8Array.of(...value, ...message.slice(1));
  },

  outbox(session) {
    const due = session.seconds >= 10;
    session.seconds %= 10;
    return due ? [Uint8Array.of(SERVICE)] : [];
  },

  advance(session, seconds) {
    session.seconds += seconds;
  },

  preset(session, sent, received) {
    if (Math.max(sent, received) > 255) throw new Rejected('malformed', 'too large');
    session.sent = sent ?? session.sent;
    session.opened = received ?? session.opened;
  },

  index: ({ opened }) => ({ chain: 0, n: opened }),

  sealWith: (key, ad, plaintext) => mask(key[0], plaintext),

  openWith: (key, ad, sealed) => mask(key[0], sealed),
});

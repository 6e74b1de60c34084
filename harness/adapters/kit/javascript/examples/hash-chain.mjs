// A worked example: two one-way chains of hashes from one shared key (the shape of SCIMP). It never heals, and says so.

import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { Rejected, run } from '../index.mjs';

const LIMIT = 100;
const TAG = 16;

const kdf = (key, label) => createHmac('sha256', key).update(label).digest();

function cipher(key, ad, header, create) {
  // The key is used once, so the nonce may be constant.
  const made = create('chacha20-poly1305', kdf(key, 'encrypt'), Buffer.alloc(12), { authTagLength: TAG });
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(ad.length));
  return made.setAAD(Buffer.concat([length, ad, header]), {});
}

function open(key, ad, header, body, tag) {
  const decipher = cipher(key, ad, header, createDecipheriv);
  decipher.setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(body), decipher.final()]);
  } catch {
    throw new Rejected('forged', 'tag does not match');
  }
}

await run({
  name: 'example/hash-chain-js',
  version: '1.0',
  profile: { family: 'symmetric-ratchet', max_skip: LIMIT, max_stored: LIMIT, when_full: 'refuse' },

  pair(rng) {
    const secret = rng.bytes(32);
    const end = (sending, receiving) => (
      { s: kdf(secret, sending), ns: 0, r: kdf(secret, receiving), nr: 0, skipped: new Map() });
    return { initiator: end('initiator', 'responder'), responder: end('responder', 'initiator') };
  },

  encrypt(session, rng, ad, plaintext) {
    const [key, header] = [kdf(session.s, 'message'), Buffer.alloc(4)];
    header.writeUInt32BE(session.ns);
    [session.s, session.ns] = [kdf(session.s, 'chain'), session.ns + 1];
    const sealing = cipher(key, ad, header, createCipheriv);
    return Buffer.concat([header, sealing.update(plaintext), sealing.final(), sealing.getAuthTag()]);
  },

  decrypt(session, rng, ad, message) {
    if (message.length < 4 + TAG) throw new Rejected('malformed', 'too short');
    const [header, body] = [Buffer.from(message.subarray(0, 4)), message.subarray(4, message.length - TAG)];
    const [number, tag] = [header.readUInt32BE(), message.subarray(message.length - TAG)];
    if (session.skipped.has(number)) {
      const plaintext = open(session.skipped.get(number), ad, header, body, tag);
      session.skipped.delete(number);
      return plaintext;
    }
    if (number < session.nr) throw new Rejected('replayed');
    if (number - session.nr + session.skipped.size > LIMIT) throw new Rejected('gap-too-large');
    const skipped = new Map();
    let chain = session.r;
    for (let between = session.nr; between < number; between++) {
      skipped.set(between, kdf(chain, 'message'));
      chain = kdf(chain, 'chain');
    }
    const plaintext = open(kdf(chain, 'message'), ad, header, body, tag);
    for (const [between, key] of skipped) session.skipped.set(between, key);
    [session.r, session.nr] = [kdf(chain, 'chain'), number + 1];
    return plaintext;
  },
});

// SPRAG-F-0005.
// libsignal 6.0.0: a message is decrypted on the record that the store hands out, and a refusal leaves it changed. With a
// store that hands out its live record, a forged message costs a genuine one, or the session. Exits 0 if it does, and
// does not with a store that hands out copies.

import assert from 'node:assert/strict';

import { parties, quietly } from './whatsapp-parties.mjs';

quietly();

/** A message whose MAC does not fit. */
const forged = ({ type, body }) => {
  const changed = Buffer.from(body);
  changed[changed.length - 1] ^= 1;
  return { type, body: changed };
};

/** A message with a ratchet key that nobody sent: byte 4 is the first behind version, tag, length and type of key. */
const withForeignKey = ({ type, body }) => {
  const changed = Buffer.from(body);
  changed[4] ^= 1;
  return { type, body: changed };
};

for (const live of [true, false]) {
  const one = await parties({ live });
  const genuine = await one.alice.send('genuine');
  assert.equal(await one.bob.opens(forged(genuine)), false);
  assert.equal(await one.bob.opens(genuine), !live, 'the key of a refused message is used up');

  const other = await parties({ live });
  assert.equal(await other.bob.opens(withForeignKey(await other.alice.send('genuine'))), false);
  let opened = 0;
  for (let round = 0; round < 10; round++) {
    opened += await other.bob.opens(await other.alice.send('to bob'));
    opened += await other.alice.opens(await other.bob.send('to alice'));
  }
  assert.equal(opened, live ? 0 : 20, 'no message of the session opens any more');
}
console.log('with a live record a forged message ends the session; with copies it does not');

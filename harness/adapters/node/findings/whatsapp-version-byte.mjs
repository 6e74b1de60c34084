// SPRAG-F-0003.
// libsignal 6.0.0: the byte of version of a message is not covered by its MAC. Exits 0 if a message opens whose version
// was changed.

import assert from 'node:assert/strict';

import { parties, quietly } from './whatsapp-parties.mjs';

quietly();
const { alice, bob } = await parties();
const opened = [];
for (let version = 0; version < 256; version++) {
  const message = await alice.send('text');
  if (version === message.body[0]) continue;
  message.body[0] = version;
  if (await bob.opens(message)) opened.push(version);
}
// A greatest version of at least 3 in one half of the byte, a version of at most 3 in the other: all but the genuine one.
assert.equal(opened.length, 13 * 4 - 1);
console.log(`a message opens under ${opened.length} other bytes of version`);

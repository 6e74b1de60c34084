// SPRAG-F-0004.
// libsignal 6.0.0: receiving chains are closed and never removed, and neither are the keys of messages that did not come.
// Exits 0 if a record grows with each change of direction, and a key opens its message after many of them.

import assert from 'node:assert/strict';

import { parties, quietly } from './whatsapp-parties.mjs';

quietly();
const { alice, bob } = await parties();
const late = await alice.send('late');
const sizes = [];
for (let round = 0; round <= 400; round++) {
  if (round % 100 === 0) sizes.push(bob.store.record.length);
  await bob.open(await alice.send('to'));
  await alice.open(await bob.send('fro'));
}
const growth = sizes.slice(1).map((size, index) => size - sizes[index]);
assert.ok(growth.every((bytes) => bytes > 10_000), `${growth}`);
assert.equal(await bob.open(late), 'late');
console.log(`a record at rest has ${sizes.join(', ')} bytes after 0, 100, … 400 round trips; a key lives for all of them`);

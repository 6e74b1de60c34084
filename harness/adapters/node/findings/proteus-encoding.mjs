// SPRAG-F-0007.
// @wireapp/proteus 9.13.0: the version of an envelope is outside the MAC, and the MAC covers a new encoding of the message,
// not its bytes; the keys of its objects are read and not looked at. Exits 0 if messages with other bytes open to the same
// plaintext.

import assert from 'node:assert/strict';

import { parties } from './proteus-parties.mjs';

const { alice, bob } = await parties();
await alice.open(bob.send('answer'));

// An envelope is a3, 00 and the version, 01 and the MAC in an object, 02 and the message in a string of bytes.
const VERSION = 2;
const MESSAGE = 40;

const otherVersion = alice.send('text');
otherVersion[VERSION] = 0;
assert.equal(await bob.open(otherVersion), 'text');

// The message is 01 and an object, a5; its first key 00 may as well be written 18 00.
const message = alice.send('text');
const [head, length] = [message.subarray(0, MESSAGE), message[MESSAGE + 2]];
assert.deepEqual([...message.subarray(MESSAGE, MESSAGE + 2)], [0x02, 0x58]);
const body = message.subarray(MESSAGE + 3);
assert.equal(body.length, length);
assert.deepEqual([...body.subarray(0, 3)], [0x01, 0xa5, 0x00]);
const longer = Buffer.concat([head, Uint8Array.of(0x02, 0x58, length + 1, 0x01, 0xa5, 0x18, 0x00), body.subarray(3)]);
assert.equal(await bob.open(longer), 'text');

// Any other number up to 23 will do for that key.
const otherKey = alice.send('text');
otherKey[MESSAGE + 5] = 0x17;
assert.equal(await bob.open(otherKey), 'text');

// And bytes may follow the envelope.
assert.equal(await bob.open(Buffer.concat([alice.send('text'), Buffer.from('more')])), 'text');
console.log('messages with another version, another encoding and more bytes open to the same plaintext');

// SPRAG-F-0006.
// libsignal 6.0.0: where a session is closed, its record goes to the console, private keys and root key included. Exits 0
// if what is written holds the root key of the session.

import assert from 'node:assert/strict';
import { inspect } from 'node:util';

import { parties, signal } from './whatsapp-parties.mjs';

const written = [];
// What `console.info` would print: it formats its arguments so.
console.info = (...words) => written.push(words.map((word) => (typeof word === 'string' ? word : inspect(word))).join(' '));

const { alice, bob } = await parties();
const record = await alice.store.loadSession();
const { rootKey, ephemeralKeyPair: { privKey } } = record.getOpenSession().currentRatchet;
// A client does so whenever the peer's keys were fetched anew.
await new signal.SessionBuilder(alice.store, alice.address).initOutgoing(bob.store.bundle());

const text = written.join('\n').replaceAll(/[^0-9a-f]/g, '');
for (const secret of [rootKey, privKey]) assert.ok(text.includes(secret.toString('hex')));
console.log('the root key and a private key of a closed session were written to the console');

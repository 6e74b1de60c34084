// SPRAG-F-0008.
// @matrix-org/olm 3.2.15: `decrypt` gives the text up to its first NUL, without a word, in sessions and group sessions.
// Exits 0 if it does.

import assert from 'node:assert/strict';
import Olm from '@matrix-org/olm';

await Olm.init();
const account = () => {
  const made = new Olm.Account();
  made.create();
  return made;
};
const [alice, bob] = [account(), account()];
bob.generate_one_time_keys(1);
const [oneTime] = Object.values(JSON.parse(bob.one_time_keys()).curve25519);
const [sending, receiving] = [new Olm.Session(), new Olm.Session()];
sending.create_outbound(alice, JSON.parse(bob.identity_keys()).curve25519, oneTime);

const { type, body } = sending.encrypt('pay 10\u0000 or not');
receiving.create_inbound(bob, body);
assert.equal(receiving.decrypt(type, body), 'pay 10');

const [outbound, inbound] = [new Olm.OutboundGroupSession(), new Olm.InboundGroupSession()];
outbound.create();
inbound.create(outbound.session_key());
assert.equal(inbound.decrypt(outbound.encrypt('pay 10\u0000 or not')).plaintext, 'pay 10');
console.log('a text of 14 characters with a NUL comes out with 6');

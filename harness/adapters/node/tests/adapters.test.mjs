// Each adapter as the harness meets it: a child that answers JSON lines.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Child } from './child.mjs';

const ADAPTERS = [
  { file: 'signal.mjs', name: 'signal/libsignal-client', seeded: false },
  { file: 'signal.mjs', flags: ['--live'], name: 'signal/libsignal-client-live', seeded: false },
  { file: 'whatsapp.mjs', name: 'whatsapp/libsignal-js', seeded: true },
  // In this mode the library uses up the key of a message that it refuses; findings/whatsapp-live-record.mjs.
  { file: 'whatsapp.mjs', flags: ['--live'], name: 'whatsapp/libsignal-js-live', seeded: true, keepsAfterRefusal: false },
  { file: 'olm.mjs', name: 'matrix/libolm-js', seeded: true },
  { file: 'proteus.mjs', name: 'wire/proteus', seeded: true },
];

for (const { file, flags = [], name, seeded, keepsAfterRefusal = true } of ADAPTERS) {
  test(`${name} holds a conversation`, async (t) => {
    const child = new Child(file, flags);
    t.after(() => child.end());

    const described = await child.result('describe', { protocol: 1 });
    assert.equal(described.name, name);
    assert.match(described.version, /^\d+\.\d+\.\d+$/);
    assert.equal(described.supports.includes('seed'), seeded);

    const { initiator, responder, opened } = await child.pair();
    assert.equal(opened, true);

    await t.test('three messages each way, out of order, each once', async () => {
      for (const [from, to] of [[initiator, responder], [responder, initiator]]) {
        const messages = [];
        for (const text of ['one', 'two', 'three']) messages.push([text, await child.encrypt(from, text)]);
        for (const [text, message] of [messages[2], messages[0], messages[1]]) {
          assert.equal(await child.decrypt(to, message), text);
        }
        for (const [, message] of messages) assert.equal((await child.refusal(to, message)).code, -32000);
      }
    });

    await t.test('a changed message is refused', async () => {
      const message = await child.encrypt(initiator, 'genuine');
      const copy = await child.copy(responder);
      const tag = (await child.fields(message)).find((field) => field.name === 'tag');
      assert.equal((await child.refusal(copy, flipped(message, tag.offset))).code, -32000);
      if (keepsAfterRefusal) assert.equal(await child.decrypt(copy, message), 'genuine');
      else assert.equal((await child.refusal(copy, message)).code, -32000);
      assert.equal(await child.decrypt(responder, message), 'genuine');
    });

    await t.test('copies and restored states go on by themselves', async () => {
      const message = await child.encrypt(initiator, 'again');
      const copy = await child.copy(responder);
      const { state } = await child.result('export', { session: responder });
      const { session: restored } = await child.result('import', { state });
      for (const session of [responder, copy, restored]) assert.equal(await child.decrypt(session, message), 'again');
      assert.equal((await child.refusal(copy, message)).code, -32000);
      const answer = await child.encrypt(restored, 'answer');
      assert.equal(await child.decrypt(initiator, answer), 'answer');
    });

    await t.test('a field is written anew and nothing else', async () => {
      const message = await child.encrypt(initiator, 'field');
      for (const { name: field, offset, length } of await child.fields(message)) {
        if (field === 'envelope') continue;
        const value = message.slice(2 * offset, 2 * (offset + length));
        assert.equal((await child.result('rewrite', { message, field, value })).message, message, field);
      }
      const { message: later } = await child.result('rewrite', { message, field: 'counter', value: '21' });
      const fields = await child.fields(later);
      const { offset, length } = fields.find((field) => field.name === 'counter');
      assert.equal(later.slice(2 * offset, 2 * (offset + length)), '21');
    });

    await t.test(seeded ? 'the seed is all its randomness' : 'its randomness is its own', async () => {
      const first = await child.result('pair', { seed: '07'.repeat(32) });
      const second = await child.result('pair', { seed: '07'.repeat(32) });
      const messages = [];
      for (const { initiator: session } of [first, second]) messages.push(await child.encrypt(session, 'same', '08'.repeat(32)));
      assert.equal(messages[0] === messages[1], seeded);
    });

    await t.test('what is no message or state is refused', async () => {
      for (const message of ['', '00', '03', '33', 'ff'.repeat(40)]) {
        assert.equal((await child.refusal(responder, message)).code, -32000, message);
      }
      assert.equal((await child.call('import', { state: '7b7d00' })).error.data.class, 'malformed');
    });
  });
}

function flipped(message, offset) {
  const bytes = Buffer.from(message, 'hex');
  bytes[offset] ^= 1;
  return bytes.toString('hex');
}

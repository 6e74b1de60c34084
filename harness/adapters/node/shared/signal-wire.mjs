// Where the fields of a message in Signal's format are, and how one of them is written anew.
//
// The format is that of `SignalMessage` and `PreKeySignalMessage` in libsignal's rust/protocol/src/proto/wire.proto, which
// all libraries of the family share: a byte of version, Protocol Buffers, and behind a normal message a tag of 8 bytes.
// Before it stands a byte of type, which the libraries hand over beside a message.

import { Rejected } from 'sprag-kit';

import { fieldsOf, rewritten } from './pieces.mjs';

/** What surrounds the normal message in a pre-key message. It serves to open a session; the tag does not cover it. */
export const ENVELOPE = 'envelope';

const TAG_LENGTH = 8;
const KEY_LENGTH = 32;
const NORMAL_FIELDS = { 1: 'ratchet_key', 2: 'counter', 3: 'previous_counter', 4: 'ciphertext', 5: 'pq_ratchet', 6: 'addresses' };
const INNER_MESSAGE = 4;
const VARINT = 0;
const BYTES = 2;

/** The fields of `message`, which carries `preKeyType` as its byte of type if it is a pre-key message. */
export function fields(message, preKeyType) {
  // All that the key shows was drawn.
  return fieldsOf(pieces(message, preKeyType), ENVELOPE, { ratchet_key: 'random', key_type: 'public' });
}

/** `message` with `value` in `field` and nothing else changed but the lengths around it. */
export function rewrite(message, field, value, preKeyType) {
  return rewritten(pieces(message, preKeyType), field, value);
}

function pieces(message, preKeyType) {
  if (message.length < 2) throw new Rejected('malformed', 'too short');
  const [type, body] = [message.subarray(0, 1), message.subarray(1)];
  return [{ name: 'type', bytes: type }, ...(type[0] === preKeyType ? preKeyMessage(body) : normalMessage(body))];
}

function normalMessage(body) {
  const end = body.length - TAG_LENGTH;
  if (end < 1) throw new Rejected('malformed', 'too short');
  const found = [{ name: 'version', bytes: body.subarray(0, 1) }];
  const seen = new Set();
  for (const { number, kind, head, value } of entries(body.subarray(1, end))) {
    const name = NORMAL_FIELDS[number];
    if (name && seen.has(number)) throw new Rejected('malformed', `${name} stands there twice`);
    seen.add(number);
    found.push({ bytes: head });
    if (kind === BYTES) found.push({ within: parts(name, value), prefix: length });
    else found.push({ name, bytes: value, takes: isVarint });
  }
  return [...found, { name: 'tag', bytes: body.subarray(end) }];
}

function parts(name, value) {
  // A public key is a byte of its type and 32 bytes.
  if (name !== 'ratchet_key' || value.length !== KEY_LENGTH + 1) return [{ name, bytes: value }];
  return [{ name: 'key_type', bytes: value.subarray(0, 1) }, { name, bytes: value.subarray(1) }];
}

function preKeyMessage(body) {
  const envelope = (bytes) => ({ name: ENVELOPE, bytes });
  const found = [envelope(body.subarray(0, 1))];
  let inner = 0;
  for (const { number, kind, head, value } of entries(body.subarray(1))) {
    found.push(envelope(head));
    if (kind !== BYTES) {
      found.push(envelope(value));
    } else {
      const isInner = number === INNER_MESSAGE;
      inner += isInner;
      found.push({ name: ENVELOPE, within: isInner ? normalMessage(value) : [envelope(value)], prefix: length });
    }
  }
  if (inner !== 1) throw new Rejected('malformed', 'not one message within');
  // Where the normal message stands last, bytes may still be appended.
  return [...found, envelope(new Uint8Array())];
}

function* entries(bytes) {
  let at = 0;
  while (at < bytes.length) {
    const [tag, start] = readVarint(bytes, at);
    const [number, kind] = [Math.floor(tag / 8), tag % 8];
    if (kind !== VARINT && kind !== BYTES) throw new Rejected('malformed', `wire type ${kind}`);
    const head = bytes.subarray(at, start);
    const [valueOrLength, after] = readVarint(bytes, start);
    const from = kind === BYTES ? after : start;
    at = kind === BYTES ? after + valueOrLength : after;
    if (at > bytes.length) throw new Rejected('malformed', 'ends within a field');
    yield { number, kind, head, value: bytes.subarray(from, at) };
  }
}

function readVarint(bytes, at) {
  let value = 0;
  for (let index = 0; index < 10; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return [value, at + index + 1];
  }
  throw new Rejected('malformed', 'no varint');
}

function length({ length: number }) {
  const bytes = [];
  for (; number > 0x7f; number = Math.floor(number / 128)) bytes.push((number % 128) | 0x80);
  return Uint8Array.from([...bytes, number]);
}

const isVarint = (bytes) => bytes.length > 0 && bytes.length <= 10
  && bytes.every((byte, index) => (byte >= 0x80) === (index < bytes.length - 1));

// Where the fields of a Proteus envelope are, and how one of them is written anew.
//
// The format is that of src/message/ in @wireapp/proteus, in CBOR: an envelope of version, MAC and message; the message is
// a number of its type and a cipher message, which a pre-key message surrounds with what opens a session.

import { Rejected } from 'sprag-kit';

import { fieldsOf, rewritten } from './pieces.mjs';

const [UNSIGNED, BYTES, OBJECT] = [0, 2, 5];
const CIPHER_MESSAGE = 1;
const LENGTHS = { 24: 1, 25: 2, 26: 4, 27: 8 };

export function fields(message) {
  // All that the key shows was drawn.
  return fieldsOf(pieces(message), null, { ratchet_key: 'random' });
}

/** `message` with `value` in `field`; an integer is given by its bytes, the greatest first. */
export function rewrite(message, field, value) {
  return rewritten(pieces(message), field, value);
}

function pieces(message) {
  const envelope = new Reader(message);
  envelope.object(3, [
    () => envelope.integer('version'),
    () => envelope.object(1, [() => envelope.bytes('tag')]),
    () => envelope.within((inner) => (inner.integer('type') === CIPHER_MESSAGE ? cipherMessage(inner) : preKeyMessage(inner))),
  ]);
  return envelope.finished();
}

function cipherMessage(reader) {
  reader.object(5, [
    () => reader.bytes('session_tag'),
    () => reader.integer('counter'),
    () => reader.integer('previous_counter'),
    () => reader.object(1, [() => reader.bytes('ratchet_key')]),
    () => reader.bytes('ciphertext'),
  ]);
}

function preKeyMessage(reader) {
  reader.object(4, [
    () => reader.integer('pre_key_id'),
    () => reader.object(1, [() => reader.bytes('base_key')]),
    () => reader.object(1, [() => reader.object(1, [() => reader.bytes('identity_key')])]),
    () => cipherMessage(reader),
  ]);
}

/** Reads CBOR in the very form that the library writes, and collects the pieces. */
class Reader {
  #bytes;
  #at = 0;
  #pieces = [];

  constructor(bytes) {
    this.#bytes = bytes;
  }

  #take(count) {
    if (this.#at + count > this.#bytes.length) throw new Rejected('malformed', 'ends within a field');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** The head of a value, and the number in it. */
  #head(major) {
    const head = this.#take(1);
    if (head[0] >> 5 !== major) throw new Rejected('malformed', 'another type than expected');
    const minor = head[0] & 31;
    if (minor < 24) return { head, number: minor, content: head };
    if (!LENGTHS[minor]) throw new Rejected('malformed', 'a length that is not known');
    const content = this.#take(LENGTHS[minor]);
    return { head: Buffer.concat([head, content]), number: content.reduce((sum, byte) => sum * 256 + byte, 0), content };
  }

  /** An object whose keys are 0 and so on. */
  object(size, values) {
    const { head, number } = this.#head(OBJECT);
    if (number !== size) throw new Rejected('malformed', 'another number of entries than expected');
    this.#pieces.push({ bytes: head });
    for (const [key, value] of values.entries()) {
      const found = this.#head(UNSIGNED);
      if (found.number !== key) throw new Rejected('malformed', 'another key than expected');
      this.#pieces.push({ bytes: found.head });
      value();
    }
  }

  integer(name) {
    const { number, content } = this.#head(UNSIGNED);
    const takes = ({ length }) => Object.values(LENGTHS).includes(length);
    this.#pieces.push({ within: [{ name, bytes: content, takes }], prefix: (bytes) => integerPrefix(bytes) });
    return number;
  }

  bytes(name) {
    const { number } = this.#head(BYTES);
    this.#pieces.push({ within: [{ name, bytes: this.#take(number) }], prefix: ({ length }) => bytesPrefix(length) });
  }

  within(read) {
    const { number } = this.#head(BYTES);
    const inner = new Reader(this.#take(number));
    read(inner);
    this.#pieces.push({ within: inner.finished(), prefix: ({ length }) => bytesPrefix(length) });
  }

  finished() {
    if (this.#at !== this.#bytes.length) throw new Rejected('malformed', 'bytes behind the end');
    return this.#pieces;
  }
}

function integerPrefix(bytes) {
  if (bytes.length === 1 && bytes[0] < 24) return Buffer.alloc(0);
  const minor = Object.keys(LENGTHS).find((key) => LENGTHS[key] === bytes.length);
  return Uint8Array.of((UNSIGNED << 5) | minor);
}

function bytesPrefix(length) {
  const major = BYTES << 5;
  if (length < 24) return Uint8Array.of(major | length);
  if (length < 1 << 8) return Uint8Array.of(major | 24, length);
  if (length < 1 << 16) return Uint8Array.of(major | 25, length >> 8, length & 255);
  const head = Buffer.alloc(5, major | 26);
  head.writeUInt32BE(length, 1);
  return head;
}

// Turns a message ratchet into a child process that `sprag check --exec` can attack: JSON-RPC 2.0, one object or one
// batch a line. index.d.ts says what a ratchet is.

import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';

const PROTOCOL = 1;

export class Rejected extends Error {
  constructor(kind = 'other', words = '') {
    super(words);
    this.kind = kind;
  }
}

export class Randomness {
  #seed;
  #block = 0;
  #rest = Buffer.alloc(0);

  constructor(seed) {
    this.#seed = seed;
  }

  bytes(count) {
    while (this.#rest.length < count) {
      const block = Buffer.alloc(8);
      block.writeBigUInt64BE(BigInt(this.#block++));
      this.#rest = Buffer.concat([this.#rest, createHash('sha256').update(this.#seed).update(block).digest()]);
    }
    const taken = new Uint8Array(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
    return taken;
  }
}

/** A call that cannot be answered, with the code of JSON-RPC. */
class Mistake extends Error {
  constructor(code, words) {
    super(words);
    this.code = code;
  }
}

class Desk {
  #ratchet;
  #sessions = new Map();
  #next = 1;

  constructor(ratchet) {
    this.#ratchet = ratchet;
  }

  async answer(line) {
    let call;
    try {
      call = JSON.parse(line);
    } catch (error) {
      return failure(null, -32700, error.message);
    }
    if (!Array.isArray(call) || call.length === 0) return this.#one(call);
    const replies = [];
    for (const one of call) replies.push(await this.#one(one));
    return replies;
  }

  async #one(call) {
    const id = call?.id ?? null;
    try {
      if (!METHODS.includes(call?.method)) throw new Mistake(-32601, `no method ${call?.method}`);
      return { jsonrpc: '2.0', id, result: await this[call.method](call.params ?? {}) };
    } catch (error) {
      if (error instanceof Rejected) return failure(id, -32000, error.message, { class: error.kind });
      if (error instanceof Mistake) return failure(id, error.code, error.message);
      console.error(error);
      return failure(id, -32603, String(error));
    }
  }

  describe({ protocol }) {
    if (protocol !== PROTOCOL) throw new Mistake(-32602, `this kit speaks version ${PROTOCOL} of the protocol`);
    const { name, version = '0', profile, associatedData = true, seeded = true } = this.#ratchet;
    const supports = ['clone', 'drop'];
    if (associatedData) supports.push('ad');
    if (seeded) supports.push('seed');
    if (this.#ratchet.export && this.#ratchet.import) supports.push('export');
    for (const ability of ['fields', 'rewrite', 'outbox']) if (this.#ratchet[ability]) supports.push(ability);
    if (this.#ratchet.advance) supports.push('clock');
    return { protocol: PROTOCOL, name, version, profile, supports };
  }

  async pair(params) {
    const { initiator, responder, opened = false } = await this.#ratchet.pair(rng(params));
    return { initiator: this.#hold(initiator), responder: this.#hold(responder), opened };
  }

  async encrypt(params) {
    const [ad, plaintext] = [bytes(params, 'ad'), bytes(params, 'plaintext')];
    return { message: hex(await this.#ratchet.encrypt(this.#session(params), rng(params), ad, plaintext)) };
  }

  async decrypt(params) {
    const [ad, message] = [bytes(params, 'ad'), bytes(params, 'message')];
    const plaintext = await this.#ratchet.decrypt(this.#session(params), rng(params), ad, message);
    return { plaintext: plaintext === null ? null : hex(plaintext) };
  }

  async clone(params) {
    const session = this.#session(params);
    return { session: this.#hold(await (this.#ratchet.clone?.(session) ?? structuredClone(session))) };
  }

  drop({ sessions = [] }) {
    for (const number of sessions) this.#sessions.delete(number);
    return {};
  }

  async export(params) {
    return { state: hex(await this.#ability('export')(this.#session(params))) };
  }

  async import(params) {
    return { session: this.#hold(await this.#ability('import')(bytes(params, 'state'))) };
  }

  async fields(params) {
    return { fields: await this.#ability('fields')(bytes(params, 'message')) };
  }

  async rewrite(params) {
    const rewrite = this.#ability('rewrite');
    return { message: hex(await rewrite(bytes(params, 'message'), params.field, bytes(params, 'value'))) };
  }

  async outbox(params) {
    const messages = await this.#ability('outbox')(this.#session(params), rng(params));
    return { messages: messages.map(hex) };
  }

  async advance(params) {
    await this.#ability('advance')(this.#session(params), params.seconds ?? 0);
    return {};
  }

  #ability(name) {
    const method = this.#ratchet[name];
    if (!method) throw new Rejected('unsupported', name);
    return method.bind(this.#ratchet);
  }

  #hold(session) {
    this.#sessions.set(this.#next, session);
    return this.#next++;
  }

  #session({ session }) {
    if (!this.#sessions.has(session)) throw new Mistake(-32602, 'no such session');
    return this.#sessions.get(session);
  }
}

const METHODS = [
  'describe', 'pair', 'encrypt', 'decrypt', 'clone', 'drop', 'export', 'import', 'fields', 'rewrite', 'outbox', 'advance',
];

const hex = (data) => Buffer.from(data).toString('hex');

function bytes(params, name) {
  const text = params[name];
  if (typeof text !== 'string' || !/^([0-9a-f]{2})*$/i.test(text)) throw new Mistake(-32602, `\`${name}\` is no hex`);
  return new Uint8Array(Buffer.from(text, 'hex'));
}

const rng = (params) => new Randomness(bytes(params, 'seed'));

function failure(id, code, message, data) {
  return { jsonrpc: '2.0', id, error: data ? { code, message, data } : { code, message } };
}

export async function run(ratchet) {
  const desk = new Desk(ratchet);
  // Standard output belongs to the protocol.
  console.log = console.info = console.debug = console.error;
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    process.stdout.write(`${JSON.stringify(await desk.answer(line))}\n`);
  }
}

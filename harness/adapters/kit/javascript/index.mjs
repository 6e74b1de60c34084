// Turns a message ratchet into a child process that `sprag check --exec` can attack: JSON-RPC 2.0, one object or one
// batch a line. index.d.ts says what a ratchet is.

import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';

import { NotMeasured, nanoseconds } from './bench.mjs';

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
      if (typeof call?.method !== 'string') throw new Mistake(-32600, 'a call is an object with a `method`');
      if (!METHODS.has(call.method)) throw new Mistake(-32601, 'no such method');
      const { params = {} } = call;
      if (typeof params !== 'object' || params === null) throw new Mistake(-32602, '`params` is an object');
      return { jsonrpc: '2.0', id, result: await this[METHODS.get(call.method)](params) };
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
    const supports = [...(associatedData ? ['ad'] : []), ...(seeded ? ['seed'] : []), 'clone', 'drop', 'batch'];
    for (const [ability, parts] of ABILITIES) {
      if (parts.every((part) => this.#ratchet[part])) supports.push(ability);
    }
    supports.push('bench');
    return { protocol: PROTOCOL, name, version, profile, supports };
  }

  async pair(params) {
    const setup = {};
    for (const [name, given, ability] of SETUP) {
      if (params[given] === undefined) continue;
      if (!this.#ratchet[ability]) throw new Rejected('unsupported', 'pair with a given setup');
      setup[name] = bytes(params, given);
    }
    const { initiator, responder, opened = false } = await this.#ratchet.pair(rng(params), setup);
    return { initiator: this.#hold(initiator), responder: this.#hold(responder), opened };
  }

  async offer(params) {
    const { offer, kept } = await this.#ability('offer')(rng(params));
    return { session: this.#hold(kept), offer: hex(offer) };
  }

  async begin(params) {
    const { session, opening, opened = false } = await this.#ability('begin')(rng(params), bytes(params, 'offer'));
    return { session: this.#hold(session), opening: hex(opening), opened };
  }

  async accept(params) {
    const kept = this.#session(params);
    this.#sessions.set(params.session, await this.#ability('accept')(kept, rng(params), bytes(params, 'opening')));
    return {};
  }

  async encrypt(params) {
    const [ad, plaintext] = [bytes(params, 'ad'), bytes(params, 'plaintext')];
    return { message: hex(await this.#ratchet.encrypt(this.#session(params), rng(params), ad, plaintext)) };
  }

  async decrypt(params) {
    const [ad, message] = [bytes(params, 'ad'), bytes(params, 'message')];
    const session = this.#session(params);
    const plaintext = await this.#ratchet.decrypt(session, rng(params), ad, message);
    if (plaintext === null) return { plaintext };
    const index = await this.#ratchet.index?.(session);
    return { plaintext: hex(plaintext), ...(index && { index }) };
  }

  async clone(params) {
    const session = this.#session(params);
    return { session: this.#hold(await (this.#ratchet.clone?.(session) ?? structuredClone(session))) };
  }

  async drop({ sessions = [] }) {
    for (const number of sessions) {
      const session = this.#sessions.get(number);
      if (this.#sessions.delete(number)) await this.#ratchet.drop?.(session);
    }
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

  async preset(params) {
    const { sent = null, received = null } = params;
    await this.#ability('preset')(this.#session(params), sent, received);
    return {};
  }

  async sealWith(params) {
    const [key, ad, plaintext] = [bytes(params, 'key'), bytes(params, 'ad'), bytes(params, 'plaintext')];
    return { message: hex(await this.#ability('sealWith')(key, ad, plaintext)) };
  }

  async openWith(params) {
    const [key, ad, sealed] = [bytes(params, 'key'), bytes(params, 'ad'), bytes(params, 'message')];
    return { plaintext: hex(await this.#ability('openWith')(key, ad, sealed)) };
  }

  async bench(params) {
    const { workload, iterations } = params;
    if (typeof workload !== 'string' || !Number.isSafeInteger(iterations)) {
      throw new Mistake(-32602, 'a `workload` by name, and a number of `iterations`');
    }
    try {
      return { nanoseconds: await nanoseconds(workload, iterations, this.#ratchet, Rejected, rng(params)) };
    } catch (error) {
      if (error instanceof NotMeasured) throw new Rejected('unsupported', error.message);
      throw error;
    }
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

/** The methods of the protocol, with what they are called here. */
const METHODS = new Map([
  ...['describe', 'pair', 'offer', 'begin', 'accept', 'encrypt', 'decrypt', 'clone', 'drop', 'export', 'import', 'fields', 'rewrite', 'outbox', 'advance', 'preset', 'bench']
    .map((name) => [name, name]),
  ['seal_with', 'sealWith'],
  ['open_with', 'openWith'],
]);

/** Abilities, with what a ratchet that has them defines. */
const ABILITIES = [
  ['export', ['export', 'import']],
  ['fields', ['fields']],
  ['rewrite', ['rewrite']],
  ['outbox', ['outbox']],
  ['clock', ['advance']],
  ['preset', ['preset']],
  ['index', ['index']],
  ['handshake', ['offer', 'begin', 'accept']],
  ['raw_aead', ['sealWith', 'openWith']],
  ['secret', ['secret']],
  ['identities', ['identities']],
];

/** What `pair` may be given, under its name here and in the protocol, and the ability that it needs. */
const SETUP = [
  ['sharedSecret', 'shared_secret', 'secret'],
  ['initiatorId', 'initiator_id', 'identities'],
  ['responderId', 'responder_id', 'identities'],
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

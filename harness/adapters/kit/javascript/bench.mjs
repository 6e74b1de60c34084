// The method `bench`: workloads timed where nothing goes over the line. They are those of `sprag::workload`.

/** Most keys that are skipped at once, whatever a profile allows. */
const MOST_SKIPPED = 2_000;

/** Executions between two looks at the clock. */
const BATCH = 64;

/** Rounds of service messages after which a ratchet is taken to make them without end. */
const MOST_SERVICE = 64;

/** No associated data. */
const NONE = new Uint8Array();

/** Why a workload is not measured, in words. */
export class NotMeasured extends Error {}

class Bench {
  #ratchet;
  #refusal;
  #rng;
  #profile;
  #plaintext;
  #held = [];
  #copies = [];

  constructor(ratchet, refusal, rng) {
    [this.#ratchet, this.#refusal, this.#rng] = [ratchet, refusal, rng];
    this.#profile = ratchet.profile ?? {};
    const { min_plaintext: least = 0, max_plaintext: most = 32 } = this.#profile;
    this.#plaintext = new Uint8Array(Math.max(Math.min(32, most), least)).fill(0x5a);
  }

  /** Limits of periodic rekeying are of periods that are over. */
  get #hasKeysToSkip() {
    return !['static-key', 'periodic-rekey'].includes(this.#profile.family);
  }

  get #limits() {
    return this.#hasKeysToSkip ? (this.#profile.classical ?? this.#profile) : {};
  }

  // Conversations: an array of both ends, the initiator first.

  /** A session some messages old, whose initiator has sent last and may go on in its chain. */
  async #warm() {
    const ends = await this.#pair();
    this.#held.push(...ends);
    await this.#settle(ends);
    const oneWay = this.#profile.one_way;
    if (oneWay || !(await this.#hasToWait(ends))) await this.#pass(ends, 0);
    for (let round = 0; round < 2; round++) {
      if (!oneWay) await this.#pass(ends, 1);
      await this.#pass(ends, 0);
    }
    return ends;
  }

  async #pair() {
    const { initiator, responder } = await this.#allowed('pairing', () => this.#ratchet.pair(this.#rng, {}));
    return [initiator, responder];
  }

  async #copy(session) {
    const copy = await (this.#ratchet.clone?.(session) ?? structuredClone(session));
    this.#copies.push(copy);
    return copy;
  }

  async #hasToWait([initiator]) {
    try {
      await this.#ratchet.encrypt(await this.#copy(initiator), this.#rng, NONE, this.#plaintext);
    } catch (error) {
      return error instanceof this.#refusal && error.kind === 'not-yet';
    }
    return false;
  }

  #send(session) {
    return this.#allowed('a plaintext', () => this.#ratchet.encrypt(session, this.#rng, NONE, this.#plaintext));
  }

  async #open(session, message) {
    const opened = await this.#allowed('a genuine message', () => this.#ratchet.decrypt(session, this.#rng, NONE, message));
    if (opened === null || Buffer.compare(opened, this.#plaintext) !== 0) {
      throw new NotMeasured('a genuine message gave something else');
    }
  }

  async #pass(ends, sender) {
    await this.#open(ends[1 - sender], await this.#send(ends[sender]));
    await this.#settle(ends);
  }

  /** Service messages go to and fro until there are none left. */
  async #settle(ends) {
    for (let round = 0; this.#ratchet.outbox && round < MOST_SERVICE; round++) {
      let quiet = true;
      for (const sender of [0, 1]) {
        for (const message of await this.#ratchet.outbox(ends[sender], this.#rng)) {
          quiet = false;
          // What it is good for shows in the messages behind it.
          await this.#refuses(ends[1 - sender], message);
        }
      }
      if (quiet) return;
    }
  }

  async #refuses(session, message) {
    try {
      await this.#ratchet.decrypt(session, this.#rng, NONE, message);
    } catch (error) {
      if (error instanceof this.#refusal) return true;
      throw error;
    }
    return false;
  }

  async #allowed(what, call) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof this.#refusal)) throw error;
      throw new NotMeasured(`${what} was refused: ${error.kind}: ${error.message}`);
    }
  }

  // Workloads: each gives what makes a fresh state, and what executes on it.

  #on(session, execute) {
    return { fresh: () => this.#copy(session), execute };
  }

  #opening(session, messages) {
    return this.#on(session, async (fresh) => {
      for (const message of messages) await this.#open(fresh, message);
    });
  }

  #refusing(session, message) {
    if (message.length === 0) throw new NotMeasured('messages are empty');
    return this.#on(session, async (fresh) => {
      if (!(await this.#refuses(fresh, message))) throw new NotMeasured('what should be refused was opened');
    });
  }

  pair() {
    return { fresh() {}, execute: async () => this.#copies.push(...(await this.#pair())) };
  }

  async encrypt() {
    const [initiator] = await this.#warm();
    return this.#on(initiator, (session) => this.#send(session));
  }

  async decrypt() {
    const [initiator, responder] = await this.#warm();
    return this.#opening(responder, [await this.#send(initiator)]);
  }

  async pingPong() {
    this.#needsAnswers();
    const [initiator, responder] = await this.#warm();
    const fresh = async () => [await this.#copy(initiator), await this.#copy(responder)];
    const execute = async (ends) => {
      await this.#pass(ends, 1);
      await this.#pass(ends, 0);
    };
    return { fresh, execute };
  }

  async burst(count) {
    this.#needsRoomFor(count - 1);
    const [initiator, responder] = await this.#warm();
    const messages = [];
    while (messages.length < count) messages.unshift(await this.#send(initiator));
    return this.#opening(responder, messages);
  }

  async lateMessage() {
    this.#needsAnswers();
    this.#needsRoomFor(1);
    const ends = await this.#warm();
    const late = await this.#send(ends[0]);
    for (const sender of [0, 1, 0]) await this.#pass(ends, sender);
    return this.#opening(ends[1], [late]);
  }

  async rejectForged() {
    const [initiator, responder] = await this.#warm();
    return this.#refusing(responder, changed(await this.#send(initiator)));
  }

  async rejectNewKey() {
    const [, responder] = await this.#warm();
    const [foreign] = await this.#warm();
    return this.#refusing(responder, await this.#send(foreign));
  }

  async rejectAtGap() {
    this.#needsOvertaking();
    if (!this.#hasKeysToSkip) throw new NotMeasured('there are no keys to skip');
    const { max_skip: most, max_stored: stored = most, when_full: whenFull } = this.#limits;
    if (most === undefined) throw new NotMeasured('the profile declares no largest gap');
    const gap = Math.min(most, MOST_SKIPPED, whenFull === 'refuse' ? stored : MOST_SKIPPED);
    if (gap === 0) throw new NotMeasured('no message may be skipped');
    const [initiator, responder] = await this.#warm();
    for (let skipped = 0; skipped < gap; skipped++) await this.#send(initiator);
    const message = await this.#send(initiator);
    // Else it would be refused for its gap, before anything costs.
    await this.#open(await this.#copy(responder), message);
    return this.#refusing(responder, changed(message));
  }

  async export() {
    this.#needsExport();
    const [, responder] = await this.#warm();
    return this.#on(responder, (session) => this.#allowed('an export', () => this.#ratchet.export(session)));
  }

  async import() {
    this.#needsExport();
    const [initiator, responder] = await this.#warm();
    const state = await this.#allowed('an export', () => this.#ratchet.export(responder));
    const again = () => this.#allowed('an import', () => this.#ratchet.import(state));
    const imported = await again();
    this.#copies.push(imported);
    await this.#pass([initiator, imported], 0);
    return { fresh() {}, execute: async () => this.#copies.push(await again()) };
  }

  #needsAnswers() {
    if (this.#profile.one_way) throw new NotMeasured('only the initiator sends');
  }

  #needsOvertaking() {
    if (this.#profile.ordering === 'strict') throw new NotMeasured('no message may overtake another');
  }

  #needsRoomFor(skipped) {
    this.#needsOvertaking();
    const { max_skip: most = skipped, max_stored: stored = skipped } = this.#limits;
    if (most < skipped) throw new NotMeasured(most ? `${skipped} messages may not be skipped` : 'no message may be skipped');
    if (stored < skipped) throw new NotMeasured(stored ? `${skipped} keys are not kept` : 'no keys are kept');
  }

  #needsExport() {
    if (!this.#ratchet.export || !this.#ratchet.import) throw new NotMeasured('sessions are not exported');
  }

  /** What so many executions take, each on a state of its own that was made before. */
  async time(workload, iterations) {
    try {
      const { fresh, execute } = await WORKLOADS[workload](this);
      await execute(await fresh());
      let took = 0n;
      for (let left = iterations; left > 0; left -= BATCH) {
        const states = [];
        while (states.length < Math.min(left, BATCH)) states.push(await fresh());
        const started = process.hrtime.bigint();
        for (const state of states) await execute(state);
        took += process.hrtime.bigint() - started;
        await this.#giveBack(this.#copies.splice(0));
      }
      return Number(took);
    } finally {
      await this.#giveBack([...this.#copies.splice(0), ...this.#held.splice(0)]);
    }
  }

  async #giveBack(sessions) {
    for (const session of sessions) await this.#ratchet.drop?.(session);
  }
}

/** The message with its last byte changed. */
function changed(message) {
  const other = Uint8Array.from(message);
  if (other.length > 0) other[other.length - 1] ^= 1;
  return other;
}

const WORKLOADS = {
  pair: (bench) => bench.pair(),
  encrypt: (bench) => bench.encrypt(),
  decrypt: (bench) => bench.decrypt(),
  'ping-pong': (bench) => bench.pingPong(),
  'burst-10': (bench) => bench.burst(10),
  'burst-100': (bench) => bench.burst(100),
  'burst-1000': (bench) => bench.burst(1000),
  'late-message': (bench) => bench.lateMessage(),
  'reject-forged': (bench) => bench.rejectForged(),
  'reject-new-key': (bench) => bench.rejectNewKey(),
  'reject-at-gap': (bench) => bench.rejectAtGap(),
  export: (bench) => bench.export(),
  import: (bench) => bench.import(),
};

/** What so many executions of a workload take; `refusal` is the class of what a ratchet throws to refuse. */
export function nanoseconds(workload, iterations, ratchet, refusal, rng) {
  if (!Object.hasOwn(WORKLOADS, workload)) throw new NotMeasured('no such workload');
  return new Bench(ratchet, refusal, rng).time(workload, iterations);
}

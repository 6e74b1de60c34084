// An adapter as a child process, called one line at a time.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('..', import.meta.url));

export class Child {
  #process;
  #lines;
  #id = 0;

  constructor(file, flags) {
    this.#process = spawn(process.execPath, [file, ...flags], { cwd: FOLDER, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async call(method, params) {
    const id = ++this.#id;
    this.#process.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the adapter ended at ${method}`);
    const reply = JSON.parse(value);
    if (reply.id !== id) throw new Error(`${method} was answered for call ${reply.id}`);
    return reply;
  }

  async result(method, params) {
    const { result, error } = await this.call(method, params);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  pair = () => this.result('pair', { seed: this.#seed() });

  async encrypt(session, text, seed = this.#seed()) {
    const plaintext = Buffer.from(text).toString('hex');
    return (await this.result('encrypt', { session, seed, ad: '', plaintext })).message;
  }

  async decrypt(session, message) {
    const { plaintext } = await this.result('decrypt', { session, seed: this.#seed(), ad: '', message });
    return Buffer.from(plaintext, 'hex').toString();
  }

  async refusal(session, message) {
    const { error } = await this.call('decrypt', { session, seed: this.#seed(), ad: '', message });
    if (!error) throw new Error('the message was opened');
    return error;
  }

  copy = async (session) => (await this.result('clone', { session })).session;

  fields = async (message) => (await this.result('fields', { message })).fields;

  async end() {
    this.#process.stdin.end();
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
  }

  #seed = () => (this.#id + 1).toString(16).padStart(64, '0');
}

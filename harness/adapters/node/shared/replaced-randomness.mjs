// Puts the seed of a call in place of the randomness of node:crypto. It must be imported before the library, which finds
// the functions below in place of the real ones.
//
// Replaced is what the libraries here use: `randomBytes`, and `generateKeyPairSync` of X25519, whose private key is then
// 32 bytes drawn. Between calls, and for whatever else a library might ask for, randomness is real.

import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

// RFC 8410: what stands before the 32 bytes of an X25519 private key in PKCS #8.
const PRIVATE_KEY_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');

let source = null;

/** Runs `call` with its randomness drawn from `rng`. Calls are answered one after the other, so that one source is enough. */
export async function drawingFrom(rng, call) {
  source = rng;
  try {
    return await call();
  } finally {
    source = null;
  }
}

const { generateKeyPairSync, randomBytes } = crypto;

crypto.randomBytes = (length, then) => {
  if (!source || then) return randomBytes(length, then);
  return Buffer.from(source.bytes(length));
};
crypto.generateKeyPairSync = (type, options) => {
  if (!source || type !== 'x25519') return generateKeyPairSync(type, options);
  const der = Buffer.concat([PRIVATE_KEY_PREFIX, source.bytes(32)]);
  const privateKey = crypto.createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = crypto.createPublicKey(privateKey);
  return {
    publicKey: options?.publicKeyEncoding ? publicKey.export(options.publicKeyEncoding) : publicKey,
    privateKey: options?.privateKeyEncoding ? privateKey.export(options.privateKeyEncoding) : privateKey,
  };
};
syncBuiltinESMExports();

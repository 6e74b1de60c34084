// What a device hands out so that others can open a session with it: registration id, identity key, one-time prekey, signed
// prekey and its signature, and for post-quantum sessions a KEM prekey and its signature, each behind its length in 4 bytes.
// The ids of prekeys are the same for all.

import { Rejected } from 'sprag-kit';

export const [ONE_TIME, SIGNED, KYBER] = [1, 2, 3];

export function packBundle(registrationId, ...keys) {
  const id = Buffer.alloc(4);
  id.writeUInt32BE(registrationId);
  return Buffer.concat([id, ...keys].flatMap((part) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    return [length, part];
  }));
}

/** The registration id and the keys. */
export function unpackBundle(bytes, count) {
  const [packed, parts] = [Buffer.from(bytes), []];
  for (let at = 0; at + 4 <= packed.length;) {
    const end = at + 4 + packed.readUInt32BE(at);
    parts.push(packed.subarray(at + 4, end));
    at = end;
  }
  const [id, ...keys] = parts;
  if (keys.length !== count || id.length !== 4) throw new Rejected('malformed', `an offer has ${count} keys and signatures`);
  return [id.readUInt32BE(), ...keys];
}

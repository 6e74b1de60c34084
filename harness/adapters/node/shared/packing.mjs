// A device's store as bytes: JSON whose byte strings are hex. What is not written exactly so is refused.

import { Rejected } from 'sprag-kit';

const MARK = 'hex:';

export function pack(value) {
  return Buffer.from(JSON.stringify(value, (_key, inner) => (
    inner?.type === 'Buffer' ? MARK + Buffer.from(inner.data).toString('hex')
      : inner instanceof Uint8Array ? MARK + Buffer.from(inner).toString('hex') : inner)));
}

export function unpack(bytes) {
  let value;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'), (_key, inner) => (
      typeof inner === 'string' && inner.startsWith(MARK) ? Buffer.from(inner.slice(MARK.length), 'hex') : inner));
  } catch (error) {
    throw new Rejected('malformed', error.message);
  }
  if (!pack(value).equals(bytes)) throw new Rejected('malformed', 'not as it was written');
  return value;
}

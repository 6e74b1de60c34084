// A message as a tree of pieces: leaves are bytes, some with the name of a field; within other pieces stands a prefix that
// follows from them, such as their length. So fields can be found, and one written anew with all that depends on it.

import { Rejected } from 'sprag-kit';

/** The leaves of `pieces` in order, each as `change` makes it; prefixes are written after the change. */
export function leaves(pieces, change = (leaf) => leaf) {
  return pieces.flatMap((piece) => {
    if (!piece.within) return [change(piece)];
    const within = leaves(piece.within, change);
    return [{ name: piece.name, bytes: piece.prefix(Buffer.concat(within.map((leaf) => leaf.bytes))) }, ...within];
  });
}

/** The named leaves, with their place; neighbours of the name `merged` are one field. */
export function fieldsOf(pieces, merged, origins) {
  const found = [];
  let offset = 0;
  for (const { name, bytes } of leaves(pieces)) {
    const last = found.at(-1);
    if (name && name === merged && last?.name === merged) last.length += bytes.length;
    else if (name) found.push({ name, offset, length: bytes.length, ...(origins[name] && { origin: origins[name] }) });
    offset += bytes.length;
  }
  return found;
}

/** The message with `value` in the leaf `field` and nothing else changed but prefixes. */
export function rewritten(pieces, field, value) {
  let there = 0;
  const changed = leaves(pieces, (leaf) => {
    if (leaf.name !== field) return leaf;
    there += 1;
    if (leaf.takes && !leaf.takes(value)) throw new Rejected('malformed', `${field} cannot carry this value`);
    return { ...leaf, bytes: value };
  });
  if (there !== 1) throw new Rejected('malformed', `${field} is not one value`);
  return Buffer.concat(changed.map((leaf) => leaf.bytes));
}

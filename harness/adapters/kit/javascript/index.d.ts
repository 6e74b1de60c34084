/** A field of a message on the wire. */
export interface Field { name: string; offset: number; length: number; origin?: 'random' | 'public' | 'derived' }

/** The only randomness of a call: the same seed gives the same bytes. */
export class Randomness { bytes(count: number): Uint8Array }

/** What both ends agreed on before; what is not given is drawn from `rng`. */
export interface Setup { sharedSecret?: Uint8Array; initiatorId?: Uint8Array; responderId?: Uint8Array }

/** Where a message stands: its number in its chain from 0, and the number of its chain if the ratchet tells. */
export interface Index { chain?: number; n: number }

/** Classes of a rejection. */
export type Class =
  | 'forged' | 'replayed' | 'gap-too-large' | 'malformed' | 'unknown-session' | 'expired' | 'not-yet' | 'unsupported' | 'other';

/** A refusal by the ratchet. */
export class Rejected extends Error { constructor(kind?: Class, words?: string); readonly kind: Class }

type Awaitable<T> = T | Promise<T>;

/** What is to be attacked. What is optional counts as supported if it is there. */
export interface Ratchet<Session> {
  name: string;
  version?: string;
  /** What the ratchet claims; `family` is required. */
  profile?: Record<string, unknown>;
  /** Whether associated data given to `encrypt` must be given to `decrypt`; true unless said. */
  associatedData?: boolean;
  /** Whether all randomness comes from `rng`; true unless said. */
  seeded?: boolean;
  /** Whether `pair` opens a session from a given secret of 32 bytes; false unless said. */
  secret?: boolean;
  /** Whether `pair` binds given identities; false unless said. */
  identities?: boolean;
  /** Opens one session; `opened` if pairing carried a first message. */
  pair(rng: Randomness, setup: Setup): Awaitable<{ initiator: Session; responder: Session; opened?: boolean }>;
  /** What a responder hands out, as bytes that both ratchets read alike, and what it keeps; with `begin` and `accept`, which
   *  open a session with another ratchet of the same wire format. */
  offer?(rng: Randomness): Awaitable<{ offer: Uint8Array; kept: unknown }>;
  /** The initiator's session, and what to send to whoever made the offer; `opened` if it is a message. */
  begin?(rng: Randomness, offer: Uint8Array): Awaitable<{ session: Session; opening: Uint8Array; opened?: boolean }>;
  accept?(kept: unknown, rng: Randomness, opening: Uint8Array): Awaitable<Session>;
  encrypt(session: Session, rng: Randomness, ad: Uint8Array, plaintext: Uint8Array): Awaitable<Uint8Array>;
  /** The plaintext, or null for a service message. The session must not change if this throws. */
  decrypt(session: Session, rng: Randomness, ad: Uint8Array, message: Uint8Array): Awaitable<Uint8Array | null>;
  /** A copy that shares nothing with its original; `structuredClone` unless given. */
  clone?(session: Session): Awaitable<Session>;
  /** Called when the harness gives a session back, for those that hold more than memory. */
  drop?(session: Session): Awaitable<void>;
  export?(session: Session): Awaitable<Uint8Array>;
  import?(state: Uint8Array): Awaitable<Session>;
  fields?(message: Uint8Array): Awaitable<Field[]>;
  rewrite?(message: Uint8Array, field: string, value: Uint8Array): Awaitable<Uint8Array>;
  outbox?(session: Session, rng: Randomness): Awaitable<Uint8Array[]>;
  advance?(session: Session, seconds: number): Awaitable<void>;
  /**
   * Puts counters elsewhere: the next message sent has number `sent` in its chain, the next one expected number `received`.
   * One that is null, and every key, stays as it is.
   */
  preset?(session: Session, sent: number | null, received: number | null): Awaitable<void>;
  /** Where the message that was opened last stands. */
  index?(session: Session): Awaitable<Index>;
  /** The encryption of one message by itself, under a message key of the caller's choice; with `openWith`. */
  sealWith?(key: Uint8Array, ad: Uint8Array, plaintext: Uint8Array): Awaitable<Uint8Array>;
  openWith?(key: Uint8Array, ad: Uint8Array, sealed: Uint8Array): Awaitable<Uint8Array>;
}

/** Answers calls from standard input until there are no more. */
export function run<Session>(ratchet: Ratchet<Session>): Promise<void>;

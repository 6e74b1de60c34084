"""libolm, the C library of Matrix's older clients, through ``python-olm``: Olm sessions.

A clone goes through the library's own pickle, under an empty passphrase. Randomness is reproduced: the
bindings hand ``os.urandom`` to the C library, which draws none by itself; it is replaced before they load. A
message on the wire is one byte of type, 0 for pre-key and 1 for normal messages, and then what the library's
unpadded base64 stands for. Plaintexts are bytes: ``decrypt`` returns text, so it is asked for the error
handler ``surrogateescape``, which loses none.
"""

import base64

import captured  # before the library
import olm
import wire
from sprag_kit import Ratchet, Rejected, run

PRE_KEY, NORMAL = 0, 1
KEY, COUNTER, CIPHERTEXT, INNER = 0x0A, 0x10, 0x22, 0x22
TAG_LENGTH = 8

#: The library has one error for what does not authenticate, was opened before or lies too far ahead
#: (`BAD_MESSAGE_MAC`).
MALFORMED = ("INVALID_BASE64", "BAD_MESSAGE_FORMAT", "BAD_MESSAGE_VERSION")


class Olm(Ratchet):
    name, version = "python-olm/olm", "3.2.16"
    # libolm 3.2.16: `MAX_MESSAGE_GAP` 2000 in src/ratchet.cpp; `MAX_SKIPPED_MESSAGE_KEYS` 40, in a session, and
    # `MAX_RECEIVER_CHAINS` 5 in include/olm/ratchet.hh. `olm::Ratchet::encrypt` makes the ratchet key when it sends.
    # A stored key is looked for only while its chain is there, though it keeps its place among the 40.
    profile = {
        "family": "double-ratchet",
        "key_generation": "lazy",
        "max_skip": 2000,
        "max_stored": 40,
        "stored_per": "live-chains",
        "when_full": "evict",
        "retained_chains": 4,
        "closes_chains": False,
        "envelope": ["envelope"],
    }
    associated_data = False

    def pair(self, rng):
        offer, account = self.offer(rng)
        initiator, opening, opened = self.begin(rng, offer)
        return initiator, self.accept(account, rng, opening), opened

    # The offer is the identity key and a one-time key, of 32 bytes each; the opening is a message like all others.

    def offer(self, rng):
        with captured.drawn_from(rng):
            account = olm.Account()
            account.generate_one_time_keys(1)
        one_time_key = next(iter(account.one_time_keys["curve25519"].values()))
        return from_base64(account.identity_keys["curve25519"]) + from_base64(one_time_key), account

    def begin(self, rng, offer):
        with captured.drawn_from(rng):
            session = olm.OutboundSession(olm.Account(), to_base64(offer[:32]), to_base64(offer[32:]))
        return session, self.encrypt(session, rng, b"", b"opening"), True

    def accept(self, account, rng, opening):
        with captured.drawn_from(rng):
            session = olm.InboundSession(account, olm.OlmPreKeyMessage(to_base64(opening[1:])))
        self.decrypt(session, rng, b"", opening)
        return session

    def encrypt(self, session, rng, ad, plaintext):
        with captured.drawn_from(rng):
            message = session.encrypt(plaintext)
        kind = PRE_KEY if isinstance(message, olm.OlmPreKeyMessage) else NORMAL
        return bytes([kind]) + from_base64(message.ciphertext)

    def decrypt(self, session, rng, ad, message):
        if len(message) < 2 or message[0] not in (PRE_KEY, NORMAL):
            raise Rejected("malformed", "no type and body")
        form = olm.OlmPreKeyMessage if message[0] == PRE_KEY else olm.OlmMessage
        try:
            with captured.drawn_from(rng):
                text = session.decrypt(form(to_base64(message[1:])), unicode_errors="surrogateescape")
        except olm.OlmSessionError as error:
            raise Rejected("malformed" if str(error) in MALFORMED else "other", str(error)) from None
        return text.encode("utf-8", "surrogateescape")

    def clone(self, session):
        return self.restore(self.export(session))

    def export(self, session):
        return session.pickle()

    def restore(self, state):
        try:
            return olm.Session.from_pickle(state)
        except (olm.OlmSessionError, ValueError) as error:
            raise Rejected("malformed", str(error)) from None

    def fields(self, message):
        body = 1, len(message)
        if message[:1] == bytes([NORMAL]):
            fields = normal(message, *body)
        else:
            inner = wire.only(wire.entries(message, 2, body[1]), INNER)
            fields = inner and normal(message, *inner)
            # Outside the MAC by Olm's design. Often of length 0 at the end: bytes may still be appended there.
            fields = fields and [("envelope", 1, inner[0] - 1), *fields, ("envelope", inner[1], body[1] - inner[1])]
        if not fields:
            raise Rejected("malformed", "not the fields of an Olm message")
        return [("type", 0, 1), *fields]

    def rewrite(self, message, field, value):
        return wire.rewritten(message, self.fields(message), field, value)


def normal(message, start, end):
    found = wire.entries(message, start + 1, end - TAG_LENGTH)
    spans = [wire.only(found, tag) for tag in (KEY, COUNTER, CIPHERTEXT)]
    if None in spans:
        return None
    (key, counter, ciphertext) = ((at, until - at) for at, until in spans)
    # docs/olm.md: a new ratchet key is drawn at random, and all that the key shows was drawn.
    return [
        ("version", start, 1),
        ("ratchet_key", *key, "random"),
        ("counter", *counter),
        ("ciphertext", *ciphertext),
        ("tag", end - TAG_LENGTH, TAG_LENGTH),
    ]


def to_base64(data):
    return base64.b64encode(data).decode().rstrip("=")


def from_base64(text):
    return base64.b64decode(text + "=" * (-len(text) % 4))


if __name__ == "__main__":
    run(Olm())

"""Every optional function of the kit, on a ratchet without any cryptography. The tests of the command talk to it."""

import sys

from sprag_kit import Ratchet, Rejected, run

SERVICE = b"\xff"


def mask(key, text):
    return bytes(byte ^ key for byte in text)


class EveryHook(Ratchet):
    name, version = "test/every-hook", "1"
    profile = {"family": "static-key"}

    def pair(self, rng, shared_secret=None, initiator_id=b"", responder_id=b""):
        key = sum((shared_secret or rng.bytes(32)) + initiator_id + responder_id) % 256
        return [{"key": key, "sent": 0, "opened": 0, "seconds": 0} for _ in range(2)]

    def offer(self, rng):
        return b"\x05", 5

    def begin(self, rng, offer):
        return {"key": offer[0] + 1, "sent": 0, "opened": 0, "seconds": 0}, b"\x01", True

    def accept(self, kept, rng, opening):
        return {"key": kept + opening[0], "sent": 0, "opened": 0, "seconds": 0}

    def encrypt(self, session, rng, ad, plaintext):
        session["sent"] += 1
        return bytes([session["sent"] - 1]) + mask(session["key"], plaintext)

    def decrypt(self, session, rng, ad, message):
        if not message:
            raise Rejected("malformed", "empty")
        if message == SERVICE:
            return None
        session["opened"] = message[0]
        return mask(session["key"], message[1:])

    def drop(self, session):
        print("dropped", file=sys.stderr)

    def export(self, session):
        return bytes(session.values())

    def restore(self, state):
        if len(state) != 4:
            raise Rejected("malformed", "not four bytes")
        return dict(zip(("key", "sent", "opened", "seconds"), state))

    def fields(self, message):
        return [("counter", 0, 1), ("ciphertext", 1, len(message) - 1, "derived")]

    def rewrite(self, message, field, value):
        if field != "counter" or len(value) != 1:
            raise Rejected("malformed", "not a counter")
        return value + message[1:]

    def outbox(self, session, rng):
        due = session["seconds"] >= 10
        session["seconds"] %= 10
        return [SERVICE] * due

    def advance(self, session, seconds):
        session["seconds"] += seconds

    def preset(self, session, sent, received):
        for name, number in ("sent", sent), ("opened", received):
            if number is not None:
                if number > 255:
                    raise Rejected("malformed", "too large")
                session[name] = number

    def index(self, session):
        return 0, session["opened"]

    def seal_with(self, key, ad, plaintext):
        return mask(key[0], plaintext)

    def open_with(self, key, ad, sealed):
        return mask(key[0], sealed)


run(EveryHook())

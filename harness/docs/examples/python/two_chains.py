"""Two one-way chains of keys from one secret, one for each direction. It forgets, and never heals."""

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from sprag_kit import Ratchet, Rejected, run

SKIP, COUNTER, TAG = 100, 4, 16


def derive(key, label):
    return hmac.new(key, label, hashlib.sha256).digest()


@dataclass
class Session:
    sending: bytes
    receiving: bytes
    sent: int = 0
    received: int = 0
    skipped: dict = field(default_factory=dict)


class TwoChains(Ratchet):
    name, version = "example/two-chains", "1.0"
    profile = {"family": "symmetric-ratchet", "max_skip": SKIP, "max_stored": SKIP, "when_full": "refuse"}

    def pair(self, rng, shared_secret=None):
        secret = shared_secret or rng.bytes(32)
        initiator, responder = derive(secret, b"initiator"), derive(secret, b"responder")
        return Session(initiator, responder), Session(responder, initiator)

    def encrypt(self, session, rng, ad, plaintext):
        counter = session.sent.to_bytes(COUNTER, "big")
        key = derive(session.sending, b"message")
        session.sending, session.sent = derive(session.sending, b"chain"), session.sent + 1
        return counter + seal(key, counter + ad, plaintext)

    def decrypt(self, session, rng, ad, message):
        if len(message) < COUNTER + TAG:
            raise Rejected("malformed", "too short")
        counter, sealed = message[:COUNTER], message[COUNTER:]
        number = int.from_bytes(counter, "big")
        if number in session.skipped:
            plaintext = open_sealed(session.skipped[number], counter + ad, sealed)
            del session.skipped[number]
            return plaintext
        if number < session.received:
            raise Rejected("replayed", "its key is gone")
        if number - session.received + len(session.skipped) > SKIP:
            raise Rejected("gap-too-large", "too many keys to keep")
        chain, skipped = session.receiving, {}
        for missing in range(session.received, number):
            skipped[missing], chain = derive(chain, b"message"), derive(chain, b"chain")
        plaintext = open_sealed(derive(chain, b"message"), counter + ad, sealed)
        # Nothing has changed so far, so a forgery leaves no trace.
        session.skipped.update(skipped)
        session.receiving, session.received = derive(chain, b"chain"), number + 1
        return plaintext

    def export(self, session):
        state = json.dumps(asdict(session), default=bytes.hex).encode()
        return hashlib.sha256(state).digest() + state

    def restore(self, state):
        sum, state = state[:32], state[32:]
        if hashlib.sha256(state).digest() != sum:
            raise Rejected("malformed", "the export is damaged")
        held = json.loads(state)
        skipped = {int(number): bytes.fromhex(key) for number, key in held.pop("skipped").items()}
        keys = {name: bytes.fromhex(held.pop(name)) for name in ("sending", "receiving")}
        return Session(**keys, **held, skipped=skipped)

    def fields(self, message):
        behind = len(message) - TAG
        if behind < COUNTER:
            raise Rejected("malformed", "too short")
        return [("counter", 0, COUNTER), ("ciphertext", COUNTER, behind - COUNTER), ("tag", behind, TAG)]


def seal(key, ad, plaintext):
    # The key is used once, so the nonce may be constant.
    return ChaCha20Poly1305(key).encrypt(bytes(12), plaintext, ad)


def open_sealed(key, ad, sealed):
    try:
        return ChaCha20Poly1305(key).decrypt(bytes(12), sealed, ad)
    except InvalidTag:
        raise Rejected("forged", "tag does not match") from None


if __name__ == "__main__":
    run(TwoChains())

"""A worked example: two one-way chains of hashes from one shared key (the shape of SCIMP). It never heals, and says so."""

import hashlib
import hmac

from sprag_kit import Ratchet, Rejected, run

LIMIT, TAG = 100, 16


def kdf(key, label):
    return hmac.new(key, label, hashlib.sha256).digest()


def keystream(key, count):
    return hashlib.shake_256(key).digest(count)


def xor(one, other):
    return bytes(a ^ b for a, b in zip(one, other))


class HashChain(Ratchet):
    name, version = "example/hash-chain", "1.0"
    profile = {"family": "symmetric-ratchet", "max_skip": LIMIT, "max_stored": LIMIT, "when_full": "refuse"}

    def pair(self, rng):
        secret = rng.bytes(32)
        ours, theirs = kdf(secret, b"initiator"), kdf(secret, b"responder")
        session = lambda sending, receiving: {"s": sending, "ns": 0, "r": receiving, "nr": 0, "skipped": {}}
        return session(ours, theirs), session(theirs, ours)

    def encrypt(self, session, rng, ad, plaintext):
        key, number = kdf(session["s"], b"message"), session["ns"]
        session["s"], session["ns"] = kdf(session["s"], b"chain"), number + 1
        header = number.to_bytes(4, "big")
        body = xor(plaintext, keystream(kdf(key, b"encrypt"), len(plaintext)))
        return header + body + self.tag(key, ad, header, body)

    def decrypt(self, session, rng, ad, message):
        if len(message) < 4 + TAG:
            raise Rejected("malformed", "too short")
        header, body, tag = message[:4], message[4:-TAG], message[-TAG:]
        number = int.from_bytes(header, "big")
        if number in session["skipped"]:
            key = session["skipped"][number]
            self.check(key, ad, header, body, tag)
            del session["skipped"][number]
        elif number < session["nr"]:
            raise Rejected("replayed")
        elif number - session["nr"] + len(session["skipped"]) > LIMIT:
            raise Rejected("gap-too-large")
        else:
            chain, skipped = session["r"], {}
            for between in range(session["nr"], number):
                skipped[between], chain = kdf(chain, b"message"), kdf(chain, b"chain")
            key = kdf(chain, b"message")
            self.check(key, ad, header, body, tag)
            session["skipped"].update(skipped)
            session["r"], session["nr"] = kdf(chain, b"chain"), number + 1
        return xor(body, keystream(kdf(key, b"encrypt"), len(body)))

    @staticmethod
    def tag(key, ad, header, body):
        parts = b"".join(len(part).to_bytes(8, "big") + part for part in (ad, header, body))
        return kdf(kdf(key, b"authenticate"), parts)[:TAG]

    def check(self, key, ad, header, body, tag):
        if not hmac.compare_digest(tag, self.tag(key, ad, header, body)):
            raise Rejected("forged", "tag does not match")


if __name__ == "__main__":
    run(HashChain())

"""LINE's Letter Sealing, version 2, of the client library ``CHRLINE``, driven without a network.

A party is the library's own client class, made without signing in: where the client asks LINE's servers or
its folder for keys, this adapter answers from memory. A message is what LINE's servers carry of one: the
version, the type of content, sender and recipient, and the library's chunks (salt, nonce, ids of both keys,
ciphertext with its tag).

A clone is a deep copy: two keys and what names them are all that a party has (at rest they are files in the
client's folder, which is why there is no export here). Randomness is reproduced: the library draws from
``os.urandom``, which is replaced before it loads. Plaintexts are bytes and the library's are text, so a byte
becomes the character of that number.
"""

import base64
import os
import struct

import captured  # before the library
import axolotl_curve25519 as curve
from CHRLINE.client import CHRLINE
from cryptography.exceptions import InvalidTag
from sprag_kit import Ratchet, Rejected, run

INITIATOR, RESPONDER = "u" + "a" * 32, "u" + "b" * 32
KEY_IDS = {INITIATOR: 1001, RESPONDER: 1002}
#: Version, type of content, sender, recipient, salt, nonce, key of the sender and of the recipient.
HEADER = struct.Struct(">BB33s33s16s16s4s4s")
TAG_LENGTH = 16
TEXT, TO_USER = 0, 0


class Party(CHRLINE):
    """A client that has signed in as ``mid`` and talks to ``peer``."""

    def __init__(self, mid, peer, private, public, peers_public):
        self.mid, self.peer, self.peers_public, self.isDebug = mid, peer, peers_public, False
        self.keys = {
            "keyId": KEY_IDS[mid],
            "privKey": base64.b64encode(private).decode(),
            "pubKey": base64.b64encode(public).decode(),
            "e2eeVersion": 1,
        }

    def __del__(self):
        pass

    def __deepcopy__(self, memo):
        copied = object.__new__(Party)
        copied.__dict__.update(self.__dict__, keys=dict(self.keys))
        return copied

    def getE2EESelfKeyData(self, mid):
        return self.keys

    def negotiateE2EEPublicKey(self, mid):
        if mid != self.peer:
            raise Rejected("other", "no such user")
        return {"specVersion": 2, "publicKey": {"keyId": KEY_IDS[mid], "keyData": self.peers_public}}

    def getCacheData(self, folder, name, *_):
        return None

    def saveCacheData(self, folder, name, data, *_):
        return True


class LetterSealing(Ratchet):
    name, version = "CHRLINE/letter-sealing-2", "2.5.14"
    # e2ee.py: the key of a message follows from the keys of two users and a salt that is sent along;
    # `generateAAD` binds sender and recipient; nothing is kept of a message, so none is known again.
    profile = {"family": "static-key", "binds_direction": True, "replay_protection": False}
    associated_data = False

    def pair(self, rng):
        with captured.drawn_from(rng):
            # As `registerE2EESelfKey` does.
            privates = [curve.generatePrivateKey(os.urandom(32)) for _ in range(2)]
        publics = [curve.generatePublicKey(private) for private in privates]
        initiator = Party(INITIATOR, RESPONDER, privates[0], publics[0], publics[1])
        return initiator, Party(RESPONDER, INITIATOR, privates[1], publics[1], publics[0])

    def encrypt(self, session, rng, ad, plaintext):
        with captured.drawn_from(rng):
            chunks = session.encryptE2EEMessage(session.peer, plaintext.decode("latin-1"))
        salt, ciphertext, nonce, sender_key, recipient_key = chunks
        ids = session.mid.encode(), session.peer.encode()
        return HEADER.pack(2, TEXT, *ids, salt, nonce, sender_key, recipient_key) + ciphertext

    def decrypt(self, session, rng, ad, message):
        if len(message) < HEADER.size:
            raise Rejected("malformed", "shorter than a header")
        version, kind, sender, recipient, salt, nonce, *key_ids = HEADER.unpack_from(message)
        try:
            received = {
                "_from": sender.decode(),
                "to": recipient.decode(),
                "toType": TO_USER,
                "contentType": kind,
                "contentMetadata": {"e2eeVersion": str(version)},
                "chunks": [salt, message[HEADER.size :], nonce, *key_ids],
            }
            text = session.decryptE2EETextMessage(received, isSelf=False)
            return text.encode("latin-1")
        except InvalidTag:
            raise Rejected("forged", "InvalidTag") from None
        except Rejected:
            raise
        except Exception as error:
            # The library has no refusals of its own: it raises whatever Python and its other libraries raise.
            raise Rejected("other", f"{type(error).__name__}: {error}") from None

    def fields(self, message):
        body = len(message) - HEADER.size - TAG_LENGTH
        if body < 0:
            raise Rejected("malformed", "shorter than a header and a tag")
        return [
            ("version", 0, 1),
            ("type", 1, 1),
            ("sender", 2, 33),
            ("recipient", 35, 33),
            ("salt", 68, 16, "random"),
            ("nonce", 84, 16),
            ("sender_key", 100, 4),
            ("recipient_key", 104, 4),
            ("ciphertext", HEADER.size, body),
            ("tag", HEADER.size + body, TAG_LENGTH),
        ]

    def rewrite(self, message, field, value):
        for name, offset, length, *_ in self.fields(message):
            if name == field and (len(value) == length or name == "ciphertext"):
                return message[:offset] + value + message[offset + length :]
        raise Rejected("unsupported", f"{field} of {len(value)} bytes")


if __name__ == "__main__":
    run(LetterSealing())

"""``python-axolotl``, a port of libaxolotl-android, which older clients of WhatsApp and of OMEMO use: X3DH and
sessions.

A party is what the library works on: a store of each kind, here those of the library's own tests, which keep
records as bytes and hand out copies. A clone is a deep copy of the stores; an export holds the library's own
serialised records, as JSON. Randomness is reproduced: the library draws from ``os.urandom`` and
``random.SystemRandom``, which are replaced before it loads. A message on the wire is one byte of type (2 for
normal and 3 for pre-key messages, the library's own numbers) and then the library's bytes.
"""

import json
import os

os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"

import captured  # before the library
import wire
from axolotl.duplicatemessagexception import DuplicateMessageException
from axolotl.identitykey import IdentityKey
from axolotl.identitykeypair import IdentityKeyPair
from axolotl.invalidkeyexception import InvalidKeyException
from axolotl.invalidkeyidexception import InvalidKeyIdException
from axolotl.invalidmessageexception import InvalidMessageException
from axolotl.invalidversionexception import InvalidVersionException
from axolotl.legacymessageexception import LegacyMessageException
from axolotl.protocol.ciphertextmessage import CiphertextMessage
from axolotl.protocol.prekeywhispermessage import PreKeyWhisperMessage
from axolotl.protocol.whispermessage import WhisperMessage
from axolotl.sessionbuilder import SessionBuilder
from axolotl.sessioncipher import SessionCipher
from axolotl.state.prekeybundle import PreKeyBundle
from axolotl.state.sessionrecord import SessionRecord
from axolotl.tests.inmemoryaxolotlstore import InMemoryAxolotlStore
from axolotl.untrustedidentityexception import UntrustedIdentityException
from axolotl.util.keyhelper import KeyHelper
from sprag_kit import Ratchet, Rejected, run

NORMAL, PRE_KEY = CiphertextMessage.WHISPER_TYPE, CiphertextMessage.PREKEY_TYPE
KEY, COUNTER, PREVIOUS, CIPHERTEXT, INNER = 0x0A, 0x10, 0x18, 0x22, 0x22
TAG_LENGTH = 8
PEER, DEVICE = "peer", 1

REFUSALS = (
    InvalidKeyException,
    InvalidKeyIdException,
    InvalidVersionException,
    LegacyMessageException,
    UntrustedIdentityException,
)


class Axolotl(Ratchet):
    name, version = "python-axolotl/session-v3", "0.2.3"
    # sessioncipher.py: `getOrCreateMessageKeys` has 2000 and no limit for what is stored,
    # `getOrCreateChainKey` makes the ratchet key on receipt. sessionstate.py: `addReceiverChain` keeps 5
    # chains, with the stored keys in them.
    profile = {
        "family": "double-ratchet",
        "key_generation": "eager",
        "max_skip": 2000,
        "stored_per": "chain",
        "retained_chains": 4,
        "closes_chains": False,
        "envelope": ["envelope"],
    }
    associated_data = False

    def pair(self, rng):
        with captured.drawn_from(rng):
            alice, bob = InMemoryAxolotlStore(), InMemoryAxolotlStore()
            SessionBuilder(alice, alice, alice, alice, PEER, DEVICE).processPreKeyBundle(bundle_of(bob))
            first = cipher(alice).encrypt(b"opening")
            cipher(bob).decryptPkmsg(PreKeyWhisperMessage(serialized=first.serialize()))
        return alice, bob, True

    def encrypt(self, session, rng, ad, plaintext):
        try:
            with captured.drawn_from(rng):
                message = cipher(session).encrypt(plaintext)
        except Exception as error:  # of a damaged state
            raise Rejected("other", f"{type(error).__name__}: {error}") from None
        return bytes([message.getType()]) + message.serialize()

    def decrypt(self, session, rng, ad, message):
        kind, body = message[:1], message[1:]
        if kind not in (bytes([NORMAL]), bytes([PRE_KEY])) or not body:
            raise Rejected("malformed", "no type and body")
        try:
            with captured.drawn_from(rng):
                if kind == bytes([NORMAL]):
                    return cipher(session).decryptMsg(WhisperMessage(serialized=body))
                return cipher(session).decryptPkmsg(PreKeyWhisperMessage(serialized=body))
        except DuplicateMessageException as error:
            raise Rejected("replayed", str(error)) from None
        except InvalidMessageException as error:
            raise Rejected(class_of(error), repr(error)) from None
        except REFUSALS as error:
            raise Rejected("malformed", repr(error)) from None
        except Exception as error:
            # None of the library's own: protobuf's `DecodeError` above all.
            raise Rejected("other", f"{type(error).__name__}: {error}") from None

    def export(self, session):
        records = {
            "identity": session.getIdentityKeyPair().serialize(),
            "registration": session.getLocalRegistrationId(),
            "trusted": {name: key.serialize() for name, key in session.identityKeyStore.trustedKeys.items()},
            "pre_keys": session.preKeyStore.store,
            "signed_pre_keys": session.signedPreKeyStore.store,
            "session": session.loadSession(PEER, DEVICE).serialize(),
        }
        return json.dumps(records, default=bytes.hex, sort_keys=True).encode()

    def restore(self, state):
        try:
            records, session = json.loads(state), InMemoryAxolotlStore()
            identities = session.identityKeyStore
            identities.identityKeyPair = IdentityKeyPair(serialized=bytes.fromhex(records["identity"]))
            identities.localRegistrationId = int(records["registration"])
            for name, key in records["trusted"].items():
                identities.saveIdentity(name, IdentityKey(bytearray.fromhex(key), 0))
            for store, kept in ((session.preKeyStore, "pre_keys"), (session.signedPreKeyStore, "signed_pre_keys")):
                store.store = {int(number): bytes.fromhex(record) for number, record in records[kept].items()}
            record = SessionRecord(serialized=bytes.fromhex(records["session"]))
        except Exception as error:
            raise Rejected("malformed", f"{type(error).__name__}: {error}") from None
        session.storeSession(PEER, DEVICE, record)
        return session

    def fields(self, message):
        body = 1, len(message)
        if message[:1] == bytes([NORMAL]):
            fields = normal(message, *body)
        else:
            inner = wire.only(wire.entries(message, 2, body[1]), INNER)
            fields = inner and normal(message, *inner)
            # What opens a session is outside the MAC by the protocol's design.
            fields = fields and [("envelope", 1, inner[0] - 1), *fields, ("envelope", inner[1], body[1] - inner[1])]
        if not fields:
            raise Rejected("malformed", "not the fields of a message")
        return [("type", 0, 1), *fields]

    def rewrite(self, message, field, value):
        return wire.rewritten(message, self.fields(message), field, value)


def bundle_of(store):
    """A bundle as a server would hand it out; its private halves go into the store."""
    identity, registration = store.getIdentityKeyPair(), store.getLocalRegistrationId()
    (pre_key,), signed = KeyHelper.generatePreKeys(1, 1), KeyHelper.generateSignedPreKey(identity, 1)
    store.storePreKey(pre_key.getId(), pre_key)
    store.storeSignedPreKey(signed.getId(), signed)
    return PreKeyBundle(
        registration,
        DEVICE,
        pre_key.getId(),
        pre_key.getKeyPair().getPublicKey(),
        signed.getId(),
        signed.getKeyPair().getPublicKey(),
        signed.getSignature(),
        identity.getPublicKey(),
    )


def cipher(store):
    return SessionCipher(store, store, store, store, PEER, DEVICE)


def class_of(error):
    """The library has one exception for these, and tells them apart by its text."""
    words = str(error)
    if "Bad Mac" in words:
        return "forged"
    if "into the future" in words:
        return "gap-too-large"
    return "malformed" if "Incomplete" in words or "version" in words.lower() else "other"


def normal(message, start, end):
    found = wire.entries(message, start + 1, end - TAG_LENGTH)
    spans = [wire.only(found, tag) for tag in (KEY, COUNTER, PREVIOUS, CIPHERTEXT)]
    if None in spans or spans[0][1] - spans[0][0] != 33:
        return None
    (key, counter, previous, ciphertext) = ((at, until - at) for at, until in spans)
    # The private half of a ratchet key is drawn whole; the public one has a byte of type before it.
    return [
        ("version", start, 1),
        ("key_type", key[0], 1),
        ("ratchet_key", key[0] + 1, 32, "random"),
        ("counter", *counter),
        ("previous_counter", *previous),
        ("ciphertext", *ciphertext),
        ("tag", end - TAG_LENGTH, TAG_LENGTH),
    ]


if __name__ == "__main__":
    run(Axolotl())

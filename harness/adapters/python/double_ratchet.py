"""``doubleratchet``, the Double Ratchet below XMPP's OMEMO in Python, with the parts that it recommends.

Hash functions, limits and chain constant are those of OMEMO 2 (XEP-0384 and the package ``twomemo``):
SHA-256, 1000 keys, ``02 01``. The library leaves the encoding of a header and of associated data to its user;
here a message is the ratchet key, the previous and the own number as 8 bytes each, and the library's
ciphertext with a tag of 32 bytes.

A clone goes through the library's JSON. Randomness is reproduced: ratchet keys are all that the library
draws, by ``_generate_priv``, which its users are to provide; here it takes 32 bytes of the call's randomness
where the recommended class asks OpenSSL for them. The library is asynchronous; one event loop runs each call
to its end.
"""

import asyncio
import json
import os
import struct
import warnings

import captured
from doubleratchet import (
    AuthenticationFailedException,
    DecryptionFailedException,
    DoSProtectionException,
    DoubleRatchet,
    DuplicateMessageException,
    EncryptedMessage,
    Header,
)
from doubleratchet.recommended import HashFunction, aead_aes_hmac, kdf_hkdf, kdf_separate_hmacs
from doubleratchet.recommended import diffie_hellman_ratchet_curve25519 as curve25519
from sprag_kit import Ratchet, Rejected, run

LIMIT = 1000
HEADER = struct.Struct(">32sQQ")
LAST_NUMBER = 2**64 - 1
TAG_LENGTH = 32


class Session(DoubleRatchet):
    @staticmethod
    def _build_associated_data(associated_data, header):
        return struct.pack(">I", len(associated_data)) + associated_data + encoded(header)


class RatchetKeys(curve25519.DiffieHellmanRatchet):
    @staticmethod
    def _generate_priv():
        return os.urandom(32)


class Aead(aead_aes_hmac.AEAD):
    _get_hash_function = staticmethod(lambda: HashFunction.SHA_256)
    _get_info = staticmethod(lambda: b"OMEMO Message Key Material")


class RootChain(kdf_hkdf.KDF):
    _get_hash_function = staticmethod(lambda: HashFunction.SHA_256)
    _get_info = staticmethod(lambda: b"OMEMO Root Chain")


class MessageChain(kdf_separate_hmacs.KDF):
    _get_hash_function = staticmethod(lambda: HashFunction.SHA_256)


CONFIGURATION = {
    "diffie_hellman_ratchet_class": RatchetKeys,
    "root_chain_kdf": RootChain,
    "message_chain_kdf": MessageChain,
    "message_chain_constant": b"\x02\x01",
    "dos_protection_threshold": LIMIT,
    "max_num_skipped_message_keys": LIMIT,
    "aead": Aead,
}


class Xmpp(Ratchet):
    name, version = "doubleratchet/omemo-2", "1.3.0"
    # The documentation of `DoubleRatchet.encrypt_initial_message` for the limits: more than
    # `dos_protection_threshold` keys "are not calculated", and of those stored "older keys are discarded".
    # `DiffieHellmanRatchet.next_decryption_key` closes the old receiving chain at the length announced, and
    # makes the next ratchet key at once; keys beyond the threshold there are given up, and the message opens.
    profile = {
        "family": "double-ratchet",
        "key_generation": "eager",
        "max_skip": LIMIT,
        "max_stored": LIMIT,
        "stored_per": "session",
        "when_full": "evict",
        "closes_chains": True,
        "closing_gap": "forget",
    }

    def __init__(self):
        self.loop = asyncio.new_event_loop()

    def call(self, rng, coroutine):
        with captured.drawn_from(rng):
            return self.loop.run_until_complete(coroutine)

    def pair(self, rng):
        shared_secret, private = rng.bytes(32), rng.bytes(32)
        public = RatchetKeys._derive_pub(private)
        initiator, first = self.call(
            rng,
            Session.encrypt_initial_message(
                shared_secret=shared_secret,
                recipient_ratchet_pub=public,
                message=b"opening",
                associated_data=b"",
                **CONFIGURATION,
            ),
        )
        responder, _ = self.call(
            rng,
            Session.decrypt_initial_message(
                shared_secret=shared_secret,
                own_ratchet_priv=private,
                message=first,
                associated_data=b"",
                **CONFIGURATION,
            ),
        )
        return initiator, responder, True

    def encrypt(self, session, rng, ad, plaintext):
        if session.sending_chain_length > LAST_NUMBER:
            raise Rejected("other", "the number does not fit into a header")
        try:
            message = self.call(rng, session.encrypt_message(plaintext, ad))
        except ValueError as error:  # of a damaged state
            raise Rejected("other", str(error)) from None
        return encoded(message.header) + message.ciphertext

    def decrypt(self, session, rng, ad, message):
        if len(message) < HEADER.size + TAG_LENGTH:
            raise Rejected("malformed", "shorter than a header and a tag")
        ratchet_key, previous, number = HEADER.unpack_from(message)
        decoded = EncryptedMessage(Header(ratchet_key, previous, number), message[HEADER.size :])
        try:
            return self.call(rng, session.decrypt_message(decoded, ad))
        except AuthenticationFailedException as error:
            raise Rejected("forged", str(error)) from None
        except DoSProtectionException as error:
            raise Rejected("gap-too-large", str(error)) from None
        except DuplicateMessageException:
            raise Rejected("replayed", "DuplicateMessageException") from None
        except (DecryptionFailedException, ValueError) as error:
            # `ValueError` is of `cryptography`: a ratchet key that gives nothing but zeros.
            raise Rejected("other", f"{type(error).__name__}: {error}") from None

    def clone(self, session):
        return Session.from_json(session.json, **CONFIGURATION)

    def export(self, session):
        return json.dumps(session.json).encode()

    def restore(self, state):
        try:
            return Session.from_json(json.loads(state), **CONFIGURATION)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Rejected("malformed", type(error).__name__) from None

    def fields(self, message):
        body = len(message) - HEADER.size - TAG_LENGTH
        if body < 0:
            raise Rejected("malformed", "shorter than a header and a tag")
        # A private key is drawn whole, and shows in nothing but its public key.
        return [
            ("ratchet_key", 0, 32, "random"),
            ("previous_counter", 32, 8),
            ("counter", 40, 8),
            ("ciphertext", HEADER.size, body),
            ("tag", HEADER.size + body, TAG_LENGTH),
        ]

    def rewrite(self, message, field, value):
        for name, offset, length, *_ in self.fields(message):
            if name == field and (len(value) == length or name == "ciphertext"):
                return message[:offset] + value + message[offset + length :]
        raise Rejected("unsupported", f"{field} of {len(value)} bytes")


def encoded(header):
    return HEADER.pack(header.ratchet_pub, header.previous_sending_chain_length, header.sending_chain_length)


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # the library warns of each old chain that it does not finish
    run(Xmpp())

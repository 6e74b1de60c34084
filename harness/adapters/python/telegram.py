"""``telethon-secret-chat``, Telegram's secret chats for Telethon, driven without a network.

A party is the library's own ``SecretChatManager``; in the place of the client stands an object that keeps
what the library wants to send. Messages go in by ``handle_encrypted_update`` and out by
``send_secret_message``; what else the library sends is in the outbox. The chat begins as after a handshake:
both hold a key of 256 bytes and tell each other their layer.

``--store memory`` (default, also the library's) or ``--store sqlite``: the library has both and a user
chooses. A clone is a deep copy of the manager, or a copy of the database. Randomness is reproduced: the
library draws from ``os.urandom``, replaced before it loads, and from Python's global generator, which is
seeded anew for each call. Its clock is the harness's, and stands still otherwise: real ones reach the 15
seconds after which the library repeats its layer.

Plaintexts are bytes and the library's are text, which must not be empty: a plaintext becomes a `#` and, for
each byte, the character of that number.
"""

import argparse
import asyncio
import collections
import copy
import logging
import random
import sqlite3
import time
import types

import captured  # before the library

BEGINNING = 1_600_000_000.0
CLOCK = types.SimpleNamespace(now=BEGINNING)
time.time = lambda: CLOCK.now  # before the library, which takes `time` from there

from sprag_kit import Ratchet, Rejected, run
from telethon.errors import SecurityError
from telethon.tl.functions.messages import GetDhConfigRequest, SendEncryptedRequest, SendEncryptedServiceRequest
from telethon.tl.types import InputEncryptedChat
from telethon.tl.types.messages import DhConfig
from telethon_secret_chat import SecretChatManager
from telethon_secret_chat.secret_chat_manager import patch_tlobjects
from telethon_secret_chat.secret_methods import SecretChat
from telethon_secret_chat.storage.sqlite import SecretSQLiteSession

CHAT = 7
#: The group that Telegram's servers hand out.
PRIME = bytes.fromhex(
    "c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f48198a0aa7c14058229493d22530f4db"
    "fa336f6e0ac925139543aed44cce7c3720fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f64"
    "2477fe96bb2a941d5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4a4a695811051907e162753b56b0f6b41"
    "0dba74d8a84b2a14b3144e0ef1284754fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4"
    "e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f0d8115f635b105ee2e4e15d04b2454bf"
    "6f4fadf034b10403119cd8e3b92fcc5b"
)


class Client:
    """What the library uses of a Telegram client."""

    _log = collections.defaultdict(lambda: logging.getLogger("telegram"))

    def __init__(self):
        self.sent = []

    def add_event_handler(self, handler):
        pass

    async def _parse_message_text(self, message, parse_mode):
        return message, []

    async def __call__(self, request):
        if isinstance(request, GetDhConfigRequest):
            return DhConfig(g=3, p=PRIME, version=1, random=b"")
        if isinstance(request, (SendEncryptedRequest, SendEncryptedServiceRequest)):
            self.sent.append(request.data)

    def take(self):
        taken, self.sent = self.sent, []
        return taken


class SecretChats(Ratchet):
    version = "0.2.4"
    # README.rst: "Every 100 messages you need to recreate the auth key", and rekeying is on its list of what
    # is there; `SecretChat.ttr` is 100, and `encrypt_secret_message` has 7 days.
    profile = {
        "family": "periodic-rekey",
        "rekey_messages": 100,
        "rekey_seconds": 7 * 24 * 60 * 60,
        # Nothing is counted within a period, and the key of a closed one is overwritten.
        "max_skip": 2**32 - 1,
        "max_stored": 0,
    }
    associated_data = False

    def __init__(self, store):
        self.store, self.name = store, f"telethon-secret-chat/{store}"
        self.loop = asyncio.new_event_loop()
        patch_tlobjects()

    def call(self, session, rng, coroutine):
        CLOCK.now = session.now
        with captured.drawn_from(rng):
            random.seed(rng.bytes(32))
            return self.loop.run_until_complete(coroutine)

    def manager(self, database=None):
        storage = None
        if self.store == "sqlite":
            connection = sqlite3.connect(":memory:")
            if database is not None:
                connection.deserialize(database)
            storage = SecretSQLiteSession(connection)
        manager = SecretChatManager(Client(), storage)
        manager.now = BEGINNING
        return manager

    def pair(self, rng):
        key = rng.bytes(256)
        parties = [self.manager(), self.manager()]
        for party, admin in zip(parties, (True, False)):
            chat = SecretChat(CHAT, 0, key, admin, 2 if admin else 1, InputEncryptedChat(CHAT, 0), BEGINNING, BEGINNING)
            party.session.save_chat(chat)
        initiator, responder = parties
        # As `accept_secret_chat` and `finish_secret_chat_creation` do.
        for sender, receiver in ((responder, initiator), (initiator, responder)):
            self.call(sender, rng, sender.notify_layer(sender.get_secret_chat(CHAT)))
            for message in sender.client.take():
                self.call(receiver, rng, receiver.handle_encrypted_update(update(message)))
        return initiator, responder

    def encrypt(self, session, rng, ad, plaintext):
        try:
            self.call(session, rng, session.send_secret_message(CHAT, "#" + plaintext.decode("latin-1")))
        except (ValueError, SecurityError, AttributeError) as error:
            raise Rejected("other", f"{type(error).__name__}: {error}") from None
        return session.client.sent.pop()  # before it stands what the library sends by itself

    def decrypt(self, session, rng, ad, message):
        try:
            opened = self.call(session, rng, session.handle_encrypted_update(update(message)))
        except SecurityError as error:
            raise Rejected("forged", str(error)) from None
        except Exception as error:
            # Most are none of the library's own: `struct.error`, `TypeNotFoundError` of Telethon, `AttributeError`.
            raise Rejected("other", f"{type(error).__name__}: {error}") from None
        if opened is False:
            raise Rejected("unknown-session", "the chat is not known")
        if opened is None:
            return None
        try:
            return opened.message.encode("latin-1")[1:]
        except (AttributeError, UnicodeEncodeError) as error:
            raise Rejected("other", f"{type(error).__name__}: {error}") from None

    def outbox(self, session, rng):
        return session.client.take()

    def advance(self, session, seconds):
        session.now += seconds

    def clone(self, session):
        if self.store == "memory":
            return copy.deepcopy(session)
        copied = self.manager(session.session._conn.serialize())
        copied.client.sent, copied.now = list(session.client.sent), session.now
        return copied

    def fields(self, message):
        if len(message) < 24:
            raise Rejected("malformed", "shorter than a header")
        # The key of a message is a hash of it under the chat's key, padding included.
        return [("key_fingerprint", 0, 8), ("tag", 8, 16), ("ciphertext", 24, len(message) - 24)]


def update(message):
    return types.SimpleNamespace(message=types.SimpleNamespace(chat_id=CHAT, bytes=message))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--store", choices=("memory", "sqlite"), default="memory")
    run(SecretChats(arguments.parse_args().store))

"""Two ends of a secret chat of ``telethon-secret-chat``, opened by the library itself, without a network."""

import collections
import logging
import types

from telethon.tl.functions.messages import (
    AcceptEncryptionRequest,
    GetDhConfigRequest,
    RequestEncryptionRequest,
    SendEncryptedRequest,
    SendEncryptedServiceRequest,
)
from telethon.tl.types import EncryptedChat, EncryptedChatRequested, EncryptedChatWaiting, InputUser
from telethon.tl.types.messages import DhConfig
from telethon_secret_chat import SecretChatManager
from telethon_secret_chat.secret_chat_manager import patch_tlobjects

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
    """What the library uses of a Telegram client; keeps what it is given to send."""

    _log = collections.defaultdict(lambda: logging.getLogger("finding"))

    def __init__(self):
        self.requests = []

    def add_event_handler(self, handler):
        pass

    async def get_input_entity(self, peer):
        return peer

    async def _parse_message_text(self, message, parse_mode):
        return message, []

    async def __call__(self, request):
        self.requests.append(request)
        if isinstance(request, GetDhConfigRequest):
            return DhConfig(g=3, p=PRIME, version=1, random=b"")
        if isinstance(request, RequestEncryptionRequest):
            return EncryptedChatWaiting(CHAT, 0, None, 1, 2)

    def take(self):
        """The encrypted messages to send."""
        kinds = (SendEncryptedRequest, SendEncryptedServiceRequest)
        taken = [request.data for request in self.requests if isinstance(request, kinds)]
        self.requests = []
        return taken


async def opened(session=lambda: None):
    """Both ends, after the handshake and after each has told the other its layer."""
    patch_tlobjects()
    alice, bob = SecretChatManager(Client(), session()), SecretChatManager(Client(), session())
    await alice.start_secret_chat(InputUser(2, 0))
    asked = [request for request in alice.client.requests if isinstance(request, RequestEncryptionRequest)][0]
    known = {"id": CHAT, "access_hash": 0, "date": None, "admin_id": 1, "participant_id": 2}
    await bob.accept_secret_chat(EncryptedChatRequested(g_a=asked.g_a, **known))
    accepted = [request for request in bob.client.requests if isinstance(request, AcceptEncryptionRequest)][0]
    answer = {"g_a_or_b": accepted.g_b, "key_fingerprint": accepted.key_fingerprint}
    await alice.finish_secret_chat_creation(EncryptedChat(**answer, **known))
    for sender, receiver in ((bob, alice), (alice, bob)):
        for message in sender.client.take():
            await deliver(receiver, message)
    return alice, bob


async def deliver(receiver, message):
    """What the library makes of an encrypted message."""
    update = types.SimpleNamespace(message=types.SimpleNamespace(chat_id=CHAT, bytes=message))
    return await receiver.handle_encrypted_update(update)

"""telethon-secret-chat 0.2.4 with its SQLite store: what changes after the handshake is not written down. Every
message has the number 0, the chat never leaves MTProto 1, and its key is never due for renewal. Exits 0 as
long as that is so.

SPRAG-F-0012.
"""

import asyncio
import sqlite3

from _telegram import CHAT, deliver, opened
from telethon_secret_chat.storage.sqlite import SecretSQLiteSession


async def main():
    alice, bob = await opened(lambda: SecretSQLiteSession(sqlite3.connect(":memory:")))
    for number in range(150):
        await alice.send_secret_message(CHAT, f"message {number}")
        for message in alice.client.take():
            await deliver(bob, message)
    chat = alice.get_secret_chat(CHAT)
    print(f"after 150 messages: sent {chat.out_seq_no}, left until renewal {chat.ttr}, MTProto {chat.mtproto}")
    assert (chat.out_seq_no, chat.ttr, chat.mtproto) == (0, 100, 1), vars(chat)


asyncio.run(main())

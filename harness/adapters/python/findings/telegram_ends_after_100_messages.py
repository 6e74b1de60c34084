"""telethon-secret-chat 0.2.4: a chat ends where its first rekeying should begin. Exits 0 as long as it does.

SPRAG-F-0010.
"""

import asyncio
import sys

from _telegram import CHAT, deliver, opened


async def main():
    alice, bob = await opened()
    for number in range(150):
        try:
            await alice.send_secret_message(CHAT, f"message {number}")
            for message in alice.client.take():
                await deliver(bob, message)
        except AttributeError as error:
            print(f"message {number}: {error}")
            break
    else:
        sys.exit("150 messages were sent")
    for _ in range(3):  # and it stays so
        try:
            await alice.send_secret_message(CHAT, "later")
            sys.exit("a later message was sent")
        except AttributeError:
            pass
    assert 90 <= number <= 100, number


asyncio.run(main())

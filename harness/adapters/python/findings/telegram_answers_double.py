"""telethon-secret-chat 0.2.4 with itself: in a chat of more than 15 seconds one message is answered without end,
and the answers double with each round. Exits 0 as long as they do.

SPRAG-F-0011.
"""

import asyncio

from _telegram import CHAT, deliver, opened


async def main():
    alice, bob = await opened()
    for party in (alice, bob):  # 16 seconds later
        party.get_secret_chat(CHAT).created -= 16
    await alice.send_secret_message(CHAT, "hello")
    sender, receiver, counts = alice, bob, []
    for _ in range(5):
        for message in sender.client.take():
            await deliver(receiver, message)
        sender, receiver = receiver, sender
        counts.append(len([request for request in sender.client.requests if hasattr(request, "data")]))
    print("answers, round by round:", counts)
    assert counts == [1, 2, 4, 8, 16], counts


asyncio.run(main())

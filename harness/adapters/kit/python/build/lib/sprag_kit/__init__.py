"""Turns a message ratchet written in Python into a child process that ``sprag check --exec`` can attack.

Write a class with a profile and five methods, and hand an object of it to :func:`run`::

    class MyRatchet(sprag_kit.Ratchet):
        name, version = "my-ratchet", "1.0"
        profile = {"family": "double-ratchet", "key_generation": "eager"}

        def pair(self, rng): ...                            # two sessions
        def encrypt(self, session, rng, ad, plaintext): ... # the message
        def decrypt(self, session, rng, ad, message): ...   # the plaintext, or None for a service message
        def export(self, session): ...                      # optional: bytes at rest
        def restore(self, state): ...                       # optional: the session again

    sprag_kit.run(MyRatchet())

Hex, session numbers, copies and errors are done here. A refusal is ``raise Rejected("forged", "tag does not match")``;
any other exception is a fault of the ratchet and becomes a verdict. Standard output belongs to the protocol: what the
ratchet prints goes to standard error.
"""

from ._kit import CLASSES, Rejected, Randomness, Ratchet, run

__all__ = ["CLASSES", "Randomness", "Ratchet", "Rejected", "run"]

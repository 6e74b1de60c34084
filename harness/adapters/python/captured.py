"""Brings the randomness of libraries that draw it by themselves into the harness's hands.

Import this before the library: what it replaces is bound when a library loads. Within ``drawn_from(rng)`` the
functions ``os.urandom`` and, through it, ``secrets`` and ``random.SystemRandom`` return the bytes of that
call's seed; outside they are the system's as always. Nothing else is changed, and a library that draws from
elsewhere (OpenSSL's generator, say) is not reached: its adapter says so.
"""

import contextlib
import os
import random

_of_the_system = os.urandom
_source = None


def _urandom(count):
    return _of_the_system(count) if _source is None else _source.bytes(count)


os.urandom = _urandom
random._urandom = _urandom  # what `random.SystemRandom` and `secrets` call


@contextlib.contextmanager
def drawn_from(rng):
    """Within it, the randomness of the system is that of ``rng``."""
    global _source
    _source = rng
    try:
        yield
    finally:
        _source = None

"""The protocol, version 1: JSON-RPC 2.0, one object or one batch a line."""

import copy
import hashlib
import inspect
import json
import sys
import traceback

from . import _bench

PROTOCOL = 1

#: Classes of a rejection.
CLASSES = (
    "forged",
    "replayed",
    "gap-too-large",
    "malformed",
    "unknown-session",
    "expired",
    "not-yet",
    "unsupported",
    "other",
)


class Rejected(Exception):
    """A refusal by the ratchet: a class of :data:`CLASSES`, and words for people."""

    def __init__(self, kind="other", words=""):
        if kind not in CLASSES:
            raise ValueError(f"no class of rejection is called {kind!r}; there are {', '.join(CLASSES)}")
        super().__init__(words)
        self.kind = kind


class Randomness:
    """The only randomness of a call: the same seed gives the same bytes."""

    def __init__(self, seed):
        self._seed, self._block, self._rest = seed, 0, b""

    def bytes(self, count):
        """The next ``count`` bytes."""
        while len(self._rest) < count:
            self._rest += hashlib.sha256(self._seed + self._block.to_bytes(8, "big")).digest()
            self._block += 1
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken


class Ratchet:
    """What is to be attacked. Sessions may be any objects that ``copy.deepcopy`` copies whole."""

    name = "unnamed"
    version = "0"
    #: What the ratchet claims; ``family`` is required.
    profile = None
    #: Whether associated data given to ``encrypt`` must be given to ``decrypt``.
    associated_data = True
    #: Whether all randomness comes from ``rng``.
    seeded = True

    def pair(self, rng):
        """Opens one session: ``(initiator, responder)``, or with a third item ``True`` if pairing carried a message.

        A ratchet that opens a session from a secret of the harness's choice adds a parameter ``shared_secret=None`` (32
        bytes), one that binds who the two are adds ``initiator_id=None`` and ``responder_id=None``. What is given is
        bytes; what is not given is drawn from ``rng``.
        """
        raise NotImplementedError

    def encrypt(self, session, rng, ad, plaintext):
        """The message, as bytes."""
        raise NotImplementedError

    def decrypt(self, session, rng, ad, message):
        """The plaintext, as bytes; ``None`` for a service message. The session must not change if this raises."""
        raise NotImplementedError

    # Optional; a method counts as supported if it is overridden.

    # The three that open a session with another ratchet of the same wire format.

    def offer(self, rng):
        """What a responder hands out, as bytes that both ratchets read alike, and what it keeps: ``(offer, kept)``."""
        raise Rejected("unsupported", "handshake")

    def begin(self, rng, offer):
        """The initiator's session with whoever made ``offer``, and what to send it: ``(session, opening)``, with a third item
        ``True`` if ``opening`` is a message."""
        raise Rejected("unsupported", "handshake")

    def accept(self, kept, rng, opening):
        """The responder's session, of what it kept of its own offer."""
        raise Rejected("unsupported", "handshake")

    def clone(self, session):
        """A copy that shares nothing with its original: what a thief carries away."""
        return copy.deepcopy(session)

    def drop(self, session):
        """Called when the harness gives a session back, for those that hold more than memory."""

    def export(self, session):
        """The session as bytes at rest."""
        raise Rejected("unsupported", "export")

    def restore(self, state):
        """The session that ``export`` wrote."""
        raise Rejected("unsupported", "import")

    def fields(self, message):
        """Where the fields are: a list of ``(name, offset, length)``, or with the origin of the bytes as a fourth item."""
        raise Rejected("unsupported", "fields")

    def rewrite(self, message, field, value):
        """The message with the bytes of one field replaced and nothing else."""
        raise Rejected("unsupported", "rewrite")

    def outbox(self, session, rng):
        """Messages that the ratchet wants sent by itself."""
        raise Rejected("unsupported", "outbox")

    def advance(self, session, seconds):
        """Tells the session that time has passed."""
        raise Rejected("unsupported", "clock")

    def preset(self, session, sent, received):
        """Puts counters elsewhere: the next message sent has number ``sent`` in its chain, the next one expected number
        ``received``. One that is ``None``, and every key, stays as it is."""
        raise Rejected("unsupported", "preset")

    def index(self, session):
        """Where the message opened last stands: ``n``, its number in its chain from 0, or ``(chain, n)``."""
        raise Rejected("unsupported", "index")

    def seal_with(self, key, ad, plaintext):
        """The encryption of one message by itself, under a message key of the caller's choice."""
        raise Rejected("unsupported", "raw encryption")

    def open_with(self, key, ad, sealed):
        """Opens what :meth:`seal_with` made."""
        raise Rejected("unsupported", "raw encryption")


class _Mistake(Exception):
    """A call that cannot be answered, with the code of JSON-RPC."""

    def __init__(self, code, words):
        super().__init__(words)
        self.code = code


class _Desk:
    def __init__(self, ratchet):
        self.ratchet, self.sessions, self.next = ratchet, {}, 1

    def answer(self, line):
        try:
            call = json.loads(line)
        except ValueError as error:
            return _error(None, -32700, str(error))
        if isinstance(call, list) and call:
            return [self.answer_one(one) for one in call]
        return self.answer_one(call)

    def answer_one(self, call):
        number = call.get("id") if isinstance(call, dict) else None
        try:
            if not isinstance(call, dict) or "method" not in call:
                raise _Mistake(-32600, "a call is an object with a `method`")
            known = _METHODS.get(call["method"]) if isinstance(call["method"], str) else None
            if known is None:
                raise _Mistake(-32601, "no such method")
            params = call.get("params", {})
            if not isinstance(params, dict):
                raise _Mistake(-32602, "`params` is an object")
            return {"jsonrpc": "2.0", "id": number, "result": known(self, params)}
        except Rejected as refusal:
            return _error(number, -32000, str(refusal), {"class": refusal.kind})
        except _Mistake as mistake:
            return _error(number, mistake.code, str(mistake))
        except Exception as fault:  # a fault of the ratchet: the harness makes a verdict of it
            traceback.print_exc(file=sys.stderr)
            return _error(number, -32603, f"{type(fault).__name__}: {fault}")

    def describe(self, params):
        if params.get("protocol") != PROTOCOL:
            raise _Mistake(-32602, f"this kit speaks version {PROTOCOL} of the protocol")
        ratchet = self.ratchet
        supports = ["ad"] * ratchet.associated_data + ["seed"] * ratchet.seeded + ["clone", "drop", "batch"]
        supports += [ability for ability, methods in _ABILITIES if all(map(self.defines, methods))]
        supports += [ability for ability, given in _SETUP.items() if self.takes(given)]
        supports.append("bench")
        description = {"protocol": PROTOCOL, "name": ratchet.name, "version": ratchet.version, "supports": supports}
        if ratchet.profile is not None:
            description["profile"] = ratchet.profile
        return description

    def defines(self, method):
        return getattr(type(self.ratchet), method) is not getattr(Ratchet, method)

    def takes(self, given):
        return set(given) <= inspect.signature(self.ratchet.pair).parameters.keys()

    def pair(self, params):
        setup = {name: _bytes(params, name) for names in _SETUP.values() for name in names if name in params}
        if not self.takes(setup):
            raise Rejected("unsupported", "pair with a given setup")
        initiator, responder, *opened = self.ratchet.pair(self.rng(params), **setup)
        return {"initiator": self.hold(initiator), "responder": self.hold(responder), "opened": bool(opened and opened[0])}

    def offer(self, params):
        offer, kept = self.ratchet.offer(self.rng(params))
        return {"session": self.hold(kept), "offer": bytes(offer).hex()}

    def begin(self, params):
        session, opening, *opened = self.ratchet.begin(self.rng(params), _bytes(params, "offer"))
        session = self.hold(session)
        return {"session": session, "opening": bytes(opening).hex(), "opened": bool(opened and opened[0])}

    def accept(self, params):
        kept = self.session(params)
        self.sessions[params["session"]] = self.ratchet.accept(kept, self.rng(params), _bytes(params, "opening"))
        return {}

    def encrypt(self, params):
        session = self.session(params)
        message = self.ratchet.encrypt(session, self.rng(params), _bytes(params, "ad"), _bytes(params, "plaintext"))
        return {"message": bytes(message).hex()}

    def decrypt(self, params):
        session = self.session(params)
        plaintext = self.ratchet.decrypt(session, self.rng(params), _bytes(params, "ad"), _bytes(params, "message"))
        result = {"plaintext": None if plaintext is None else bytes(plaintext).hex()}
        if plaintext is not None and self.defines("index"):
            place = self.ratchet.index(session)
            chain, number = place if isinstance(place, tuple) else (None, place)
            result["index"] = {"chain": chain, "n": number}
        return result

    def clone(self, params):
        return {"session": self.hold(self.ratchet.clone(self.session(params)))}

    def drop(self, params):
        for number in params.get("sessions", []):
            if number in self.sessions:
                self.ratchet.drop(self.sessions.pop(number))
        return {}

    def export(self, params):
        return {"state": bytes(self.ratchet.export(self.session(params))).hex()}

    def restore(self, params):
        return {"session": self.hold(self.ratchet.restore(_bytes(params, "state")))}

    def fields(self, params):
        named = self.ratchet.fields(_bytes(params, "message"))
        return {"fields": [dict(zip(("name", "offset", "length", "origin"), field)) for field in named]}

    def rewrite(self, params):
        message = self.ratchet.rewrite(_bytes(params, "message"), params.get("field"), _bytes(params, "value"))
        return {"message": bytes(message).hex()}

    def outbox(self, params):
        messages = self.ratchet.outbox(self.session(params), self.rng(params))
        return {"messages": [bytes(message).hex() for message in messages]}

    def advance(self, params):
        self.ratchet.advance(self.session(params), params.get("seconds", 0))
        return {}

    def preset(self, params):
        self.ratchet.preset(self.session(params), params.get("sent"), params.get("received"))
        return {}

    def seal_with(self, params):
        sealed = self.ratchet.seal_with(_bytes(params, "key"), _bytes(params, "ad"), _bytes(params, "plaintext"))
        return {"message": bytes(sealed).hex()}

    def open_with(self, params):
        plaintext = self.ratchet.open_with(_bytes(params, "key"), _bytes(params, "ad"), _bytes(params, "message"))
        return {"plaintext": bytes(plaintext).hex()}

    def bench(self, params):
        workload, iterations = params.get("workload"), params.get("iterations")
        if not isinstance(workload, str) or not isinstance(iterations, int):
            raise _Mistake(-32602, "a `workload` by name, and a number of `iterations`")
        abilities = self.defines("export") and self.defines("restore"), self.defines("outbox")
        try:
            took = _bench.nanoseconds(workload, iterations, self.ratchet, Rejected, self.rng(params), *abilities)
        except _bench.NotMeasured as why:
            raise Rejected("unsupported", str(why)) from None
        return {"nanoseconds": took}

    def hold(self, session):
        number, self.next = self.next, self.next + 1
        self.sessions[number] = session
        return number

    def session(self, params):
        try:
            return self.sessions[params.get("session")]
        except (KeyError, TypeError):
            raise _Mistake(-32602, "no such session") from None

    def rng(self, params):
        return Randomness(_bytes(params, "seed"))


_METHODS = {
    "describe": _Desk.describe,
    "pair": _Desk.pair,
    "offer": _Desk.offer,
    "begin": _Desk.begin,
    "accept": _Desk.accept,
    "encrypt": _Desk.encrypt,
    "decrypt": _Desk.decrypt,
    "clone": _Desk.clone,
    "drop": _Desk.drop,
    "export": _Desk.export,
    "import": _Desk.restore,
    "fields": _Desk.fields,
    "rewrite": _Desk.rewrite,
    "outbox": _Desk.outbox,
    "advance": _Desk.advance,
    "preset": _Desk.preset,
    "seal_with": _Desk.seal_with,
    "open_with": _Desk.open_with,
    "bench": _Desk.bench,
}

#: Abilities with the methods that make them up.
_ABILITIES = [
    ("export", ["export", "restore"]),
    ("fields", ["fields"]),
    ("rewrite", ["rewrite"]),
    ("outbox", ["outbox"]),
    ("clock", ["advance"]),
    ("preset", ["preset"]),
    ("index", ["index"]),
    ("handshake", ["offer", "begin", "accept"]),
    ("raw_aead", ["seal_with", "open_with"]),
]

#: Abilities with the parameters of ``pair`` that make them up.
_SETUP = {"secret": ["shared_secret"], "identities": ["initiator_id", "responder_id"]}


def _bytes(params, name):
    try:
        return bytes.fromhex(params[name])
    except (KeyError, TypeError, ValueError):
        raise _Mistake(-32602, f"`{name}` is no hex") from None


def _error(number, code, words, data=None):
    error = {"code": code, "message": words}
    if data is not None:
        error["data"] = data
    return {"jsonrpc": "2.0", "id": number, "error": error}


def run(ratchet):
    """Answers calls from standard input until there are no more."""
    replies, sys.stdout = sys.stdout, sys.stderr
    desk = _Desk(ratchet)
    for line in sys.stdin:
        replies.write(json.dumps(desk.answer(line)) + "\n")
        replies.flush()

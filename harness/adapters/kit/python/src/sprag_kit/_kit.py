"""The protocol, version 1: JSON-RPC 2.0, one object or one batch a line."""

import copy
import hashlib
import json
import sys
import traceback

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
        """Opens one session: ``(initiator, responder)``, or with a third item ``True`` if pairing carried a message."""
        raise NotImplementedError

    def encrypt(self, session, rng, ad, plaintext):
        """The message, as bytes."""
        raise NotImplementedError

    def decrypt(self, session, rng, ad, message):
        """The plaintext, as bytes; ``None`` for a service message. The session must not change if this raises."""
        raise NotImplementedError

    # Optional; a method counts as supported if it is overridden.

    def clone(self, session):
        """A copy that shares nothing with its original: what a thief carries away."""
        return copy.deepcopy(session)

    def export(self, session):
        """The session as bytes at rest."""
        raise Rejected("unsupported", "export")

    def restore(self, state):
        """The session that ``export`` wrote."""
        raise Rejected("unsupported", "import")

    def fields(self, message):
        """Where the fields are: a list of ``(name, offset, length)``."""
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
            method = call.get("method") if isinstance(call, dict) else None
            known = _METHODS.get(method)
            if known is None:
                raise _Mistake(-32601, f"no method {method!r}")
            return {"jsonrpc": "2.0", "id": number, "result": known(self, call.get("params") or {})}
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
        overridden = lambda name: getattr(type(ratchet), name) is not getattr(Ratchet, name)
        optional = [("export", "export"), ("fields", "fields"), ("rewrite", "rewrite"), ("outbox", "outbox"), ("advance", "clock")]
        supports = ["clone", "drop"] + [ability for name, ability in optional if overridden(name)]
        supports += ["ad"] * ratchet.associated_data + ["seed"] * ratchet.seeded
        description = {"protocol": PROTOCOL, "name": ratchet.name, "version": ratchet.version, "supports": supports}
        if ratchet.profile is not None:
            description["profile"] = ratchet.profile
        return description

    def pair(self, params):
        initiator, responder, *opened = self.ratchet.pair(self.rng(params))
        return {"initiator": self.hold(initiator), "responder": self.hold(responder), "opened": bool(opened and opened[0])}

    def encrypt(self, params):
        session = self.session(params)
        message = self.ratchet.encrypt(session, self.rng(params), _bytes(params, "ad"), _bytes(params, "plaintext"))
        return {"message": bytes(message).hex()}

    def decrypt(self, params):
        session = self.session(params)
        plaintext = self.ratchet.decrypt(session, self.rng(params), _bytes(params, "ad"), _bytes(params, "message"))
        return {"plaintext": None if plaintext is None else bytes(plaintext).hex()}

    def clone(self, params):
        return {"session": self.hold(self.ratchet.clone(self.session(params)))}

    def drop(self, params):
        for number in params.get("sessions", []):
            self.sessions.pop(number, None)
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
}


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

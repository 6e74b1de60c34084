"""The method ``bench``: workloads timed where nothing goes over the line. They are those of ``sprag::workload``."""

import time

#: Most keys that are skipped at once, whatever a profile allows.
MOST_SKIPPED = 2_000
#: Executions between two looks at the clock.
BATCH = 64


class NotMeasured(Exception):
    """Why a workload is not measured, in words."""


class _Bench:
    def __init__(self, ratchet, rejected, rng, has_export, has_outbox):
        self.ratchet, self.rejected, self.rng = ratchet, rejected, rng
        self.has_export, self.has_outbox = has_export, has_outbox
        self.held, self.copies = [], []
        profile = ratchet.profile or {}
        self.one_way, self.strict = profile.get("one_way", False), profile.get("ordering") == "strict"
        # Limits of periodic rekeying are of periods that are over.
        self.has_keys_to_skip = profile.get("family") not in ("static-key", "periodic-rekey")
        self.limits = profile.get("classical", profile) if self.has_keys_to_skip else {}
        most = min(32, profile.get("max_plaintext", 32))
        self.plaintext = b"\x5a" * max(most, profile.get("min_plaintext", 0))

    # Conversations: a list of both ends, the initiator first.

    def warm(self):
        """A session some messages old, whose initiator has sent last and may go on in its chain."""
        ends = self.opened_pair()
        self.held += ends
        self.settle(ends)
        if self.one_way or not self.has_to_wait(ends):
            self.pass_on(ends, 0)
        for _ in range(2):
            if not self.one_way:
                self.pass_on(ends, 1)
            self.pass_on(ends, 0)
        return ends

    def opened_pair(self):
        return list(self.allowed("pairing", self.ratchet.pair, self.rng)[:2])

    def copy(self, session):
        self.copies.append(self.ratchet.clone(session))
        return self.copies[-1]

    def give_back(self, sessions):
        while sessions:
            self.ratchet.drop(sessions.pop())

    def has_to_wait(self, ends):
        try:
            self.ratchet.encrypt(self.copy(ends[0]), self.rng, b"", self.plaintext)
        except self.rejected as refusal:
            return refusal.kind == "not-yet"
        return False

    def send(self, ends, sender):
        return self.allowed("a plaintext", self.ratchet.encrypt, ends[sender], self.rng, b"", self.plaintext)

    def open(self, session, message):
        plaintext = self.allowed("a genuine message", self.ratchet.decrypt, session, self.rng, b"", message)
        if plaintext is None or bytes(plaintext) != self.plaintext:
            raise NotMeasured("a genuine message gave something else")

    def pass_on(self, ends, sender):
        self.open(ends[1 - sender], self.send(ends, sender))
        self.settle(ends)

    def settle(self, ends):
        """Service messages go to and fro until there are none left."""
        for _ in range(64 if self.has_outbox else 0):
            quiet = True
            for sender in 0, 1:
                for message in self.ratchet.outbox(ends[sender], self.rng):
                    quiet = False
                    try:
                        self.ratchet.decrypt(ends[1 - sender], self.rng, b"", message)
                    except self.rejected:
                        pass  # what it is good for shows in the messages behind it
            if quiet:
                return

    def allowed(self, what, call, *given):
        try:
            return call(*given)
        except self.rejected as refusal:
            raise NotMeasured(f"{what} was refused: {refusal.kind}: {refusal}") from None

    # Workloads: each gives a function that makes a fresh state and one that executes on it.

    def on(self, session, execute):
        return lambda: self.copy(session), execute

    def opening(self, session, *messages):
        def execute(fresh):
            for message in messages:
                self.open(fresh, message)

        return self.on(session, execute)

    def refusing(self, session, message):
        if not message:
            raise NotMeasured("messages are empty")

        def execute(fresh):
            try:
                self.ratchet.decrypt(fresh, self.rng, b"", message)
            except self.rejected:
                return
            raise NotMeasured("what should be refused was opened")

        return self.on(session, execute)

    def pair(self):
        return lambda: None, lambda _: self.copies.extend(self.opened_pair())

    def encrypt(self):
        return self.on(self.warm()[0], lambda session: self.send([session], 0))

    def decrypt(self):
        ends = self.warm()
        return self.opening(ends[1], self.send(ends, 0))

    def ping_pong(self):
        self.needs_answers()
        ends = self.warm()

        def execute(fresh):
            self.pass_on(fresh, 1)
            self.pass_on(fresh, 0)

        return lambda: [self.copy(end) for end in ends], execute

    def burst(self, count):
        self.needs_room_for(count - 1)
        ends = self.warm()
        messages = [self.send(ends, 0) for _ in range(count)]
        return self.opening(ends[1], *reversed(messages))

    def late_message(self):
        self.needs_answers()
        self.needs_room_for(1)
        ends = self.warm()
        late = self.send(ends, 0)
        for sender in 0, 1, 0:
            self.pass_on(ends, sender)
        return self.opening(ends[1], late)

    def reject_forged(self):
        ends = self.warm()
        return self.refusing(ends[1], changed(self.send(ends, 0)))

    def reject_new_key(self):
        ends = self.warm()
        return self.refusing(ends[1], self.send(self.warm(), 0))

    def reject_at_gap(self):
        self.needs_overtaking()
        if not self.has_keys_to_skip:
            raise NotMeasured("there are no keys to skip")
        if "max_skip" not in self.limits:
            raise NotMeasured("the profile declares no largest gap")
        gap = min(self.limits["max_skip"], MOST_SKIPPED)
        if self.limits.get("when_full") == "refuse":
            gap = min(gap, self.limits.get("max_stored", gap))
        if gap == 0:
            raise NotMeasured("no message may be skipped")
        ends = self.warm()
        for _ in range(gap):
            self.send(ends, 0)
        message = self.send(ends, 0)
        self.open(self.copy(ends[1]), message)
        return self.refusing(ends[1], changed(message))

    def export(self):
        self.needs_export()
        return self.on(self.warm()[1], lambda session: self.allowed("an export", self.ratchet.export, session))

    def restore(self):
        self.needs_export()
        ends = self.warm()
        state = self.allowed("an export", self.ratchet.export, ends[1])
        ends[1] = self.allowed("an import", self.ratchet.restore, state)
        self.held.append(ends[1])
        self.pass_on(ends, 0)
        return lambda: None, lambda _: self.copies.append(self.allowed("an import", self.ratchet.restore, state))

    def needs_answers(self):
        if self.one_way:
            raise NotMeasured("only the initiator sends")

    def needs_overtaking(self):
        if self.strict:
            raise NotMeasured("no message may overtake another")

    def needs_room_for(self, skipped):
        self.needs_overtaking()
        most, stored = (self.limits.get(name, skipped) for name in ("max_skip", "max_stored"))
        if most < skipped:
            raise NotMeasured(f"{skipped} messages may not be skipped" if most else "no message may be skipped")
        if stored < skipped:
            raise NotMeasured(f"{skipped} keys are not kept" if stored else "no keys are kept")

    def needs_export(self):
        if not self.has_export:
            raise NotMeasured("sessions are not exported")


def changed(message):
    """The message with its last byte changed."""
    return message[:-1] + bytes([message[-1] ^ 1]) if message else message


WORKLOADS = {
    "pair": _Bench.pair,
    "encrypt": _Bench.encrypt,
    "decrypt": _Bench.decrypt,
    "ping-pong": _Bench.ping_pong,
    "burst-10": lambda bench: bench.burst(10),
    "burst-100": lambda bench: bench.burst(100),
    "burst-1000": lambda bench: bench.burst(1000),
    "late-message": _Bench.late_message,
    "reject-forged": _Bench.reject_forged,
    "reject-new-key": _Bench.reject_new_key,
    "reject-at-gap": _Bench.reject_at_gap,
    "export": _Bench.export,
    "import": _Bench.restore,
}


def nanoseconds(workload, iterations, *given):
    """What so many executions of a workload take, each on a state of its own that was made before."""
    if workload not in WORKLOADS:
        raise NotMeasured("no such workload")
    bench = _Bench(*given)
    try:
        fresh, execute = WORKLOADS[workload](bench)
        execute(fresh())
        took = 0
        for done in range(0, iterations, BATCH):
            states = [fresh() for _ in range(min(BATCH, iterations - done))]
            started = time.perf_counter_ns()
            for state in states:
                execute(state)
            took += time.perf_counter_ns() - started
            bench.give_back(bench.copies)
        return took
    finally:
        bench.give_back(bench.copies + bench.held)

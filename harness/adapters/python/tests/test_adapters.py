"""Each adapter as a child process, over its own lines. Run with the environment that `set-up` makes:

    target/adapters/python/bin/python -m unittest discover harness/adapters/python/tests
"""

import itertools
import json
import pathlib
import subprocess
import sys
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent.parent
REJECTED = -32000


class Refused(Exception):
    """An answer that is a rejection."""


class Child:
    """An adapter that answers calls."""

    def __init__(self, *command):
        self.process = subprocess.Popen(
            [sys.executable, FOLDER / command[0], *command[1:]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.numbers, self.description = itertools.count(1), None
        self.description = self.call("describe", protocol=1)

    def call(self, method, **params):
        number = next(self.numbers)
        if method in ("pair", "encrypt", "decrypt", "outbox"):
            params["seed"] = number.to_bytes(32, "big").hex()
        line = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert answer["id"] == number, answer
        if "error" in answer:
            assert answer["error"]["code"] == REJECTED, answer
            raise Refused(answer["error"]["data"]["class"])
        return answer["result"]

    def pair(self):
        pair = self.call("pair")
        return pair["initiator"], pair["responder"]

    def send(self, session, plaintext):
        return self.call("encrypt", session=session, ad="", plaintext=plaintext.hex())["message"]

    def open(self, session, message):
        return bytes.fromhex(self.call("decrypt", session=session, ad="", message=message)["plaintext"])

    def changed(self, message):
        """The message with one bit of its ciphertext changed."""
        fields = self.call("fields", message=message)["fields"]
        at = next(field["offset"] for field in fields if field["name"] == "ciphertext")
        data = bytearray.fromhex(message)
        data[at] ^= 1
        return data.hex()

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=20)


class Adapter:
    """What every adapter does. The plaintexts are no text, which libraries of text have to carry too."""

    command = ()
    refuses_replays = True

    def setUp(self):
        self.child = Child(*self.command)
        self.addCleanup(self.child.end)

    def test_it_says_what_it_is(self):
        description = self.child.description
        self.assertEqual(description["protocol"], 1)
        self.assertIn("family", description["profile"])
        self.assertIn("seed", description["supports"])
        self.assertRegex(description["version"], r"^\d+\.\d+")

    def test_messages_open_in_any_order_and_a_changed_one_is_refused(self):
        alice, bob = self.child.pair()
        for sender, receiver in ((alice, bob), (bob, alice), (alice, bob)):
            texts = [bytes([0, 128 + number, 255, 10]) * 8 for number in range(3)]
            messages = [self.child.send(sender, text) for text in texts]
            changed = self.child.changed(messages[2])
            with self.assertRaises(Refused):
                self.child.open(receiver, changed)
            for number in (2, 0, 1):
                self.assertEqual(self.child.open(receiver, messages[number]), texts[number])

    def test_a_message_opens_once(self):
        if self.refuses_replays is None:
            self.skipTest("not asked of this library")
        alice, bob = self.child.pair()
        message = self.child.send(alice, b"once")
        self.assertEqual(self.child.open(bob, message), b"once")
        if self.refuses_replays:
            with self.assertRaises(Refused):
                self.child.open(bob, message)
        else:
            self.assertEqual(self.child.open(bob, message), b"once")

    def test_a_clone_shares_nothing_with_its_original(self):
        alice, bob = self.child.pair()
        message = self.child.send(alice, b"for both")
        clone = self.child.call("clone", session=bob)["session"]
        self.assertEqual(self.child.open(clone, message), b"for both")
        self.child.call("drop", sessions=[clone])
        self.assertEqual(self.child.open(bob, message), b"for both")
        self.assertEqual(self.child.open(alice, self.child.send(bob, b"and back")), b"and back")

    def test_what_was_exported_goes_on(self):
        if "export" not in self.child.description["supports"]:
            self.skipTest("no export")
        alice, bob = self.child.pair()
        late, message = self.child.send(alice, b"late"), self.child.send(alice, b"first")
        self.assertEqual(self.child.open(bob, message), b"first")
        state = self.child.call("export", session=bob)["state"]
        restored = self.child.call("import", state=state)["session"]
        self.assertEqual(self.child.open(restored, late), b"late")
        self.assertEqual(self.child.open(alice, self.child.send(restored, b"back")), b"back")
        with self.assertRaises(Refused):
            self.child.call("import", state=state[: len(state) // 4 * 2])

    def test_equal_seeds_make_equal_bytes(self):
        def conversation(child):
            alice, bob = child.pair()
            messages = [child.send(alice, b"one")]
            child.open(bob, messages[0])
            return messages + [child.send(bob, b"two")]

        other = Child(*self.command)
        self.addCleanup(other.end)
        self.assertEqual(conversation(self.child), conversation(other))

    def test_fields_lie_within_the_message(self):
        alice, _ = self.child.pair()
        message = self.child.send(alice, b"with fields")
        fields = self.child.call("fields", message=message)["fields"]
        self.assertTrue(fields)
        for field in fields:
            self.assertLessEqual(field["offset"] + field["length"], len(message) // 2, field)


class Libolm(Adapter, unittest.TestCase):
    command = ("libolm.py",)


class DoubleRatchet(Adapter, unittest.TestCase):
    command = ("double_ratchet.py",)


class PythonAxolotl(Adapter, unittest.TestCase):
    command = ("python_axolotl.py",)


class TelegramInMemory(Adapter, unittest.TestCase):
    command = ("telegram.py", "--store", "memory")
    refuses_replays = None


class TelegramInSqlite(Adapter, unittest.TestCase):
    command = ("telegram.py", "--store", "sqlite")
    refuses_replays = None


class Line(Adapter, unittest.TestCase):
    command = ("line.py",)
    refuses_replays = False


if __name__ == "__main__":
    unittest.main()

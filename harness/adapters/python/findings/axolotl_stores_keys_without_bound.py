"""python-axolotl 0.2.3: the keys of skipped messages are stored without a bound. Exits 0 as long as they are.

SPRAG-F-0013.
"""

import os

os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"

from axolotl.protocol.prekeywhispermessage import PreKeyWhisperMessage
from axolotl.sessionbuilder import SessionBuilder
from axolotl.sessioncipher import SessionCipher
from axolotl.state.prekeybundle import PreKeyBundle
from axolotl.tests.inmemoryaxolotlstore import InMemoryAxolotlStore
from axolotl.util.keyhelper import KeyHelper

alice, bob = InMemoryAxolotlStore(), InMemoryAxolotlStore()
identity, registration = bob.getIdentityKeyPair(), bob.getLocalRegistrationId()
(pre_key,), signed = KeyHelper.generatePreKeys(1, 1), KeyHelper.generateSignedPreKey(identity, 1)
bob.storePreKey(1, pre_key)
bob.storeSignedPreKey(1, signed)
keys = pre_key.getKeyPair().getPublicKey(), signed.getKeyPair().getPublicKey()
bundle = PreKeyBundle(registration, 1, 1, keys[0], 1, keys[1], signed.getSignature(), identity.getPublicKey())
SessionBuilder(alice, alice, alice, alice, "bob", 1).processPreKeyBundle(bundle)
sending = SessionCipher(alice, alice, alice, alice, "bob", 1)
receiving = SessionCipher(bob, bob, bob, bob, "alice", 1)


def sent_and_lost(count):
    """The message after `count` that do not arrive."""
    for _ in range(count):
        sending.encrypt(b"lost")
    return PreKeyWhisperMessage(serialized=sending.encrypt(b"arrives").serialize())


sizes = []
for _ in range(3):
    receiving.decryptPkmsg(sent_and_lost(2000))
    sizes.append(len(bob.loadSession("alice", 1).serialize()))
print("bytes of a session after 2000, 4000 and 6000 lost messages:", *sizes)
steps = [later - earlier for earlier, later in zip(sizes, sizes[1:])]
assert min(steps) > 2000 * 80, steps

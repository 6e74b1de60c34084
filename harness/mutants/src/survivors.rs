//! Bugs that no game is expected to see. Each is a limit of what calls and bytes can show.

/// A bug that survives.
#[derive(Clone, Copy, Debug)]
pub struct Survivor {
    /// Its id in the catalogue.
    pub id: &'static str,
    /// What it does, in one line.
    pub description: &'static str,
    /// Why it is not seen.
    pub why: &'static str,
}

/// Every expected survivor.
pub static SURVIVORS: &[Survivor] = &[
    Survivor {
        id: "A17",
        description: "A ratchet key of low order is accepted",
        why: "Put into a message of an honest sender it changes the header and the message key, so that \
            the tag refuses it all the same. To be seen it takes a sender that computes with such a key, \
            and no ratchet can be made to do so by calls.",
    },
    Survivor {
        id: "A25",
        description: "The MAC key is that of the chain, only the encryption key is that of the message",
        why: "It shows when the MAC key of one message leaks and is used on another. Neither a session nor \
            the raw encryption gives a MAC key away by itself.",
    },
    Survivor {
        id: "B12",
        description: "A tag under a fixed master key is accepted as well",
        why: "Nothing ever carries such a tag but a message of the master's. Without the key it is \
            met as rarely as a forgery; only the source shows it.",
    },
    Survivor {
        id: "B13",
        description: "One long value of associated data or plaintext turns a check off",
        why: "Random choices do not meet a value of many bytes. A fuzzer that traces comparisons \
            may; if the trigger is compared by its hash, that does not either.",
    },
    Survivor {
        id: "C03",
        description: "The block cipher reads tables at places that depend on the key",
        why: "The cache's work is far below the noise of a shared machine. It takes a tool that reads \
            the machine code, and so do leaks that a compiler puts in.",
    },
];

//! Entries of the catalogue that need what is not there yet.

use std::fmt;

use WaitsFor::{Handshake, ResidueAndTiming, Store};

/// What an entry waits for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum WaitsFor {
    /// Sessions opened by a handshake with identities, prekeys and one-time keys.
    Handshake,
    /// Games that look at memory, time, lengths and reactions.
    ResidueAndTiming,
    /// A store of several sessions, older formats and concurrent use.
    Store,
}

/// An entry that waits.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    /// Its id in the catalogue.
    pub id: &'static str,
    /// What it would do, in one line.
    pub description: &'static str,
    /// What it waits for.
    pub waits_for: WaitsFor,
}

/// Every entry that waits, by what it waits for.
pub static WAITING: &[Waiting] = &[
    wait(
        Handshake,
        "F23",
        "The private key of a one-time key or of the handshake is never deleted",
    ),
    wait(Handshake, "P27", "A session is authenticated by a Diffie–Hellman of static keys alone"),
    wait(Handshake, "R05", "A replayed opening message makes a second session"),
    wait(Handshake, "T16", "A one-time key is used up before its message is authenticated"),
    wait(Handshake, "S15", "The number of the next one-time key is off by one after an import"),
    wait(Handshake, "S16", "A key whose id is 0 counts as none"),
    wait(Handshake, "X08", "The id of a session is a hash of its identities"),
    wait(Store, "P24", "A reset under a static key is accepted beside a healed session"),
    wait(Store, "P26", "Archived sessions stay valid after the current one has healed"),
    wait(Store, "T17", "An old session becomes the current one only after it has decrypted"),
    wait(Store, "T18", "Two encryptions between load and store use one counter"),
    wait(Store, "S08", "Reading an older format takes the root key for the chain key"),
    wait(Store, "S14", "Of two handles on one session the last writer wins"),
    wait(
        ResidueAndTiming,
        "F24",
        "A key is wiped on one path only, and a taken one stays in memory",
    ),
    wait(ResidueAndTiming, "X01", "The length of a message is that of its plaintext"),
    wait(ResidueAndTiming, "X02", "Plaintexts are compressed before they are encrypted"),
    wait(ResidueAndTiming, "X03", "The header carries one counter for all sessions"),
    wait(ResidueAndTiming, "X06", "Wrong padding and a wrong tag are refused in different words"),
    wait(ResidueAndTiming, "X07", "A bad message is answered by itself"),
    wait(ResidueAndTiming, "X10", "`Debug` prints keys"),
    wait(ResidueAndTiming, "X11", "Only messages that are not empty are padded"),
    wait(ResidueAndTiming, "X12", "The words of a refusal hold bytes of a key"),
    wait(ResidueAndTiming, "C01", "Tags are compared byte by byte up to the first difference"),
    wait(
        ResidueAndTiming,
        "C02",
        "The tag is checked behind an expensive decoding that may end early",
    ),
    wait(ResidueAndTiming, "C04", "How long a skipped key is looked for tells whether it is there"),
    wait(ResidueAndTiming, "C05", "Secrets are decoded from base64 by a table"),
    wait(
        ResidueAndTiming,
        "C06",
        "A dropped session is not wiped, or the wiping is optimised away",
    ),
    wait(ResidueAndTiming, "C07", "A growing vector leaves copies of keys behind"),
];

const fn wait(waits_for: WaitsFor, id: &'static str, description: &'static str) -> Waiting {
    Waiting { id, description, waits_for }
}

impl fmt::Display for WaitsFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Handshake => "handshake",
            ResidueAndTiming => "residue and timing",
            Store => "store",
        })
    }
}

//! Deviations that are none: they look like bugs, and no ratchet with them can be told from a correct one.

/// A deviation that changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct Equivalent {
    /// Its id, of the catalogue or our own.
    pub id: &'static str,
    /// What it would do, in one line.
    pub description: &'static str,
    /// Why nothing follows from it.
    pub argument: &'static str,
}

/// Every equivalent mutant that was considered.
pub static EQUIVALENT: &[Equivalent] = &[
    Equivalent {
        id: "B23",
        description: "If the generator fails, keys are made from the time",
        argument: "A ratchet is given its generator, and `CryptoRng` has no way to fail: the branch \
            is never entered.",
    },
    Equivalent {
        id: "B89",
        description: "Every message is encrypted under the same nonce",
        argument: "Each message key encrypts one message and is forgotten, so a pair of key and nonce \
            never repeats. With one key a chain it does, which is entry B05.",
    },
];

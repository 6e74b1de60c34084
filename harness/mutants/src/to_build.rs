//! Entries that can be built on the textbook ratchets and are not built yet. The list only shrinks.

/// Ids of the entries still to be built.
#[rustfmt::skip]
pub static TO_BUILD: &[&str] = &[
    "P01", "R01",
];

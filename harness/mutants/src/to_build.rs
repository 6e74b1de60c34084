//! Entries that can be built on the textbook ratchets and are not built yet. The list only shrinks.

/// Ids of the entries still to be built.
#[rustfmt::skip]
pub static TO_BUILD: &[&str] = &[
    "F03", "F05", "F06", "F10", "F11", "F16", "F18", "F20",
    "P01", "P16", "P19", "P25", "P30",
    "A02", "A17", "A19", "A20", "A21", "A23", "A24", "A25", "A29", "A32", "A33", "A36", "A39",
    "R01", "R06",
    "D02", "D04", "D05", "D07", "D08", "D10", "D12", "D16",
    "T07", "T08", "T09", "T11", "T19",
    "B17", "B18",
    "S05", "S06", "S07", "S09", "S10", "S13",
];

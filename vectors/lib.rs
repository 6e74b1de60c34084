//! The stored vectors as data. `README.md` beside this file says what they are; the crate `sprag` reads them.

#![forbid(unsafe_code)]

/// Files of scenarios, each with its name: what went wrong in the field, as schedules for any ratchet.
pub const SCENARIOS: &[(&str, &str)] = &[
    ("scenarios/signal.json", include_str!("scenarios/signal.json")),
    ("scenarios/matrix.json", include_str!("scenarios/matrix.json")),
    ("scenarios/messengers.json", include_str!("scenarios/messengers.json")),
    (
        "scenarios/protocols-and-libraries.json",
        include_str!("scenarios/protocols-and-libraries.json"),
    ),
    ("scenarios/young-ratchets.json", include_str!("scenarios/young-ratchets.json")),
];

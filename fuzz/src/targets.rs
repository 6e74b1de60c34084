//! The targets by name, for whoever has an input and no fuzzer.

use crate::differential::DifferentialInput;
use crate::{
    DecryptInput, ImportInput, ScheduleInput, baseline, case_file, child, child_messages, planted,
    vectors,
};

/// What a target does with an input.
pub type Check = fn(&[u8]);

/// Every target.
pub const TARGETS: &[(&str, Check)] = &[
    ("schedule", |bytes| read::<ScheduleInput>(ScheduleInput::read(bytes), ScheduleInput::check)),
    ("decrypt", |bytes| read::<DecryptInput>(DecryptInput::read(bytes), DecryptInput::check)),
    ("import", |bytes| read::<ImportInput>(ImportInput::read(bytes), ImportInput::check)),
    ("differential", |bytes| read(DifferentialInput::read(bytes), DifferentialInput::check)),
    ("child", child::check),
    ("case_file", case_file::check),
    ("baseline", baseline::check),
    ("vectors", vectors::check),
    ("child_messages", child_messages::check),
];

/// Gives an input to a target, which reads with the planted fault if [`planted::VARIABLE`] names one.
///
/// # Panics
/// As the target does; and if there is none of this name.
pub fn run(target: &str, bytes: &[u8]) {
    let real = TARGETS.iter().find(|(name, _)| *name == target).map(|(_, check)| *check);
    let check = planted::named(target).or(real);
    check.unwrap_or_else(|| panic!("no target is called {target}"))(bytes);
}

fn read<T>(input: Option<T>, check: impl FnOnce(&T)) {
    if let Some(input) = input {
        check(&input);
    }
}

//! The targets by name, for whoever has an input and no fuzzer.

use crate::{
    DecryptInput, ImportInput, ScheduleInput, baseline, case_file, child, child_messages,
    differential, vectors,
};

/// What a target does with an input.
pub type Check = fn(&[u8]);

/// Every target.
pub const TARGETS: &[(&str, Check)] = &[
    ("schedule", |bytes| read::<ScheduleInput>(ScheduleInput::read(bytes), ScheduleInput::check)),
    ("decrypt", |bytes| read::<DecryptInput>(DecryptInput::read(bytes), DecryptInput::check)),
    ("import", |bytes| read::<ImportInput>(ImportInput::read(bytes), ImportInput::check)),
    ("differential", |bytes| read(ScheduleInput::read(bytes), differential::check)),
    ("child", child::check),
    ("case_file", case_file::check),
    ("baseline", baseline::check),
    ("vectors", vectors::check),
    ("child_messages", child_messages::check),
];

fn read<T>(input: Option<T>, check: impl FnOnce(&T)) {
    if let Some(input) = input {
        check(&input);
    }
}

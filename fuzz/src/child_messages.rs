//! `child_messages`: what a program writes, line by line, before anything is made of it.

use sprag::Profile;
use sprag_process::Description;
use sprag_process::message::{Answer, Error, NO_SUCH_METHOD, REJECTED, replies};

/// Reads a line that a program wrote.
///
/// # Panics
/// If an error of another code is taken for a rejection, or a profile is another one once it was written.
pub fn check(line: &[u8]) {
    check_reader(line, replies);
}

pub(crate) fn check_reader(
    line: &[u8],
    read: impl Fn(&[u8]) -> Result<Vec<(u64, Answer)>, String>,
) {
    let Ok(replies) = read(line) else { return };
    assert!(!replies.is_empty(), "a line is no reply, and nobody says so");
    for (_, answer) in replies {
        match answer {
            Ok(result) => {
                if let Ok(description) = Description::read(result) {
                    check_description(&description);
                }
            }
            Err(error) => check_error(&error),
        }
    }
}

fn check_error(error: &Error) {
    let is_rejection = [REJECTED, NO_SUCH_METHOD].contains(&error.code);
    assert_eq!(error.rejection().is_some(), is_rejection, "{error:?}");
    let message = error.rejection().map(|rejection| rejection.detail);
    assert!(message.is_none_or(|detail| detail == error.message), "{error:?}");
}

fn check_description(description: &Description) {
    let abilities = description.capabilities();
    assert_eq!(abilities.export, description.supports("export"));
    assert!(description.can_clone() || !abilities.export);
    let Some(profile) = &description.profile else { return };
    let json = serde_json::to_value(profile);
    let json = json.unwrap_or_else(|error| panic!("{profile:?} cannot be written: {error}"));
    let again = serde_json::from_value::<Profile>(json);
    let again = again.unwrap_or_else(|error| panic!("{profile:?} cannot be read again: {error}"));
    assert_eq!(&again, profile, "it is another profile once it was written");
}

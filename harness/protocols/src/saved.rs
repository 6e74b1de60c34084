//! Sessions at rest: one strict and canonical JSON form for all ratchets here.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sprag::Rejection;

use crate::crypto::Key;

const VERSION: u32 = 1;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Saved<T> {
    version: u32,
    kind: String,
    check: Key,
    state: T,
}

/// The state as bytes, with a checksum against damage (not against malice: it has no key).
pub(crate) fn save<T: Serialize>(kind: &str, state: &T) -> Result<Vec<u8>, Rejection> {
    let unwritable = |error| Rejection::other(format!("state cannot be written: {error}"));
    let text = serde_json::to_vec(state).map_err(unwritable)?;
    let check = Key(Sha256::digest(&text).into());
    let saved = Saved { version: VERSION, kind: kind.to_owned(), check, state };
    serde_json::to_vec(&saved).map_err(unwritable)
}

/// Reads what [`save`] wrote and nothing else: what would be written differently is refused.
pub(crate) fn load<T: Serialize + DeserializeOwned>(
    kind: &str,
    bytes: &[u8],
) -> Result<T, Rejection> {
    let malformed = |error| Rejection::malformed(format!("no saved state: {error}"));
    let saved: Saved<T> = serde_json::from_slice(bytes).map_err(malformed)?;
    if save(kind, &saved.state)? != bytes {
        return Err(Rejection::malformed("saved state is damaged or of another kind"));
    }
    Ok(saved.state)
}

//! Bytes as hex digits. Most of a line of the child protocol is that, so they are written and read in one piece.

/// `bytes` in lower case.
#[must_use]
pub fn to_hex(bytes: impl AsRef<[u8]>) -> String {
    let bytes = bytes.as_ref();
    let mut digits = vec![0; bytes.len() * 2];
    // Of the right length, and nothing but ASCII.
    let _ = hex::encode_to_slice(bytes, &mut digits);
    String::from_utf8(digits).unwrap_or_default()
}

/// The bytes of `text`, in lower or upper case.
///
/// # Errors
/// What is wrong with it.
pub fn from_hex(text: &str) -> Result<Vec<u8>, hex::FromHexError> {
    if text.len() % 2 == 1 {
        return Err(hex::FromHexError::OddLength);
    }
    let mut bytes = vec![0; text.len() / 2];
    hex::decode_to_slice(text, &mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_their_text() {
        for bytes in [&b""[..], &[0], &[0x0f, 0xf0, 0xab]] {
            assert_eq!(to_hex(bytes), hex::encode(bytes));
            assert_eq!(from_hex(&to_hex(bytes)).unwrap(), bytes);
        }
        assert_eq!(from_hex("AbcD").unwrap(), [0xab, 0xcd]);
        assert_eq!(from_hex("abc"), Err(hex::FromHexError::OddLength));
        assert!(from_hex("ag").is_err() && from_hex("ä").is_err());
    }
}

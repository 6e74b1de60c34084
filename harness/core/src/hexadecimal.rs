//! Bytes as hex digits. Most of a line of the child protocol is that, so they are written and read many at once.

pub use const_hex::FromHexError;

/// `bytes` in lower case.
#[must_use]
pub fn to_hex(bytes: impl AsRef<[u8]>) -> String {
    const_hex::encode(bytes)
}

/// The bytes of `text`, in lower or upper case.
///
/// # Errors
/// What is wrong with it.
pub fn from_hex(text: &str) -> Result<Vec<u8>, FromHexError> {
    // A prefix would be taken, and is none of the protocol's digits.
    if text.starts_with("0x") {
        return Err(FromHexError::InvalidHexCharacter { c: 'x', index: 1 });
    }
    const_hex::decode(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_their_text() {
        for bytes in [&b""[..], &[0], &[0x0f, 0xf0, 0xab], &[7; 100]] {
            assert_eq!(to_hex(bytes), hex::encode(bytes));
            assert_eq!(from_hex(&to_hex(bytes)).unwrap(), bytes);
        }
        assert_eq!(from_hex("AbcD").unwrap(), [0xab, 0xcd]);
    }

    #[test]
    fn anything_else_is_refused_with_its_place() {
        let wrong = |text: &str| from_hex(text).unwrap_err();
        assert_eq!(wrong("abc"), FromHexError::OddLength);
        assert_eq!(wrong("abcg"), FromHexError::InvalidHexCharacter { c: 'g', index: 3 });
        assert_eq!(wrong("0xab"), FromHexError::InvalidHexCharacter { c: 'x', index: 1 });
        assert!(from_hex("ä").is_err());
    }
}

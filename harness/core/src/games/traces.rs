//! Whether a text, such as an error's, carries a part of a plaintext.

/// Shorter runs occur by chance.
const WINDOW: usize = 10;

/// Whether `text` has some 10 bytes of `plaintext` in it: as they are, in hex, or as a list of decimal numbers.
pub(super) fn carries(text: &str, plaintext: &[u8]) -> bool {
    let bytes = text.as_bytes();
    let lower = text.to_ascii_lowercase();
    let dense: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    plaintext.windows(WINDOW).any(|window| {
        let decimal: Vec<String> = window.iter().map(u8::to_string).collect();
        bytes.windows(WINDOW).any(|found| found == window)
            || lower.contains(&hex::encode(window))
            || dense.contains(&decimal.join(","))
    })
}

#[cfg(test)]
mod tests {
    use super::carries;

    #[test]
    fn plaintext_is_found_in_every_spelling() {
        let plaintext = b"meet me at the old bridge";
        assert!(carries("bad tag: \"me at the old bri\"", plaintext));
        assert!(carries(&format!("{:?}", &plaintext[3..15]), plaintext));
        assert!(carries(&hex::encode_upper(&plaintext[5..]), plaintext));
        assert!(!carries("the message does not authenticate", plaintext));
        assert!(!carries("the old b", plaintext), "9 bytes are too few");
    }
}

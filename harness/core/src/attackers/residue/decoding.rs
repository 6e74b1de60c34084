//! What a state at rest holds: the bytes themselves, and those that stand in it as hex, base64 or lists of numbers.

/// Fewest decoded bytes that count.
const LEAST: usize = 16;

/// An encoding within an encoding is followed this deep.
const DEEPEST: u8 = 3;

/// Every byte string in `state`: what is encoded decoded, the rest as it is. No byte of `state` counts twice.
pub(crate) fn decode(state: &[u8]) -> Vec<Vec<u8>> {
    let mut strings = Vec::new();
    decode_into(state, 0, &mut strings);
    strings.retain(|string| string.len() >= LEAST);
    strings
}

fn decode_into(bytes: &[u8], depth: u8, strings: &mut Vec<Vec<u8>>) {
    let (mut at, mut plain) = (0, 0);
    while at < bytes.len() {
        let Some((length, decoded)) = encoded_at(&bytes[at..]) else {
            at += run_at(&bytes[at..]).max(1);
            continue;
        };
        strings.push(bytes[plain..at].to_vec());
        for decoded in decoded {
            if depth < DEEPEST && is_text(&decoded) {
                decode_into(&decoded, depth + 1, strings);
            } else {
                strings.push(decoded);
            }
        }
        at += length;
        plain = at;
    }
    strings.push(bytes[plain..].to_vec());
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}

/// Bytes of the word that begins here, so that the search goes on behind it and not within it.
fn run_at(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| base64_digit(**byte).is_some()).count()
}

/// What begins here in some encoding: its length, and what it stands for.
fn encoded_at(bytes: &[u8]) -> Option<(usize, Vec<Vec<u8>>)> {
    hex_at(bytes).or_else(|| base64_at(bytes)).or_else(|| numbers_at(bytes))
}

/// A word of hex digits only. One of odd length may begin at either of its first two digits.
fn hex_at(bytes: &[u8]) -> Option<(usize, Vec<Vec<u8>>)> {
    let length = run_at(bytes);
    let digits = &bytes[..length];
    if length < 2 * LEAST || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let decoded = |digits: &[u8]| hex::decode(&digits[..digits.len() & !1]).unwrap_or_default();
    let both = [decoded(digits), decoded(&digits[1..])];
    Some((length, both.into_iter().take(1 + length % 2).collect()))
}

fn base64_digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

/// A word of base64 digits, in the alphabet for files or for addresses, with or without padding.
fn base64_at(bytes: &[u8]) -> Option<(usize, Vec<Vec<u8>>)> {
    let length = run_at(bytes);
    if length * 3 / 4 < LEAST {
        return None;
    }
    let digits: Vec<u8> = bytes[..length].iter().filter_map(|byte| base64_digit(*byte)).collect();
    let decoded = digits.chunks(4).flat_map(|group| {
        let bits = group.iter().fold(0_u32, |bits, digit| bits << 6 | u32::from(*digit));
        let bits = bits << (6 * (4 - group.len()));
        let [_, a, b, c] = bits.to_be_bytes();
        [a, b, c].into_iter().take(group.len() - 1)
    });
    Some((length, vec![decoded.collect()]))
}

/// A list of numbers that are bytes, signed or not.
fn numbers_at(bytes: &[u8]) -> Option<(usize, Vec<Vec<u8>>)> {
    let (mut at, mut length, mut decoded) = (0, 0, Vec::new());
    loop {
        let digits = |byte: &u8| byte.is_ascii_digit() || *byte == b'-';
        let end = at + bytes[at..].iter().take_while(|byte| digits(byte)).count();
        let number: Option<i16> =
            std::str::from_utf8(&bytes[at..end]).ok().and_then(|text| text.parse().ok());
        match number {
            Some(number @ -128..=255) => decoded.push(number as u8),
            _ => break,
        }
        length = end;
        let between = |byte: &u8| *byte == b',' || byte.is_ascii_whitespace();
        at = end + bytes[end..].iter().take_while(|byte| between(byte)).count();
        if at == end {
            break;
        }
    }
    (decoded.len() >= LEAST).then_some((length, vec![decoded]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; 20] =
        [7, 200, 3, 99, 0, 255, 18, 44, 61, 2, 171, 9, 83, 129, 250, 1, 76, 33, 5, 190];

    #[track_caller]
    fn holds(state: &[u8]) {
        assert!(decode(state).iter().any(|string| string == &SECRET), "{:?}", decode(state));
    }

    #[test]
    fn secrets_are_found_in_every_encoding() {
        holds(&SECRET);
        let hex = hex::encode(SECRET);
        holds(format!(r#"{{"key":"{hex}","n":5}}"#).as_bytes());
        holds(format!(r#"{{"key":"{}"}}"#, hex.to_uppercase()).as_bytes());
        holds(br#"{"key":"B8gDYwD/Eiw9AqsJU4H6AUwhBb4=","n":1}"#);
        holds(br#"{"key":"B8gDYwD_Eiw9AqsJU4H6AUwhBb4"}"#);
        holds(format!("key: {SECRET:?}, n: 5").as_bytes());
        let signed: Vec<i8> = SECRET.iter().map(|&byte| byte as i8).collect();
        holds(format!("[{signed:?}]").as_bytes());
        // JSON in hex, with base64 in it.
        let inner = br#"{"key":"B8gDYwD/Eiw9AqsJU4H6AUwhBb4="}"#;
        holds(format!("state={}", hex::encode(inner)).as_bytes());
    }

    #[test]
    fn what_is_not_encoded_stays_and_nothing_counts_twice() {
        let state = [&[0xfe; 3], &b"\"counter\": 12, \"a long name\": null"[..], &[1; 30]].concat();
        let strings = decode(&state);
        assert_eq!(strings.iter().map(Vec::len).sum::<usize>(), state.len());
        let hex = hex::encode(SECRET);
        let strings = decode(format!("\"{hex}\"").as_bytes());
        assert_eq!(strings, [SECRET.to_vec()]);
    }
}

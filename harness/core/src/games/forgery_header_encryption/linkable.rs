//! Whether an observer can tell from two encrypted headers that they belong together.

use std::collections::BTreeSet;

use super::COMPARED;
use crate::Party;
use crate::engine::Transcript;
use crate::judge::{Judgement, Violation, ViolationKind};

/// Two headers with the same bytes in the same place.
#[derive(Debug, Eq, PartialEq)]
struct Link {
    /// Places of both headers in the list.
    headers: (usize, usize),
    /// How many bytes are the same, those left out that are the same in every header.
    length: usize,
    /// First of them.
    offset: usize,
}

/// Compares the headers of each sender with each other.
pub(super) fn judge(
    transcript: &Transcript,
    headers: &[Option<Vec<u8>>],
    judgement: &mut Judgement,
) {
    for from in Party::BOTH {
        let (messages, headers): (Vec<usize>, Vec<&[u8]>) = headers
            .iter()
            .enumerate()
            .filter(|(message, _)| transcript.wire[*message].from == from)
            .filter_map(|(message, header)| Some((message, header.as_deref()?)))
            .unzip();
        headers.iter().for_each(|_| judgement.measure(COMPARED, 1));
        if let Some(link) = first_link(&headers) {
            let [earlier, later] = [link.headers.0, link.headers.1]
                .map(|place| transcript.wire[messages[place]].name);
            let detail = format!(
                "from byte {} on it has {} bytes in common with that of message {earlier}, and not with every header",
                link.offset, link.length
            );
            let kind = ViolationKind::LinkableHeaders;
            judgement
                .violations
                .push(Violation::new(kind, later.action, detail).of_message(later));
        }
    }
}

/// The first two headers that share more than chance gives. Bytes that are the same in all headers (a version, a
/// length, the punctuation of an encoding) neither count nor interrupt.
fn first_link(headers: &[&[u8]]) -> Option<Link> {
    let longest = headers.iter().map(|header| header.len()).max()?;
    let varies: Vec<bool> = (0..longest)
        .map(|at| {
            let mut bytes = headers.iter().filter_map(|header| header.get(at));
            let first = bytes.next();
            bytes.any(|byte| Some(byte) != first)
        })
        .collect();
    let needed = shortest_link(headers, &varies);
    headers.iter().enumerate().find_map(|(later, header)| {
        let earlier = headers[..later].iter().enumerate();
        let links = earlier.map(|(place, other)| (place, longest_run(other, header, &varies)));
        let (place, (offset, length)) = links.max_by_key(|(_, (_, length))| *length)?;
        (length >= needed).then_some(Link { headers: (place, later), length, offset })
    })
}

/// How many bytes must be the same to be no accident: eight, or more of an encoding that says less with each byte
/// (base64, hex, numbers).
fn shortest_link(headers: &[&[u8]], varies: &[bool]) -> usize {
    let varying = headers
        .iter()
        .flat_map(|header| header.iter().zip(varies).filter(|(_, varies)| **varies));
    match varying.map(|(byte, _)| byte).collect::<BTreeSet<_>>().len() {
        0..=24 => 32,
        25..=96 => 16,
        _ => 8,
    }
}

/// The longest run of equal varying bytes in one place: where it begins, and how many there are.
fn longest_run(one: &[u8], other: &[u8], varies: &[bool]) -> (usize, usize) {
    let (mut longest, mut run) = ((0, 0), (0, 0));
    let places = one.iter().zip(other).zip(varies).enumerate();
    for (at, ((one, other), _)) in places.filter(|(_, (_, varies))| **varies) {
        run = match (one == other, run.1) {
            (false, _) => (0, 0),
            (true, 0) => (at, 1),
            (true, length) => (run.0, length + 1),
        };
        if run.1 > longest.1 {
            longest = run;
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use rand_core::Rng as _;

    use super::*;
    use crate::randomness::CaseSeed;

    fn random(count: usize, length: usize) -> Vec<Vec<u8>> {
        let mut rng = CaseSeed::from([3; 32]).choices();
        let mut header = || {
            let mut bytes = vec![0; length];
            rng.fill_bytes(&mut bytes);
            bytes
        };
        (0..count).map(|_| header()).collect()
    }

    fn link(headers: &[Vec<u8>]) -> Option<Link> {
        first_link(&headers.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    #[test]
    fn random_headers_are_not_linked_in_any_encoding() {
        let raw = random(200, 57);
        let hex: Vec<_> = raw.iter().map(|header| hex::encode(header).into_bytes()).collect();
        let numbers: Vec<_> = raw.iter().map(|header| format!("{header:?}").into_bytes()).collect();
        for headers in [&raw, &hex, &numbers, &random(2, 57), &random(3, 1), &random(0, 0)] {
            assert_eq!(link(headers), None);
        }
    }

    #[test]
    fn what_is_the_same_in_all_headers_links_none() {
        let mut headers = random(50, 57);
        headers.iter_mut().for_each(|header| header[..20].fill(7));
        assert_eq!(link(&headers), None);
    }

    #[test]
    fn eight_bytes_link_two_headers_and_seven_do_not() {
        for length in [7, 8] {
            let mut headers = random(50, 57);
            let shared = headers[4][9..9 + length].to_vec();
            headers[30][9..9 + length].copy_from_slice(&shared);
            let expected = Link { headers: (4, 30), length: 8, offset: 9 };
            assert_eq!(link(&headers), (length == 8).then_some(expected));
        }
    }

    #[test]
    fn constant_bytes_in_between_do_not_hide_a_link() {
        let mut headers = random(50, 57);
        headers.iter_mut().for_each(|header| header[12] = b'.');
        let shared = headers[0][9..18].to_vec();
        headers[1][9..18].copy_from_slice(&shared);
        assert_eq!(link(&headers).unwrap().length, 8);
    }

    #[test]
    fn the_same_ciphertext_in_hex_is_a_link() {
        let raw = random(3, 57);
        let mut headers: Vec<_> =
            raw.iter().map(|header| hex::encode(header).into_bytes()).collect();
        let shared = headers[0][..80].to_vec();
        headers[2][..80].copy_from_slice(&shared);
        assert_eq!(link(&headers).unwrap().headers, (0, 2));
    }
}

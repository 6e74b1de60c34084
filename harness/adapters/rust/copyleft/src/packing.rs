//! The parts of a device's state as bytes at rest, each behind its length.

use sprag::Rejection;

pub(crate) fn pack(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut packed = Vec::new();
    for part in parts {
        packed.extend((part.len() as u32).to_be_bytes());
        packed.extend(part);
    }
    packed
}

pub(crate) fn unpack<const N: usize>(mut packed: &[u8]) -> Result<[Vec<u8>; N], Rejection> {
    let malformed = || Rejection::malformed("not a packed state");
    let mut parts = [const { Vec::new() }; N];
    for part in &mut parts {
        let (length, rest) = packed.split_first_chunk().ok_or_else(malformed)?;
        let length = u32::from_be_bytes(*length) as usize;
        let (bytes, rest) = rest.split_at_checked(length).ok_or_else(malformed)?;
        *part = bytes.to_vec();
        packed = rest;
    }
    if packed.is_empty() { Ok(parts) } else { Err(malformed()) }
}

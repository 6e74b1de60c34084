//! Varints, as Protocol Buffers write them, in one spelling only.

/// Appends `value`.
pub(crate) fn put_varint(bytes: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// The value at the start of `bytes` and its length; `None` for another spelling than [`put_varint`]'s.
pub(crate) fn take_varint(bytes: &[u8]) -> Option<(u32, usize)> {
    let mut value: u64 = 0;
    for (place, &byte) in bytes.iter().take(5).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            let is_shortest = byte != 0 || place == 0;
            return is_shortest.then_some((u32::try_from(value).ok()?, place + 1));
        }
    }
    None
}

//! The function that getrandom's `custom` backend calls.

// The symbol's signature is getrandom's: a raw pointer, perhaps to uninitialised memory.
#![allow(unsafe_code)]

use getrandom::Error;
use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};

use crate::source;

/// Fills `len` bytes at `dest`.
///
/// # Safety
/// `dest` must be valid for writes of `len` bytes.
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(dest: *mut u8, len: usize) -> Result<(), Error> {
    // SAFETY: the caller owns `len` writable bytes at `dest`; they are initialised before a reference is made.
    let buffer = unsafe {
        dest.write_bytes(0, len);
        std::slice::from_raw_parts_mut(dest, len)
    };
    if source::fill(buffer) { Ok(()) } else { fill_from_system(buffer) }
}

fn fill_from_system(mut buffer: &mut [u8]) -> Result<(), Error> {
    while !buffer.is_empty() {
        match getrandom(&mut *buffer, GetRandomFlags::empty()) {
            Ok(written) => buffer = &mut buffer[written..],
            Err(Errno::INTR) => {}
            Err(_) => return Err(Error::UNEXPECTED),
        }
    }
    Ok(())
}

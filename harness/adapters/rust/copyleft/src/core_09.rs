//! The generator of a call in the shape that libraries of `rand_core` 0.9 take.

use rand_core::CryptoRng;

pub(crate) struct Core09<'r>(pub(crate) &'r mut dyn CryptoRng);

impl rand_core_09::CryptoRng for Core09<'_> {}

impl rand_core_09::RngCore for Core09<'_> {
    fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }
}

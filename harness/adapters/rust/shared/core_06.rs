//! The generator of a call in the shape that libraries of `rand_core` 0.6 take.

use rand_core::CryptoRng;

pub(crate) struct Core06<'r>(pub(crate) &'r mut dyn CryptoRng);

impl rand_core_06::CryptoRng for Core06<'_> {}

impl rand_core_06::RngCore for Core06<'_> {
    fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core_06::Error> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

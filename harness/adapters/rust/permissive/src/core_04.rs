//! The generator of a call in the shape that libraries of `rand_core` 0.4 take.

use rand_core::CryptoRng;

/// It records what it gives, or repeats what it gave.
pub(crate) struct Core04<'r> {
    source: Option<&'r mut dyn CryptoRng>,
    drawn: Vec<u8>,
    repeated: usize,
}

impl<'r> Core04<'r> {
    pub(crate) fn recording(source: &'r mut dyn CryptoRng) -> Self {
        Self { source: Some(source), drawn: Vec::new(), repeated: 0 }
    }

    pub(crate) fn repeating(drawn: Vec<u8>) -> Self {
        Self { source: None, drawn, repeated: 0 }
    }

    pub(crate) fn into_drawn(self) -> Vec<u8> {
        self.drawn
    }
}

impl rand_core_04::CryptoRng for Core04<'_> {}

impl rand_core_04::RngCore for Core04<'_> {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        match &mut self.source {
            Some(source) => {
                source.fill_bytes(bytes);
                self.drawn.extend_from_slice(bytes);
            }
            None => {
                let end = self.repeated + bytes.len();
                bytes.copy_from_slice(&self.drawn[self.repeated..end]);
                self.repeated = end;
            }
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core_04::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

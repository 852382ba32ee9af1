//! Zstandard, as the engine's `Compression.MODE_ZSTD`: a datagram is a frame.

mod bits;
mod claims;
mod encoder;
mod fse;

use std::fmt;
use std::io::Read as _;

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use self::encoder::Encoder;
use super::{Compressor, MAXIMUM_COMMANDS};

/// The largest window that is accepted. Frames of the engine and ours have one of the length of their content.
const WINDOW: usize = MAXIMUM_COMMANDS.next_power_of_two();

pub(super) struct Zstd {
    encoder: Encoder,
    decoder: FrameDecoder,
}

impl Zstd {
    pub(super) fn new() -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(WINDOW as u64);
        Self { encoder: Encoder::new(), decoder }
    }
}

impl fmt::Debug for Zstd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Zstd").finish_non_exhaustive()
    }
}

impl Compressor for Zstd {
    fn compress(&mut self, input: &[u8], output: &mut [u8]) -> Option<usize> {
        let frame = self.encoder.encode(input);
        output.get_mut(..frame.len())?.copy_from_slice(frame);
        Some(frame.len())
    }

    fn decompress(&mut self, mut input: &[u8], output: &mut [u8]) -> Option<usize> {
        if !claims::are_at_most(WINDOW as u64, input) {
            return None;
        }
        self.decoder.reset(&mut input).ok()?;
        let mut length = 0;
        // One block after the other, so that none is read after one that does not fit.
        loop {
            let is_last = self.decoder.decode_blocks(&mut input, BlockDecodingStrategy::UptoBlocks(1)).ok()?;
            length += self.decoder.read(&mut output[length..]).ok()?;
            if self.decoder.can_collect() > 0 {
                return None;
            }
            if is_last {
                return input.is_empty().then_some(length);
            }
        }
    }
}

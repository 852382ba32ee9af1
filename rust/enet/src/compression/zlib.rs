//! Deflate in the zlib format, as the engine's `Compression.MODE_DEFLATE`.

use std::fmt;

use miniz_oxide::DataFormat;
use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress, create_comp_flags_from_zip_params,
};
use miniz_oxide::inflate::decompress_slice_iter_to_slice;

use super::Compressor;

/// What zlib uses by default, and so the engine.
const LEVEL: u8 = 6;

pub(super) struct Zlib(Box<CompressorOxide>);

impl Zlib {
    pub(super) fn new() -> Self {
        let mut compressor = Box::new(CompressorOxide::new(create_comp_flags_from_zip_params(LEVEL.into(), 15, 0)));
        compressor.set_format_and_level(DataFormat::Zlib, LEVEL);
        Self(compressor)
    }
}

impl fmt::Debug for Zlib {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Zlib").finish_non_exhaustive()
    }
}

impl Compressor for Zlib {
    fn compress(&mut self, input: &[u8], output: &mut [u8]) -> Option<usize> {
        self.0.reset();
        let (status, _, length) = compress(&mut self.0, input, output, TDEFLFlush::Finish);
        (status == TDEFLStatus::Done).then_some(length)
    }

    fn decompress(&mut self, input: &[u8], output: &mut [u8]) -> Option<usize> {
        decompress_slice_iter_to_slice(output, std::iter::once(input), true, false).ok()
    }
}

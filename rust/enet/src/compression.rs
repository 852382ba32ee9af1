//! Compresses the commands of datagrams.

mod fastlz;
mod matches;
mod range_coder;
mod zlib;
mod zstd;

use std::fmt::Debug;

use self::fastlz::FastLz;
use self::range_coder::RangeCoder;
use self::zlib::Zlib;
use self::zstd::Zstd;
use crate::limits::MAXIMUM_MTU;

/// How datagrams are compressed. The numbers are those of the engine's `ENetConnection.CompressionMode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    #[default]
    None = 0,
    /// ENet's own, an adaptive order-2 PPM with a range coder (`enet_host_compress_with_range_coder`).
    RangeCoder = 1,
    /// FastLZ, level 1.
    FastLz = 2,
    /// Deflate in the zlib format.
    Zlib = 3,
    /// Zstandard. The only algorithm whose implementation has unsafe code.
    Zstd = 4,
}

/// A compressed datagram holds at most this many bytes of commands: ENet's buffer, less the shortest header.
const MAXIMUM_COMMANDS: usize = MAXIMUM_MTU as usize - 2;

/// An algorithm, and the memory that it works in.
trait Compressor: Debug + Send {
    /// How many bytes of `output` were written. `None` if they are not enough.
    fn compress(&mut self, input: &[u8], output: &mut [u8]) -> Option<usize>;

    /// How many bytes of `output` were written. `None` if they are not enough, or `input` is malformed.
    fn decompress(&mut self, input: &[u8], output: &mut [u8]) -> Option<usize>;
}

/// Compresses and decompresses for a host.
#[derive(Debug)]
pub(crate) struct Codec {
    compressor: Option<Box<dyn Compressor>>,
    output: Vec<u8>,
}

impl Codec {
    pub(crate) fn new(compression: Compression) -> Self {
        let compressor: Option<Box<dyn Compressor>> = match compression {
            Compression::None => None,
            Compression::RangeCoder => Some(Box::new(RangeCoder::new())),
            Compression::FastLz => Some(Box::new(FastLz::new())),
            Compression::Zlib => Some(Box::new(Zlib::new())),
            Compression::Zstd => Some(Box::new(Zstd::new())),
        };
        let output = if compressor.is_some() { vec![0; MAXIMUM_COMMANDS] } else { Vec::new() };
        Self { compressor, output }
    }

    /// The compressed `commands`, if that makes them shorter.
    pub(crate) fn compress(&mut self, commands: &[u8]) -> Option<&[u8]> {
        let limit = commands.len().checked_sub(1)?;
        let length = self.compressor.as_mut()?.compress(commands, self.output.get_mut(..limit)?)?;
        Some(&self.output[..length])
    }

    /// The commands that were compressed. `None` if they are malformed, or too long.
    pub(crate) fn decompress(&mut self, compressed: &[u8]) -> Option<&[u8]> {
        // Nobody sends what compression has made longer. To decompress nothing from many bytes takes long.
        if compressed.len() >= MAXIMUM_COMMANDS {
            return None;
        }
        let length = self.compressor.as_mut()?.decompress(compressed, &mut self.output)?;
        Some(&self.output[..length])
    }
}

#[cfg(test)]
mod tests;

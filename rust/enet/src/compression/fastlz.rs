//! FastLZ, level 1: runs of literals, and copies of what came before.
//!
//! An instruction is a byte. Below 32, it announces that many literals and one. Otherwise, its upper three bits are the
//! length of a copy less 2, of which 7 means that a byte with more follows; its lower five bits and the next byte are how far
//! back the copy starts, less 1. The upper bits of the first instruction hold the level instead, so it is one of literals.

use super::Compressor;
use super::matches::Matches;

/// The most literals of an instruction.
const LITERALS: usize = 32;

/// The longest copy of an instruction.
const LONGEST: usize = 9 + 255;

/// How far back a copy may start.
const DISTANCE: usize = 1 << 13;

/// The engine fills shorter input up with zeros.
const SHORTEST_INPUT: usize = 16;

#[derive(Debug)]
pub(super) struct FastLz {
    matches: Matches,
}

impl FastLz {
    pub(super) fn new() -> Self {
        Self { matches: Matches::new() }
    }

    /// Finds the copy to make at `position`: where it starts, and its length.
    fn find(&mut self, input: &[u8], position: usize) -> Option<(usize, usize)> {
        self.matches.find(input, position, LONGEST).filter(|(start, _)| position - start <= DISTANCE)
    }
}

/// Bytes that are written while there is room.
struct Output<'a> {
    bytes: &'a mut [u8],
    length: usize,
}

impl Output<'_> {
    fn push(&mut self, byte: u8) -> Option<()> {
        *self.bytes.get_mut(self.length)? = byte;
        self.length += 1;
        Some(())
    }

    fn extend(&mut self, bytes: &[u8]) -> Option<()> {
        self.bytes.get_mut(self.length..self.length + bytes.len())?.copy_from_slice(bytes);
        self.length += bytes.len();
        Some(())
    }

    fn literals(&mut self, literals: &[u8]) -> Option<()> {
        literals.chunks(LITERALS).try_for_each(|run| {
            self.push(run.len() as u8 - 1)?;
            self.extend(run)
        })
    }

    fn copy(&mut self, distance: usize, length: usize) -> Option<()> {
        let distance = distance - 1;
        let upper = (distance >> 8) as u8;
        if let Some(more) = length.checked_sub(9) {
            self.push(7 << 5 | upper)?;
            self.push(more as u8)?;
        } else {
            self.push(((length - 2) << 5) as u8 | upper)?;
        }
        self.push(distance as u8)
    }
}

impl Compressor for FastLz {
    fn compress(&mut self, input: &[u8], output: &mut [u8]) -> Option<usize> {
        if input.len() < SHORTEST_INPUT {
            return None;
        }
        self.matches.clear();
        let mut output = Output { bytes: output, length: 0 };
        let (mut position, mut written) = (0, 0);
        while position < input.len() {
            if let Some((start, length)) = self.find(input, position) {
                output.literals(&input[written..position])?;
                output.copy(position - start, length)?;
                position += length;
                written = position;
            } else {
                position += 1;
            }
        }
        output.literals(&input[written..])?;
        Some(output.length)
    }

    fn decompress(&mut self, input: &[u8], output: &mut [u8]) -> Option<usize> {
        let mut output = Output { bytes: output, length: 0 };
        let mut input = input.iter().copied();
        let mut instruction = input.next().filter(|first| first >> 5 == 0)?;
        loop {
            if usize::from(instruction) < LITERALS {
                for _ in 0..=instruction {
                    output.push(input.next()?)?;
                }
            } else {
                let mut length = usize::from(instruction >> 5) + 2;
                if length == 9 {
                    length += usize::from(input.next()?);
                }
                let distance = usize::from(instruction & 31) << 8 | usize::from(input.next()?);
                let start = output.length.checked_sub(distance + 1)?;
                for index in start..start + length {
                    output.push(output.bytes[index])?;
                }
            }
            match input.next() {
                Some(next) => instruction = next,
                None => return Some(output.length),
            }
        }
    }
}

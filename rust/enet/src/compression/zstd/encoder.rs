//! Makes frames (RFC 8878) of one block: literals as they are, and copies, encoded with the distributions that decoders know.

use super::bits::Bits;
use super::fse::{LITERAL_LENGTHS, MATCH_LENGTHS, OFFSETS, Table};
use crate::compression::matches::Matches;

const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Frame_Header_Descriptor of a single segment, whose length follows in a byte, or in two less [`LONG`].
const SHORT_SEGMENT: u8 = 0x20;
const LONG_SEGMENT: u8 = 0x60;
const LONG: usize = 256;

/// The codes of short literal lengths and copies have no more bits. Those of longer ones have so many, and their values follow
/// each other.
const SHORT_LITERALS: u32 = 16;
const LITERAL_BITS: [u32; 20] = [1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
const SHORT_COPIES: u32 = 32;
const COPY_BITS: [u32; 21] = [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

/// The length of the shortest copy that the format knows, and the smallest number that stands for an offset itself.
const SHORTEST_COPY: usize = 3;
const FIRST_OFFSET: usize = 4;

/// Stands for the last offset, unless there are no literals.
const SAME_OFFSET: u32 = 1;

/// A number, as a code and the bits beside it.
#[derive(Clone, Copy)]
struct Coded {
    code: u8,
    value: u32,
    bits: u32,
}

/// Literals, and a copy after them.
#[derive(Clone, Copy)]
struct Sequence {
    literals: Coded,
    copy: Coded,
    offset: Coded,
}

pub(super) struct Encoder {
    matches: Matches,
    literal_lengths: Table,
    copy_lengths: Table,
    offsets: Table,
    literals: Vec<u8>,
    sequences: Vec<Sequence>,
    frame: Vec<u8>,
}

impl Encoder {
    pub(super) fn new() -> Self {
        Self {
            matches: Matches::new(),
            literal_lengths: Table::new(&LITERAL_LENGTHS),
            copy_lengths: Table::new(&MATCH_LENGTHS),
            offsets: Table::new(&OFFSETS),
            literals: Vec::new(),
            sequences: Vec::new(),
            frame: Vec::new(),
        }
    }

    /// The frame of at most 4,095 bytes of `input`.
    pub(super) fn encode(&mut self, input: &[u8]) -> &[u8] {
        self.find_sequences(input);
        self.frame.clear();
        self.frame.extend_from_slice(&MAGIC);
        match u8::try_from(input.len()) {
            Ok(length) => self.frame.extend_from_slice(&[SHORT_SEGMENT, length]),
            Err(_) => {
                self.frame.push(LONG_SEGMENT);
                self.frame.extend_from_slice(&((input.len() - LONG) as u16).to_le_bytes());
            }
        }
        let header = self.frame.len();
        self.frame.extend_from_slice(&[0; 3]);
        self.write_literals();
        self.write_sequences();
        // The last block, a compressed one.
        let size = self.frame.len() - header - 3;
        self.frame[header..header + 3].copy_from_slice(&(size << 3 | 0b101).to_le_bytes()[..3]);
        &self.frame
    }

    fn find_sequences(&mut self, input: &[u8]) {
        self.matches.clear();
        self.literals.clear();
        self.sequences.clear();
        // What a decoder starts with.
        let mut last_offset = 1;
        let (mut position, mut written) = (0, 0);
        while position < input.len() {
            let Some((start, length)) = self.matches.find(input, position, input.len()) else {
                position += 1;
                continue;
            };
            let (literals, offset) = (&input[written..position], position - start);
            let is_same = offset == last_offset && !literals.is_empty();
            self.literals.extend_from_slice(literals);
            self.sequences.push(Sequence {
                literals: coded(literals.len() as u32, SHORT_LITERALS, &LITERAL_BITS),
                copy: coded((length - SHORTEST_COPY) as u32, SHORT_COPIES, &COPY_BITS),
                offset: coded_offset(if is_same { SAME_OFFSET } else { (offset - 1 + FIRST_OFFSET) as u32 }),
            });
            last_offset = offset;
            position += length;
            written = position;
        }
        self.literals.extend_from_slice(&input[written..]);
    }

    /// Raw_Literals_Block, whose length has 5 bits or 12.
    fn write_literals(&mut self) {
        match self.literals.len() {
            length @ ..32 => self.frame.push((length << 3) as u8),
            length => self.frame.extend_from_slice(&((length << 4 | 0b0100) as u16).to_le_bytes()),
        }
        self.frame.extend_from_slice(&self.literals);
    }

    fn write_sequences(&mut self) {
        match self.sequences.len() {
            0 => return self.frame.push(0),
            count @ ..128 => self.frame.push(count as u8),
            count => self.frame.extend_from_slice(&(count as u16 | 1 << 15).to_be_bytes()),
        }
        // All distributions are those that decoders know.
        self.frame.push(0);
        let mut bits = Bits::after(&mut self.frame);
        let mut states = None;
        for Sequence { literals, copy, offset } in self.sequences.iter().rev() {
            states = Some(match states {
                None => (
                    self.literal_lengths.start(literals.code),
                    self.copy_lengths.start(copy.code),
                    self.offsets.start(offset.code),
                ),
                Some((literals_state, copy_state, offset_state)) => {
                    let offset_state = self.offsets.push(offset_state, offset.code, &mut bits);
                    let copy_state = self.copy_lengths.push(copy_state, copy.code, &mut bits);
                    (self.literal_lengths.push(literals_state, literals.code, &mut bits), copy_state, offset_state)
                }
            });
            for number in [literals, copy, offset] {
                bits.push(number.value, number.bits);
            }
        }
        if let Some((literals_state, copy_state, offset_state)) = states {
            self.copy_lengths.finish(copy_state, &mut bits);
            self.offsets.finish(offset_state, &mut bits);
            self.literal_lengths.finish(literals_state, &mut bits);
        }
        bits.finish();
    }
}

/// A length. The first `short` codes are the values themselves.
fn coded(value: u32, short: u32, bits_of_others: &[u32]) -> Coded {
    if value < short {
        return Coded { code: value as u8, value: 0, bits: 0 };
    }
    let (mut code, mut value) = (short as u8, value - short);
    let mut bits = 0;
    for &more in bits_of_others {
        bits = more;
        if value < 1 << bits {
            break;
        }
        value -= 1 << bits;
        code += 1;
    }
    Coded { code, value, bits }
}

/// The code of an offset is how many bits are beside it.
const fn coded_offset(value: u32) -> Coded {
    let bits = value.ilog2();
    Coded { code: bits as u8, value: value - (1 << bits), bits }
}

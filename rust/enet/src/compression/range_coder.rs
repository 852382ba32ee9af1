//! ENet's range coder (`compress.c`): an adaptive order-2 PPM, which starts anew with each datagram.
//!
//! Each symbol is a byte after a context of up to two bytes, and itself the context of the next byte. The symbols of a
//! context are a binary tree, in which each node counts how often it and its left subtree were seen. A byte that is new in a
//! context is coded as an escape, then in the next shorter context.

mod model;

use self::model::{Coding, Interval, Model, ORDER, ROOT};
use super::Compressor;

const TOP: u32 = 1 << 24;
const BOTTOM: u32 = 1 << 16;

#[derive(Debug)]
pub(super) struct RangeCoder {
    model: Model,
}

impl RangeCoder {
    pub(super) fn new() -> Self {
        Self { model: Model::new() }
    }
}

/// The context of the next byte.
struct Prediction {
    symbol: u16,
    /// How many bytes it has.
    order: usize,
}

impl Prediction {
    const START: Self = Self { symbol: ROOT, order: 0 };

    /// Notes the symbol of the current byte in a context: `child` is that in the next longer one, if there is one.
    fn link(&mut self, model: &mut Model, child: Option<u16>, symbol: u16) {
        match child {
            None => self.symbol = symbol,
            Some(child) => model.set_parent(child, symbol),
        }
    }

    /// Goes on to the next byte.
    fn advance(&mut self, model: &mut Model) {
        if self.order >= ORDER {
            self.symbol = model.parent(self.symbol);
        } else {
            self.order += 1;
        }
        if model.is_full() {
            model.clear();
            *self = Self::START;
        }
    }
}

struct Encoder<'a> {
    low: u32,
    range: u32,
    output: &'a mut [u8],
    length: usize,
}

impl Encoder<'_> {
    fn put(&mut self) -> Option<()> {
        *self.output.get_mut(self.length)? = (self.low >> 24) as u8;
        self.length += 1;
        self.low <<= 8;
        Some(())
    }

    /// Narrows the range to the part of `total` that starts at `under` and has the size `count`.
    fn encode(&mut self, under: u16, count: u16, total: u16) -> Option<()> {
        self.range /= u32::from(total);
        self.low = self.low.wrapping_add(u32::from(under).wrapping_mul(self.range));
        self.range = self.range.wrapping_mul(count.into());
        while let Some(range) = renormalize(self.low, self.range) {
            self.put()?;
            self.range = range;
        }
        Some(())
    }

    fn finish(mut self) -> Option<usize> {
        while self.low != 0 {
            self.put()?;
        }
        Some(self.length)
    }
}

struct Decoder<'a> {
    low: u32,
    range: u32,
    code: u32,
    input: std::iter::Copied<std::slice::Iter<'a, u8>>,
}

impl<'a> Decoder<'a> {
    fn new(input: &'a [u8]) -> Self {
        let mut input = input.iter().copied();
        let mut next = || input.next().unwrap_or(0);
        let code = u32::from_be_bytes([next(), next(), next(), next()]);
        Self { low: 0, range: u32::MAX, code, input }
    }

    /// Where in `total` the next symbol lies. `None` if it lies outside, as only malformed input has it.
    fn read(&mut self, total: u16) -> Option<u16> {
        self.range /= u32::from(total);
        let code = self.code.wrapping_sub(self.low) / self.range;
        u16::try_from(code).ok().filter(|code| *code < total)
    }

    fn decode(&mut self, under: u16, count: u16) {
        self.low = self.low.wrapping_add(u32::from(under).wrapping_mul(self.range));
        self.range = self.range.wrapping_mul(count.into());
        while let Some(range) = renormalize(self.low, self.range) {
            self.code = self.code << 8 | u32::from(self.input.next().unwrap_or(0));
            self.low <<= 8;
            self.range = range;
        }
    }
}

/// The range after a byte was shifted out, if one is to be. It stays above zero.
const fn renormalize(low: u32, range: u32) -> Option<u32> {
    if low ^ low.wrapping_add(range) < TOP {
        Some(range << 8)
    } else if range < BOTTOM {
        Some((low.wrapping_neg() & (BOTTOM - 1)) << 8)
    } else {
        None
    }
}

impl Compressor for RangeCoder {
    fn compress(&mut self, input: &[u8], output: &mut [u8]) -> Option<usize> {
        let model = &mut self.model;
        model.clear();
        let mut encoder = Encoder { low: 0, range: u32::MAX, output, length: 0 };
        let mut prediction = Prediction::START;
        for &byte in input {
            let mut context = prediction.symbol;
            let mut child = None;
            loop {
                let (symbol, Coding { interval, escapes, total }) = model.update(context, byte);
                prediction.link(model, child, symbol);
                if let Some(Interval { under, count }) = interval {
                    encoder.encode(under, count, total)?;
                    break;
                }
                // In a context without symbols, the decoder escapes on its own.
                if escapes > 0 && escapes < total {
                    encoder.encode(0, escapes, total)?;
                }
                child = Some(symbol);
                context = model.parent(context);
            }
            prediction.advance(model);
        }
        encoder.finish()
    }

    fn decompress(&mut self, input: &[u8], output: &mut [u8]) -> Option<usize> {
        let model = &mut self.model;
        model.clear();
        let mut decoder = Decoder::new(input);
        let mut prediction = Prediction::START;
        let mut length = 0;
        loop {
            let mut context = prediction.symbol;
            let code = loop {
                let (escapes, total) = model.totals(context);
                if escapes > 0 && escapes < total {
                    let code = decoder.read(total)?;
                    if code >= escapes {
                        break code;
                    }
                    if context == ROOT {
                        return Some(length);
                    }
                    decoder.decode(0, escapes);
                }
                context = model.parent(context);
            };
            let (found, byte, Interval { under, count }) = model.find(context, code)?;
            decoder.decode(under, count);

            // The longer contexts learn the byte, too.
            let mut child = None;
            let mut longer = prediction.symbol;
            while longer != context {
                let (symbol, _) = model.update(longer, byte);
                prediction.link(model, child, symbol);
                child = Some(symbol);
                longer = model.parent(longer);
            }
            prediction.link(model, child, found);
            *output.get_mut(length)? = byte;
            length += 1;
            prediction.advance(model);
        }
    }
}

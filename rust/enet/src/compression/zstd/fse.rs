//! Finite state entropy (RFC 8878, 4.1): encodes symbols, the last of them first.

use super::bits::Bits;

/// Literal_Length_Code, Match_Length_Code and Offset_Code, as decoders know them (RFC 8878, 3.1.1.3.2.2).
pub(super) const LITERAL_LENGTHS: Distribution = Distribution {
    accuracy: 6,
    counts: &[
        4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1,
    ],
};
pub(super) const MATCH_LENGTHS: Distribution = Distribution {
    accuracy: 6,
    counts: &[
        1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
    ],
};
pub(super) const OFFSETS: Distribution = Distribution {
    accuracy: 5,
    counts: &[1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1],
};

/// How many of 2 to the power of `accuracy` states each symbol has. -1 is a state of its own for a symbol that is rarer.
pub(super) struct Distribution {
    accuracy: u32,
    counts: &'static [i16],
}

/// What encodes the symbols of a distribution (`FSE_buildCTable`).
pub(super) struct Table {
    accuracy: u32,
    /// States, ordered by symbol.
    states: Vec<u32>,
    symbols: Vec<Symbol>,
}

#[derive(Clone, Copy)]
struct Symbol {
    /// Added to a state, it has in its upper 16 bits how many bits leave the state (`deltaNbBits`).
    bit_count: u32,
    /// The place of its first state, less its count (`deltaFindState`).
    first_state: i32,
}

impl Table {
    pub(super) fn new(distribution: &Distribution) -> Self {
        let &Distribution { accuracy, counts } = distribution;
        let size = 1_usize << accuracy;
        let states = order_states(counts, size);
        let mut first = 0;
        let symbols = counts.iter().map(|&count| {
            let count = i32::from(count.abs());
            let most_bits = if count < 2 { accuracy } else { accuracy - (count - 1).ilog2() };
            let symbol = Symbol {
                bit_count: (most_bits << 16).wrapping_sub((count as u32) << most_bits),
                first_state: first - count,
            };
            first += count;
            symbol
        });
        Self { accuracy, states, symbols: symbols.collect() }
    }

    /// A state that encodes nothing but `symbol`.
    pub(super) fn start(&self, symbol: u8) -> u32 {
        let Symbol { bit_count, .. } = self.symbols[usize::from(symbol)];
        let bits = bit_count.wrapping_add(1 << 15) >> 16;
        self.state_after((bits << 16).wrapping_sub(bit_count), bits, symbol)
    }

    /// Encodes a symbol that is decoded before those in `state`. Returns the next state.
    pub(super) fn push(&self, state: u32, symbol: u8, output: &mut Bits<'_>) -> u32 {
        let bits = state.wrapping_add(self.symbols[usize::from(symbol)].bit_count) >> 16;
        output.push(state, bits);
        self.state_after(state, bits, symbol)
    }

    /// Writes the state from which a decoder starts.
    pub(super) fn finish(&self, state: u32, output: &mut Bits<'_>) {
        output.push(state, self.accuracy);
    }

    fn state_after(&self, state: u32, bits: u32, symbol: u8) -> u32 {
        self.states[((state >> bits) as i32 + self.symbols[usize::from(symbol)].first_state) as usize]
    }
}

/// The states of a table, each with its size added, ordered by their symbols.
fn order_states(counts: &[i16], size: usize) -> Vec<u32> {
    // Rare symbols have the last cells. The others are spread over the rest.
    let mut symbol_of_cell = vec![None; size];
    let rare = (0..).zip(counts).filter(|(_, count)| **count == -1);
    for ((symbol, _), cell) in rare.zip(symbol_of_cell.iter_mut().rev()) {
        *cell = Some(symbol);
    }
    let mut cell = 0;
    for (symbol, &count) in (0_u8..).zip(counts) {
        for _ in 0..count {
            symbol_of_cell[cell] = Some(symbol);
            loop {
                cell = (cell + (size >> 1) + (size >> 3) + 3) % size;
                let is_rare = symbol_of_cell[cell].is_some_and(|symbol| counts[usize::from(symbol)] == -1);
                if !is_rare {
                    break;
                }
            }
        }
    }
    let mut states: Vec<u32> = (0..size as u32).collect();
    states.sort_by_key(|&cell| symbol_of_cell[cell as usize]);
    states.iter().map(|cell| cell + size as u32).collect()
}

//! What the range coder has learned of a datagram: which bytes followed which.

/// The longest context, in bytes.
pub(super) const ORDER: usize = 2;

/// The context of no byte.
pub(super) const ROOT: u16 = 0;

/// Enough symbols for the largest datagram; when they are used up, the model starts anew.
const SYMBOLS: usize = 4096;

/// How much an escape weighs more, each time a byte is new in a context.
const ESCAPE_DELTA: u16 = 5;

/// The largest total of a context before it is rescaled.
const MAXIMUM_TOTAL: u16 = u16::MAX - 0xff;

#[derive(Clone, Copy, Debug, Default)]
struct Symbol {
    value: u8,
    count: u8,
    /// The counts of this node and its left subtree.
    under: u16,
    left: u16,
    right: u16,
    /// As a context: the root of the tree of its symbols.
    symbols: u16,
    escapes: u16,
    total: u16,
    /// The symbol for the same byte in the next shorter context.
    parent: u16,
}

/// The part of a context's total that a symbol has: where it starts, and its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) under: u16,
    pub(super) count: u16,
}

/// How a byte is to be coded in a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Coding {
    /// `None` if the byte is new.
    pub(super) interval: Option<Interval>,
    pub(super) escapes: u16,
    pub(super) total: u16,
}

#[derive(Debug)]
pub(super) struct Model {
    symbols: Box<[Symbol; SYMBOLS]>,
    next: u16,
}

/// In the root, each byte that was not seen yet weighs one.
const fn minimum(context: u16) -> u16 {
    if context == ROOT { 1 } else { 0 }
}

/// How much a symbol weighs more, each time it is seen.
const fn delta(context: u16) -> u8 {
    if context == ROOT { 3 } else { 2 }
}

impl Model {
    pub(super) fn new() -> Self {
        Self { symbols: Box::new([Symbol::default(); SYMBOLS]), next: 0 }
    }

    /// Forgets all but the root.
    pub(super) fn clear(&mut self) {
        self.next = 0;
        let root = self.create(0, 0);
        *self.at(root) = Symbol { escapes: 1, total: 1 + 256, ..Symbol::default() };
    }

    /// Whether there might be too few symbols for another byte: it needs one in each context.
    pub(super) fn is_full(&self) -> bool {
        usize::from(self.next) >= SYMBOLS - ORDER
    }

    pub(super) fn parent(&self, symbol: u16) -> u16 {
        self.symbols[usize::from(symbol)].parent
    }

    pub(super) fn set_parent(&mut self, symbol: u16, parent: u16) {
        self.at(symbol).parent = parent;
    }

    /// Escapes and total of a context.
    pub(super) fn totals(&self, context: u16) -> (u16, u16) {
        let context = &self.symbols[usize::from(context)];
        (context.escapes, context.total)
    }

    /// Counts `byte` in `context`. Returns its symbol, and how to code it as the context was before.
    pub(super) fn update(&mut self, context: u16, byte: u8) -> (u16, Coding) {
        let (escapes, total) = self.totals(context);
        let (symbol, Interval { under, count }) = self.insert(context, byte);
        let interval = (count > 0).then_some(Interval { under: escapes + under, count });
        self.count(context, count);
        (symbol, Coding { interval, escapes, total })
    }

    /// Counts the byte at `code` in `context`. Returns its symbol, its value, and its part of the total as it was before.
    /// `None` if no byte is there, as only malformed input has it.
    pub(super) fn find(&mut self, context: u16, code: u16) -> Option<(u16, u8, Interval)> {
        let (escapes, _) = self.totals(context);
        let (symbol, value, Interval { under, count }) = self.locate(context, code.checked_sub(escapes)?)?;
        self.count(context, count);
        Some((symbol, value, Interval { under: escapes + under, count }))
    }

    fn at(&mut self, symbol: u16) -> &mut Symbol {
        &mut self.symbols[usize::from(symbol)]
    }

    fn create(&mut self, value: u8, count: u8) -> u16 {
        let symbol = self.next;
        self.next += 1;
        *self.at(symbol) = Symbol { value, count, under: count.into(), ..Symbol::default() };
        symbol
    }

    /// Finds or adds `byte` in the tree of `context`, and counts it there.
    fn insert(&mut self, context: u16, byte: u8) -> (u16, Interval) {
        let (minimum, delta) = (minimum(context), delta(context));
        let mut interval = Interval { under: u16::from(byte) * minimum, count: minimum };
        let mut index = self.at(context).symbols;
        if index == 0 {
            let symbol = self.create(byte, delta);
            self.at(context).symbols = symbol;
            return (symbol, interval);
        }
        loop {
            let node = self.at(index);
            let child = if byte < node.value {
                node.under += u16::from(delta);
                node.left
            } else if byte > node.value {
                interval.under += node.under;
                node.right
            } else {
                interval.count += u16::from(node.count);
                interval.under += node.under - u16::from(node.count);
                node.under += u16::from(delta);
                node.count += delta;
                return (index, interval);
            };
            if child == 0 {
                let symbol = self.create(byte, delta);
                self.adopt(index, symbol);
                return (symbol, interval);
            }
            index = child;
        }
    }

    /// Finds the byte at `code` in the tree of `context`, and counts it there. The root has all bytes.
    fn locate(&mut self, context: u16, code: u16) -> Option<(u16, u8, Interval)> {
        let (minimum, delta) = (minimum(context), delta(context));
        let mut index = self.at(context).symbols;
        if index == 0 {
            let value = u8::try_from(code).ok().filter(|_| context == ROOT)?;
            let symbol = self.create(value, delta);
            self.at(context).symbols = symbol;
            return Some((symbol, value, Interval { under: code, count: minimum }));
        }
        let mut under = 0;
        loop {
            let node = self.at(index);
            let after = under + node.under + (u16::from(node.value) + 1) * minimum;
            let before = after - (u16::from(node.count) + minimum);
            let (child, new_value) = if code >= after {
                under += node.under;
                (node.right, (u16::from(node.value) + 1).checked_add(code - after))
            } else if code < before {
                node.under += u16::from(delta);
                (node.left, u16::from(node.value).checked_sub(before - code))
            } else {
                let count = minimum + u16::from(node.count);
                node.under += u16::from(delta);
                node.count += delta;
                return Some((index, node.value, Interval { under: before, count }));
            };
            if child == 0 {
                let value = new_value.and_then(|value| u8::try_from(value).ok()).filter(|_| context == ROOT)?;
                let symbol = self.create(value, delta);
                self.adopt(index, symbol);
                return Some((symbol, value, Interval { under: code, count: minimum }));
            }
            index = child;
        }
    }

    fn adopt(&mut self, node: u16, child: u16) {
        let value = self.at(child).value;
        let node = self.at(node);
        if value < node.value {
            node.left = child;
        } else {
            node.right = child;
        }
    }

    /// Adds to the totals of `context` after a symbol that had `count`.
    fn count(&mut self, context: u16, count: u16) {
        let delta = u16::from(delta(context));
        let totals = self.at(context);
        totals.total += delta;
        if count == 0 {
            totals.escapes += ESCAPE_DELTA;
            totals.total += ESCAPE_DELTA;
        }
        if count > 0xff - 2 * delta + minimum(context) || totals.total > MAXIMUM_TOTAL {
            self.rescale(context);
        }
    }

    /// Halves the counts of `context`.
    fn rescale(&mut self, context: u16) {
        let symbols = self.at(context).symbols;
        let counts = if symbols == 0 { 0 } else { self.rescale_tree(symbols) };
        let context_minimum = 256 * minimum(context);
        let totals = self.at(context);
        totals.escapes -= totals.escapes >> 1;
        totals.total = counts + totals.escapes + context_minimum;
    }

    fn rescale_tree(&mut self, mut index: u16) -> u16 {
        let mut total = 0;
        loop {
            let node = self.at(index);
            node.count -= node.count >> 1;
            node.under = node.count.into();
            let (left, right) = (node.left, node.right);
            if left != 0 {
                let under = self.rescale_tree(left);
                self.at(index).under += under;
            }
            total += self.at(index).under;
            if right == 0 {
                return total;
            }
            index = right;
        }
    }
}

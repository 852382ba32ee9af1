//! What a link does to datagrams.

use std::time::Duration;

use proptest::prelude::*;

/// How long a datagram takes where nothing is in its way.
const TRAVEL: Duration = Duration::from_millis(20);

/// What arrives of one datagram: nothing, itself, or several copies, in any order with those of others.
pub type Fate = Vec<Copy>;

/// One datagram that arrives.
#[derive(Debug, Clone)]
pub struct Copy {
    /// How long it takes longer than others.
    pub late: Duration,
    pub damage: Damage,
}

/// What became of the bytes. Where: in parts of 2^16 of the datagram.
#[derive(Debug, Clone)]
pub enum Damage {
    None,
    /// It ends there.
    Cut(u16),
    /// Bits are inverted there.
    Flip(u16, u8),
}

/// A link, the same in both directions.
#[derive(Debug, Clone)]
pub struct Link {
    /// Of the datagrams, in turns, until the link heals.
    pub fates: Vec<Fate>,
    /// How long after the start of the simulation it only delivers.
    pub heals_at: Duration,
    /// Longer datagrams never arrive, in bytes.
    pub mtu: usize,
}

impl Link {
    /// Loses and changes nothing.
    pub fn good() -> Self {
        Self { fates: Vec::new(), heals_at: Duration::ZERO, mtu: usize::MAX }
    }

    /// What arrives, and after how long, of the `number`th datagram that was sent at `now`.
    pub fn carry(&self, number: usize, datagram: &[u8], now: Duration) -> Vec<(Duration, Vec<u8>)> {
        if datagram.len() > self.mtu {
            return Vec::new();
        }
        if now >= self.heals_at || self.fates.is_empty() {
            return vec![(TRAVEL, datagram.to_vec())];
        }
        self.fates[number % self.fates.len()]
            .iter()
            .map(|copy| (TRAVEL + copy.late, copy.damage.apply(datagram)))
            .collect()
    }
}

impl Damage {
    fn apply(&self, datagram: &[u8]) -> Vec<u8> {
        let at = |part: u16| (datagram.len() * usize::from(part)) >> 16;
        let mut bytes = datagram.to_vec();
        match self {
            Self::None => {}
            Self::Cut(part) => bytes.truncate(at(*part)),
            Self::Flip(part, bits) => bytes[at(*part)] ^= bits,
        }
        bytes
    }
}

/// How bad it gets, in percent of the datagrams.
#[derive(Debug, Clone, Copy)]
pub struct Climate {
    pub loss: u32,
    pub duplication: u32,
    pub cut: u32,
    pub flip: u32,
    /// How much later than others a datagram may arrive, in milliseconds.
    pub late: u64,
}

impl Climate {
    /// Any that is at most as bad.
    pub fn up_to(worst: Self) -> impl Strategy<Value = Self> {
        let parts = (0..=worst.loss, 0..=worst.duplication, 0..=worst.cut, 0..=worst.flip, 0..=worst.late);
        parts.prop_map(|(loss, duplication, cut, flip, late)| Self { loss, duplication, cut, flip, late })
    }
}

/// Links of a climate that heal at some time.
pub fn link(
    climate: impl Strategy<Value = Climate>,
    heals_at: impl Strategy<Value = Duration>,
) -> impl Strategy<Value = Link> {
    let fates = climate.prop_flat_map(|climate| prop::collection::vec(fate(climate), 1..64));
    (fates, heals_at, 508..=1500_usize).prop_map(|(fates, heals_at, mtu)| Link { fates, heals_at, mtu })
}

/// What happens to a datagram in a climate.
pub fn fate(climate: Climate) -> impl Strategy<Value = Fate> {
    let Climate { loss, duplication, cut, flip, late } = climate;
    let damage = prop_oneof![
        (100 - cut - flip) => Just(Damage::None),
        cut => any::<u16>().prop_map(Damage::Cut),
        flip => (any::<u16>(), 1..=255_u8).prop_map(|(part, bits)| Damage::Flip(part, bits)),
    ];
    let copy = (prop_oneof![Just(0), 0..=late], damage)
        .prop_map(|(late, damage)| Copy { late: Duration::from_millis(late), damage });
    let arrives = prop_oneof![
        (100 - duplication) => prop::collection::vec(copy.clone(), 1),
        duplication => prop::collection::vec(copy, 2..4),
    ];
    prop_oneof![loss => Just(Vec::new()), (100 - loss) => arrives]
}

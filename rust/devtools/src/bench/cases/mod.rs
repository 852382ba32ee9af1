//! What is measured, most telling first.

mod attack;
mod echo;
mod handshake;
mod in_memory;
mod join;
mod memory;
mod multiplayer;
mod one_way;

use anyhow::Result;

use super::bench_run::Bench;
use super::metric::Implementation::{
    self, Batch, Batched, Dimpl, DropIn, DtlsCore, Enet, EnetDtls, EnetOpenSsl, Engine, Native, OpenSsl, Udp,
};
use super::metric::Metric;

pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) implementations: &'static [Implementation],
    pub(crate) measure: fn(&Bench<'_>, Implementation) -> Result<Vec<Metric>>,
}

const MULTIPLAYER: &[Implementation] = &[Enet, EnetDtls, EnetOpenSsl];

pub(crate) const CASES: &[Case] = &[
    Case { name: "handshake", implementations: &[Engine, DropIn, Native, Batched], measure: handshake::cost },
    Case { name: "echo-clients", implementations: &[Engine, DropIn, Native, Batch, Udp], measure: echo::by_clients },
    Case {
        name: "echo-rate",
        implementations: &[Engine, DropIn, Native, Batch, Udp, Batched],
        measure: echo::at_a_rate,
    },
    Case { name: "echo-thousands", implementations: &[Native, Batch], measure: echo::of_ten_thousand },
    Case { name: "echo-sizes", implementations: &[Engine, DropIn, Native, Udp], measure: echo::by_sizes },
    Case { name: "one-way", implementations: &[Engine, DropIn, Native, Udp], measure: one_way::throughput },
    Case { name: "join", implementations: &[Engine, DropIn, Native], measure: join::storm },
    Case { name: "round-trip", implementations: &[Engine, DropIn, Native], measure: join::round_trip },
    Case { name: "memory", implementations: &[Engine, DropIn, Native], measure: memory::of_a_storm },
    Case { name: "attack", implementations: &[Engine, DropIn, Native], measure: attack::floods_of_hellos },
    Case { name: "multiplayer-rpcs", implementations: MULTIPLAYER, measure: multiplayer::rpcs::by_clients },
    Case { name: "multiplayer-thousands", implementations: MULTIPLAYER, measure: multiplayer::rpcs::of_thousands },
    Case { name: "multiplayer-join", implementations: MULTIPLAYER, measure: multiplayer::join::one_and_all },
    Case { name: "multiplayer-memory", implementations: MULTIPLAYER, measure: multiplayer::memory::of_a_client },
    Case { name: "multiplayer-message", implementations: MULTIPLAYER, measure: multiplayer::message::under_loss },
    Case { name: "in-memory", implementations: &[OpenSsl, DtlsCore, Dimpl], measure: in_memory::compare },
];

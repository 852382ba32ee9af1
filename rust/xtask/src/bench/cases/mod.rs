//! What is measured, most telling first.

mod cost;
mod flood;
mod frames;
mod growth;
mod handshake;
mod in_memory;
mod join;
mod memory;
mod one_way;
mod restart;
mod steady;

use anyhow::Result;

use super::bench_run::Bench;
use super::metric::{Implementation, Metric};

pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) implementations: &'static [Implementation],
    pub(crate) measure: fn(&Bench<'_>, Implementation) -> Result<Vec<Metric>>,
}

use Implementation::{Batch, Dimpl, DropIn, Engine, Kernel, Limit, Native, Session, Udp};

/// Those that serve, and the parts of a server.
const SERVERS: &[Implementation] = &[Engine, DropIn, Native, Batch, Udp, Limit, Kernel];

pub(crate) const CASES: &[Case] = &[
    Case { name: "handshake", implementations: &[Engine, DropIn, Native, Limit], measure: handshake::cost },
    Case {
        name: "client-handshake",
        implementations: &[Engine, DropIn, Native, Limit],
        measure: handshake::cost_of_client,
    },
    Case { name: "frame-100", implementations: SERVERS, measure: frames::of_100 },
    Case { name: "put-get-100", implementations: &[Engine, DropIn, Native, Batch, Udp], measure: frames::put_and_get },
    Case { name: "frame-500", implementations: SERVERS, measure: frames::of_500 },
    Case { name: "frame-1000", implementations: SERVERS, measure: frames::of_1000 },
    Case { name: "clients", implementations: SERVERS, measure: growth::by_clients },
    Case { name: "broadcast-1000", implementations: &[Engine, DropIn, Native, Udp], measure: frames::broadcast },
    Case { name: "one-way", implementations: &[Engine, DropIn, Native, Batch, Udp], measure: one_way::throughput },
    Case { name: "burst-3000", implementations: &[Native, Batch], measure: frames::burst_of_3000 },
    Case { name: "scale", implementations: &[Native, Batch], measure: growth::scale },
    Case {
        name: "steady-1000",
        implementations: &[Engine, DropIn, Native, Batch, Udp],
        measure: steady::echo_at_20_hertz,
    },
    Case { name: "join-300", implementations: &[Engine, DropIn, Native], measure: join::of_300 },
    Case { name: "join-1000", implementations: &[Engine, DropIn, Native], measure: join::of_1000 },
    Case { name: "join-3000", implementations: &[Native], measure: join::of_3000 },
    Case { name: "memory-1000", implementations: &[Engine, DropIn, Native], measure: memory::of_1000 },
    Case { name: "connect", implementations: &[Engine, DropIn, Native], measure: handshake::frames_to_connected },
    Case { name: "round-trip", implementations: &[Engine, DropIn, Native, Udp], measure: join::round_trip },
    Case { name: "flood", implementations: &[Engine, DropIn, Native], measure: flood::of_first_hellos },
    Case { name: "attack-valid", implementations: &[Engine, DropIn, Native], measure: flood::of_valid_hellos },
    Case { name: "attack-forged", implementations: &[Engine, DropIn, Native], measure: flood::of_forged_hellos },
    Case { name: "in-memory", implementations: &[Limit, Session, Dimpl], measure: in_memory::compare },
    Case { name: "restart", implementations: &[Engine, DropIn, Native], measure: restart::on_the_same_port },
];

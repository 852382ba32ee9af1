//! What `cargo xtask bench` measures with, without Godot.

mod attack;
mod clients;
mod commands;
mod in_memory;
mod link;
mod player;
mod round_trips;
mod rpc;

use std::net::SocketAddr;

use anyhow::Result;
use clap::Parser;

use crate::in_memory::Implementation;
use crate::link::{Delivery, Links, Trust};

#[derive(Parser)]
enum Program {
    /// Clients so cheap that what is measured is the server; they do what each line of the input says
    Load {
        /// The server to load
        server: SocketAddr,
        /// What to speak with it
        #[arg(value_enum, default_value_t = Trust::Certificate)]
        trust: Trust,
        /// The server is a multiplayer server, whose RPCs are called like that
        #[arg(long, value_enum)]
        rpcs: Option<Delivery>,
    },
    /// Handshakes and packets without sockets: what they take, in microseconds
    InMemory { implementation: Implementation },
}

fn main() -> Result<()> {
    match Program::parse() {
        Program::Load { server, trust, rpcs } => commands::run(server, Links::new(trust, rpcs)?),
        Program::InMemory { implementation } => {
            println!("{}", in_memory::measure(implementation)?);
            Ok(())
        }
    }
}

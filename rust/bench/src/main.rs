//! What `cargo xtask bench` measures with, without Godot.

mod attack;
mod clients;
mod commands;
mod in_memory;
mod link;
mod round_trips;

use std::net::SocketAddr;

use anyhow::Result;
use clap::Parser;

use crate::in_memory::Implementation;
use crate::link::Trust;

#[derive(Parser)]
enum Program {
    /// Clients so cheap that what is measured is the server; they do what each line of the input says
    Load {
        /// The server to load
        server: SocketAddr,
        /// What to speak with it
        #[arg(value_enum, default_value_t = Trust::Certificate)]
        trust: Trust,
    },
    /// Handshakes and packets without sockets: what they take, in microseconds
    InMemory { implementation: Implementation },
}

fn main() -> Result<()> {
    match Program::parse() {
        Program::Load { server, trust } => commands::run(server, trust),
        Program::InMemory { implementation } => {
            println!("{}", in_memory::measure(implementation)?);
            Ok(())
        }
    }
}

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
use crate::link::{Links, Message, Trust};

#[derive(Parser)]
enum Program {
    /// Clients so cheap that what is measured is the server; they do what each line of the input says
    Load {
        /// The server to load
        server: SocketAddr,
        /// What to speak with it
        #[arg(value_enum, default_value_t = Trust::Certificate)]
        trust: Trust,
        /// The server is a multiplayer server, to send such messages to
        #[arg(long, value_enum)]
        multiplayer: Option<Message>,
    },
    /// Handshakes and packets without sockets: what they take, in microseconds
    InMemory { implementation: Implementation },
}

fn main() -> Result<()> {
    match Program::parse() {
        Program::Load { server, trust, multiplayer } => commands::run(server, Links::new(trust, multiplayer)?),
        Program::InMemory { implementation } => {
            println!("{}", in_memory::measure(implementation)?);
            Ok(())
        }
    }
}

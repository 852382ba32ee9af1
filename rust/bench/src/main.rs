//! What `cargo xtask bench` measures with, without Godot.

mod attack;
#[cfg(target_os = "linux")]
mod batched_server;
mod clients;
mod commands;
mod identity;
mod in_memory;
mod link;
mod player;
mod raw_openssl;
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
    /// A server on raw OpenSSL and batched system calls; it does what each line of the input says
    #[cfg(target_os = "linux")]
    Serve {
        #[arg(value_enum, default_value_t = batched_server::Trusted::Certificate)]
        trusted: batched_server::Trusted,
    },
    /// Handshakes and packets without sockets: what they take, in microseconds
    InMemory { implementation: Implementation },
}

fn main() -> Result<()> {
    match Program::parse() {
        Program::Load { server, trust, multiplayer } => commands::run(server, Links::new(trust, multiplayer)?),
        #[cfg(target_os = "linux")]
        Program::Serve { trusted } => batched_server::run(trusted),
        Program::InMemory { implementation } => {
            println!("{}", in_memory::measure(implementation)?);
            Ok(())
        }
    }
}

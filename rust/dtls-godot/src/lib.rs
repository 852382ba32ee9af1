//! Counterparts of Godot's DTLS classes, over OpenSSL.
//!
//! | Godot's class | counterpart | module |
//! |---|---|---|
//! | TLSOptions | TLSOptionsOpenSSL | `options` |
//! | DTLSServer | DTLSServerOpenSSL | `server` |
//! | PacketPeerDTLS | PacketPeerDTLSOpenSSL | `peer` |
//! | ENetMultiplayerPeer | ENetMultiplayerPeerOpenSSL | `multiplayer` |
//!
//! DTLSPacketBatchOpenSSL, in `packet_batch`, has no counterpart.
//!
//! `dtls-core` implements DTLS, and `dtls-io` the sockets and threads. This crate adds Godot's types, statuses and error
//! codes.

mod class_enum;
#[cfg(all(test, feature = "godot-4-3"))] // as gdext's register-docs
mod class_help;
mod error;
mod ffi;
mod io_buffers;
mod limits;
mod message;
mod multiplayer;
mod opt_gd;
mod options;
mod packet_batch;
mod peer;
mod pem;
mod report;
mod server;
mod shared_acceptor;
mod udp;

#[cfg(not(system_malloc))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

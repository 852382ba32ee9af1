//! OpenSSL-backed twins of Godot's DTLS classes.
//!
//! | Godot's class | twin | in |
//! |---|---|---|
//! | TLSOptions | TLSOptionsOpenSSL | `options` |
//! | DTLSServer | DTLSServerOpenSSL | `server` |
//! | PacketPeerDTLS | PacketPeerDTLSOpenSSL | `peer` |
//!
//! Thin glue: what DTLS does is in `dtls-core`; here are Godot's types, statuses and error codes.

mod class_enum;
mod error;
mod ffi;
mod io_buffers;
mod limits;
mod message;
mod opt_gd;
mod options;
mod peer;
mod pem;
mod report;
mod server;
mod shared_acceptor;
mod udp;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

//! OpenSSL-backed twins of Godot's DTLS classes.
//!
//! | Godot's class | twin | in |
//! |---|---|---|
//! | TLSOptions | TLSOptionsOpenSSL | `options` |
//! | DTLSServer | DTLSServerOpenSSL | `server` |
//! | PacketPeerDTLS | PacketPeerDTLSOpenSSL | `peer`, `peer_facts` |
//!
//! Thin glue: what DTLS does is in `dtls-core`; here are Godot's types, statuses and error codes.

mod class_enum;
mod config;
mod drop_in;
mod ffi;
mod limits;
mod link;
mod monitors;
mod native;
mod options;
mod peer;
mod peer_facts;
mod pem;
mod refusal;
mod server;
mod shared_acceptor;
mod status;
mod udp;
mod wire;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

//! What is fuzzed: a function for each kind of input, which panics if something is wrong.

mod acceptor;
mod connected;
mod datagram;
mod enet;
mod handshake;
mod options;
mod pem;
mod pin;

/// The name of a target, and what it does with an input.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// All of them.
pub(crate) const ALL: [Target; 11] = [
    ("datagram", datagram::run),
    ("acceptor", acceptor::run),
    ("handshake_server", handshake::server),
    ("handshake_client", handshake::client),
    ("connected", connected::run),
    ("pem", pem::run),
    ("pin", pin::run),
    ("options", options::run),
    ("enet_datagrams", enet::datagrams::run),
    ("enet_commands", enet::commands::run),
    ("enet_compression", enet::compression::run),
];

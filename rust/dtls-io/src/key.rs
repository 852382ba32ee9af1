//! Keys for the sockets, connections, requests and ENet hosts of an I/O thread.

use slotmap::new_key_type;

new_key_type! {
    /// A socket of an I/O thread.
    pub(crate) struct EndpointKey;
    /// A connection of an I/O thread.
    pub(crate) struct PeerKey;
    /// A request to connect that is in progress.
    pub(crate) struct RequestKey;
    /// An ENet host on an I/O thread.
    pub(crate) struct HostKey;
}

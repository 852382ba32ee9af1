//! What an I/O thread calls its sockets, connections and requests.

use slotmap::new_key_type;

new_key_type! {
    /// A socket of an I/O thread.
    pub(crate) struct EndpointKey;
    /// A connection of an I/O thread.
    pub(crate) struct PeerKey;
    /// A request to connect that is under way.
    pub(crate) struct RequestKey;
}

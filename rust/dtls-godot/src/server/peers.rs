//! How to send to the peers that a listening server has handed out, by their IDs.

use std::collections::HashMap;

use dtls_io::Sender;
use godot::obj::Gd;

use crate::peer::PacketPeerDtls;

/// Among fewer peers than these it is not worth looking for those that are gone.
const FEW: usize = 64;

/// Peers, some of which the script may have freed since.
#[derive(Default)]
pub(crate) struct Peers {
    senders: HashMap<i64, Sender>,
    /// When there are more, those that are gone are removed.
    most: usize,
}

impl Peers {
    pub(crate) fn add(&mut self, peer: &Gd<PacketPeerDtls>) {
        if self.senders.len() >= self.most.max(FEW) {
            self.senders.retain(|_, sender| !sender.is_gone());
            self.most = 2 * self.senders.len();
        }
        if let Some(connection) = peer.bind().connection() {
            self.senders.insert(peer.instance_id().to_i64(), connection.sender());
        }
    }

    /// The peer with this ID, which may be any number. `None` if this server has not handed out such a peer.
    pub(crate) fn get(&self, id: i64) -> Option<&Sender> {
        self.senders.get(&id)
    }
}

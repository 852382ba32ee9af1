//! The peers that a listening server has handed out, by ID.

use std::collections::HashSet;

use godot::obj::{Gd, InstanceId};

use crate::ffi::peer_by_id;
use crate::peer::PacketPeerDtls;

/// Fewer IDs than these are not worth looking for freed peers among them.
const FEW: usize = 64;

/// The IDs of peers, which a script may have freed since.
#[derive(Default)]
pub(crate) struct Peers {
    ids: HashSet<i64>,
    /// When there are more IDs, those of freed peers are removed.
    most: usize,
}

impl Peers {
    pub(crate) fn add(&mut self, peer: &Gd<PacketPeerDtls>) {
        if self.ids.len() >= self.most.max(FEW) {
            self.ids.retain(|id| find(*id).is_some());
            self.most = 2 * self.ids.len();
        }
        self.ids.insert(peer.instance_id().to_i64());
    }

    /// The peer with this ID, which may be any number. `None` if no peer of this server has it, or not any more.
    pub(crate) fn get(&self, id: i64) -> Option<Gd<PacketPeerDtls>> {
        // Only IDs of peers may be looked up.
        self.ids.get(&id).and_then(|id| find(*id))
    }
}

fn find(id: i64) -> Option<Gd<PacketPeerDtls>> {
    peer_by_id(InstanceId::try_from_i64(id)?)
}

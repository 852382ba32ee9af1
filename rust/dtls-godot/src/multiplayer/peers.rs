//! ENetMultiplayerPeerOpenSSL: its peers.

use std::sync::Arc;

use godot::builtin::{VarDictionary, vdict};
use godot::global::Error;
use godot::obj::Gd;
use godot::register::godot_api;

use super::EnetMultiplayerPeer;
use crate::peer::PacketPeerDtls;
use crate::report::ReleaseBorrow as _;

#[godot_api(secondary)]
impl EnetMultiplayerPeer {
    /// The connection under a peer: its identity, fingerprint, address and statistics, known before
    /// [signal MultiplayerPeer.peer_connected]. Packets go through the multiplayer peer only. [code]null[/code] and an error
    /// if there is no such peer. On a client, the server is peer 1.
    ///
    /// ```gdscript
    /// multiplayer.peer_connected.connect(func(id: int) -> void:
    /// 	print("%d is %s" % [id, enet.get_peer(id).get_psk_identity()]))
    /// ```
    #[func]
    fn get_peer(&mut self, id: i64) -> Option<Gd<PacketPeerDtls>> {
        let member = self.active.as_mut().and_then(|active| active.peers.get_mut(&i32::try_from(id).ok()?));
        let Some(member) = member else {
            self.refuse_unknown("get_peer", id);
            return None;
        };
        let connection = &member.connection;
        let handle = member.handle.get_or_insert_with(|| PacketPeerDtls::of_multiplayer(Arc::clone(connection)));
        Some(handle.clone())
    }

    /// What ENet has measured of a peer, with the names and scales of [enum ENetPacketPeer.PeerStatistic]:
    /// [code]packet_loss[/code] and [code]packet_loss_variance[/code] (of 65536), [code]packet_loss_epoch[/code],
    /// [code]round_trip_time[/code], [code]round_trip_time_variance[/code], [code]last_round_trip_time[/code] and
    /// [code]last_round_trip_time_variance[/code] (in milliseconds), [code]packet_throttle[/code],
    /// [code]packet_throttle_limit[/code], [code]packet_throttle_counter[/code], [code]packet_throttle_epoch[/code],
    /// [code]packet_throttle_acceleration[/code], [code]packet_throttle_deceleration[/code] and
    /// [code]packet_throttle_interval[/code]. Also: [code]retransmissions[/code], [code]queued_bytes[/code] that wait to be
    /// sent or acknowledged, and [code]waiting_bytes[/code] that wait to be complete, in order or read. Empty, with an error,
    /// if there is no such peer.
    ///
    /// ```gdscript
    /// print("Round trip: %d ms" % enet.get_peer_statistics(1).round_trip_time)
    /// ```
    #[func]
    fn get_peer_statistics(&mut self, id: i64) -> VarDictionary {
        let member = self.active.as_ref().and_then(|active| active.peers.get(&i32::try_from(id).ok()?));
        let Some(member) = member else {
            self.refuse_unknown("get_peer_statistics", id);
            return VarDictionary::new();
        };
        let figures = member.connection.enet_statistics();
        vdict! {
            "packet_loss" => i64::from(figures.packet_loss),
            "packet_loss_variance" => i64::from(figures.packet_loss_variance),
            "packet_loss_epoch" => figures.packet_loss_epoch as i64,
            "round_trip_time" => figures.round_trip_time as i64,
            "round_trip_time_variance" => figures.round_trip_time_variance as i64,
            "last_round_trip_time" => figures.last_round_trip_time as i64,
            "last_round_trip_time_variance" => figures.last_round_trip_time_variance as i64,
            "packet_throttle" => i64::from(figures.packet_throttle),
            "packet_throttle_limit" => i64::from(figures.packet_throttle_limit),
            "packet_throttle_counter" => i64::from(figures.packet_throttle_counter),
            "packet_throttle_epoch" => figures.packet_throttle_epoch as i64,
            "packet_throttle_acceleration" => i64::from(figures.packet_throttle_acceleration),
            "packet_throttle_deceleration" => i64::from(figures.packet_throttle_deceleration),
            "packet_throttle_interval" => i64::from(figures.packet_throttle_interval),
            "retransmissions" => figures.retransmissions as i64,
            "queued_bytes" => figures.queued_data as i64,
            "waiting_bytes" => figures.waiting_data as i64,
        }
    }
}

impl EnetMultiplayerPeer {
    pub(crate) fn disconnect(&mut self, id: i32, force: bool) {
        if !self.active.as_mut().is_some_and(|active| active.disconnect(id, force)) {
            self.refuse_unknown("disconnect_peer", i64::from(id));
        } else if force && !self.is_hosting() {
            self.close_network();
        }
    }

    fn refuse_unknown(&mut self, method: &str, id: i64) {
        let message = format!("ENetMultiplayerPeerOpenSSL.{method}: there is no peer {id}.");
        self.refuse(Error::ERR_INVALID_PARAMETER, &message);
    }
}

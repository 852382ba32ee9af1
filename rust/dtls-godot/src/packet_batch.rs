//! DTLSPacketBatchOpenSSL: many packets in a few arrays.
#![allow(unreachable_pub)] // The accessors that #[var] adds are public.

use godot::builtin::{PackedByteArray, PackedInt32Array, PackedInt64Array};
use godot::classes::RefCounted;
use godot::obj::Base;
use godot::register::{GodotClass, godot_api};

/// Packets from many peers, or for many peers. A packet is not an object of its own, but a part of [member data], where a
/// script decodes it in place. See [method DTLSServerOpenSSL.take_packets] and [method DTLSServerOpenSSL.put_packets].
///
/// The packet at index [code]i[/code] is of the peer [code]peers[i][/code], and is [code]lengths[i][/code] bytes long from
/// [code]data[offsets[i]][/code] on. These three arrays are equally long.
///
/// Read the arrays into variables before a loop. Each use of a property is a call.
///
/// ```gdscript
/// func _process(_delta: float) -> void:
/// 	var batch := server.take_packets()
/// 	var peers := batch.peers
/// 	var offsets := batch.offsets
/// 	var lengths := batch.lengths
/// 	var data := batch.data
/// 	for i in peers.size():
/// 		var start := offsets[i]
/// 		if lengths[i] == 8: # Players can send packets of any length.
/// 			move_player(peers[i], Vector2(data.decode_float(start), data.decode_float(start + 4)))
/// ```
#[derive(GodotClass)]
#[class(init, tool, base = RefCounted, rename = DTLSPacketBatchOpenSSL)]
pub(crate) struct PacketBatch {
    /// For each packet, the instance ID ([method Object.get_instance_id]) of its [PacketPeerDTLSOpenSSL]. It stays the same
    /// for as long as the peer exists, and no other object gets it.
    ///
    /// ```gdscript
    /// players[peer.get_instance_id()] = "Ada"
    /// ```
    #[var]
    pub(crate) peers: PackedInt64Array,
    /// For each packet, where it begins in [member data], in bytes. Packets that are sent may overlap. So several peers can
    /// get the same bytes.
    ///
    /// ```gdscript
    /// var health := data.decode_u8(offsets[i])
    /// ```
    #[var]
    pub(crate) offsets: PackedInt64Array,
    /// For each packet, its length in bytes. Check it before you decode a packet: players can send packets of any length.
    ///
    /// ```gdscript
    /// if lengths[i] == 2:
    /// 	print(data.decode_u16(offsets[i]))
    /// ```
    #[var]
    pub(crate) lengths: PackedInt32Array,
    /// The bytes of the packets.
    ///
    /// ```gdscript
    /// var packet := data.slice(offsets[i], offsets[i] + lengths[i])
    /// ```
    #[var]
    pub(crate) data: PackedByteArray,
    base: Base<RefCounted>,
}

#[godot_api]
impl PacketBatch {}

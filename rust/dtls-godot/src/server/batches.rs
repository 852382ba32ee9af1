//! The packets of a frame in one call: DTLSServerOpenSSL.take_packets and put_packets.

use dtls_io::{Bundle, SendError};
use godot::builtin::{PackedByteArray, PackedInt32Array, PackedInt64Array};
use godot::global::Error;
use godot::obj::{Gd, NewGd as _};
use godot::register::godot_api;

use super::DtlsServer;
use crate::opt_gd::OrNull;
use crate::packet_batch::PacketBatch;
use crate::report::ReleaseBorrow as _;

#[godot_api(secondary)]
impl DtlsServer {
    /// Takes all waiting packets of all peers in one call. Use it in a game that processes the traffic of a whole frame at
    /// once: it costs less than [method get_ready_peers] and two calls for each packet. Each peer's packets come oldest
    /// first. Packets of a client that [method take_connection] has not returned yet wait until it has.
    ///
    /// ```gdscript
    /// var batch := server.take_packets()
    /// var offsets := batch.offsets
    /// var data := batch.data
    /// for i in offsets.size():
    /// 	print(data.decode_u8(offsets[i]))
    /// ```
    #[func]
    fn take_packets(&mut self) -> Gd<PacketBatch> {
        self.report_failed_threads();
        let (mut peers, mut offsets, mut lengths, mut data) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        if let Some(server) = &mut self.native {
            server.take_packets(|tag, packet| {
                peers.push(tag);
                offsets.push(data.len() as i64);
                lengths.push(packet.len() as i32);
                data.extend_from_slice(packet);
            });
        }
        let mut taken = PacketBatch::new_gd();
        let mut batch = taken.bind_mut();
        batch.peers = PackedInt64Array::from(peers);
        batch.offsets = PackedInt64Array::from(offsets);
        batch.lengths = PackedInt32Array::from(lengths);
        batch.data = PackedByteArray::from(data);
        drop(batch);
        taken
    }

    /// Sends many packets in one call. Packets to peers that are no longer connected, or that are not this server's, are
    /// skipped and counted (see [method get_statistics]).
    ///
    /// Returns [constant @GlobalScope.ERR_INVALID_PARAMETER] when the arrays of [param batch] are not equally long, and then
    /// sends nothing. Returns it, too, when a packet is not a part of [member DTLSPacketBatchOpenSSL.data] or is larger than
    /// 16384 bytes, and [constant @GlobalScope.ERR_BUSY] when a peer's queue is full. All other packets are still sent.
    ///
    /// ```gdscript
    /// server.put_packets(server.take_packets()) # An echo of the whole frame.
    ///
    /// # The same packet for everybody who is near.
    /// var batch := DTLSPacketBatchOpenSSL.new()
    /// batch.data = snapshot
    /// batch.peers = near
    /// offsets.resize(near.size()) # All begin at 0.
    /// batch.offsets = offsets
    /// lengths.resize(near.size())
    /// lengths.fill(snapshot.size())
    /// batch.lengths = lengths
    /// server.put_packets(batch)
    /// ```
    #[func]
    fn put_packets(&mut self, batch: OrNull<PacketBatch>) -> Error {
        let Some(batch) = &batch.0 else {
            return self.refuse(Error::ERR_INVALID_PARAMETER, "DTLSServerOpenSSL.put_packets: batch is null.");
        };
        let batch = batch.bind();
        let (peers, offsets) = (batch.peers.as_slice(), batch.offsets.as_slice());
        let (lengths, data) = (batch.lengths.as_slice(), batch.data.as_slice());
        if peers.len() != offsets.len() || peers.len() != lengths.len() {
            let message = format!(
                "DTLSServerOpenSSL.put_packets: {} peers, {} offsets and {} lengths; each packet has one of each.",
                peers.len(),
                offsets.len(),
                lengths.len()
            );
            return self.refuse(Error::ERR_INVALID_PARAMETER, &message);
        }
        let mut bundle = Bundle::default();
        let mut outcome = Error::OK;
        for ((id, offset), length) in peers.iter().zip(offsets).zip(lengths) {
            let Some(packet) = part(data, *offset, *length) else {
                outcome = Error::ERR_INVALID_PARAMETER;
                continue;
            };
            let sender = self.peers.get(*id).ok_or(SendError::NotConnected);
            match sender.and_then(|sender| bundle.add(sender, packet)) {
                Ok(()) => {}
                Err(SendError::NotConnected) => self.counts.skipped_packets += 1,
                Err(SendError::TooLarge { .. }) => outcome = Error::ERR_INVALID_PARAMETER,
                Err(SendError::Busy) => outcome = Error::ERR_BUSY,
            }
        }
        bundle.send();
        outcome
    }
}

/// The packet of this place in `data`, if it lies within.
fn part(data: &[u8], offset: i64, length: i32) -> Option<&[u8]> {
    data.get(usize::try_from(offset).ok()?..)?.get(..usize::try_from(length).ok()?)
}

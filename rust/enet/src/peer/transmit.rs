//! Puts datagrams together.

use std::time::Instant;

use super::{Acknowledgement, Peer};
use crate::event::Cause;
use crate::host::Host;
use crate::limits::MAXIMUM_PACKET_COMMANDS;
use crate::outgoing::{OutgoingCommand, Queue};
use crate::protocol::{Command, CommandHeader, HEADER_SIZE, Header, NO_PEER_ID};

/// A datagram that is being made.
struct Datagram<'a> {
    bytes: &'a mut Vec<u8>,
    mtu: usize,
    commands: usize,
    /// Whether a command in it is to be acknowledged, with the time at which it was sent.
    needs_sent_time: bool,
}

impl Datagram<'_> {
    /// Whether a command of `size` bytes still fits.
    fn has_room(&self, size: usize) -> bool {
        self.commands < MAXIMUM_PACKET_COMMANDS && self.bytes.len() + size <= self.mtu
    }

    fn write(&mut self, outgoing: &OutgoingCommand) {
        outgoing.command.write(outgoing.header, outgoing.payload(), self.bytes);
        self.commands += 1;
        self.needs_sent_time |= outgoing.header.wants_acknowledgement;
    }
}

impl Peer {
    /// The next datagram to send, until there is none. It is valid until the host is used again.
    pub fn poll_transmit<'a>(&mut self, now: Instant, host: &'a mut Host) -> Option<&'a [u8]> {
        let now = self.milliseconds(now);
        host.begin_datagram();
        let mut datagram =
            Datagram { bytes: &mut host.datagram, mtu: self.mtu as usize, commands: 0, needs_sent_time: false };
        let ends_connection = self.write_acknowledgements(&mut datagram);
        self.write_commands(&mut datagram, now);
        let Datagram { commands, needs_sent_time, .. } = datagram;
        if ends_connection {
            self.end(self.disconnect_data, Cause::Remote, &mut host.bandwidth);
        }
        self.disconnect_if_done();
        if commands == 0 {
            return None;
        }
        self.loss.update(now);

        let bytes = &mut host.datagram;
        let mut header = Header {
            peer_id: self.outgoing_peer_id,
            session: if self.outgoing_peer_id == NO_PEER_ID { 0 } else { self.outgoing_session },
            is_compressed: false,
            sent_time: needs_sent_time.then_some(now as u16),
        };
        if let Some(compressed) = host.codec.compress(&bytes[HEADER_SIZE..]) {
            bytes.truncate(HEADER_SIZE);
            bytes.extend_from_slice(compressed);
            header.is_compressed = true;
        }
        let room = bytes.first_chunk_mut()?;
        let start = header.write(room);
        Some(&bytes[start..])
    }

    /// Whether one of the acknowledgements ends the connection.
    fn write_acknowledgements(&mut self, datagram: &mut Datagram<'_>) -> bool {
        let mut ends_connection = false;
        while let Some(&acknowledgement) = self.acknowledgements.front() {
            let Acknowledgement { channel, sequence, sent_time, .. } = acknowledgement;
            let command = Command::Acknowledge { sequence, sent_time };
            if !datagram.has_room(command.size()) {
                break;
            }
            let header = CommandHeader { wants_acknowledgement: false, is_unsequenced: false, channel, sequence };
            command.write(header, &[], datagram.bytes);
            datagram.commands += 1;
            ends_connection |= acknowledgement.ends_connection;
            self.acknowledgements.pop_front();
        }
        if self.acknowledgements.is_empty() {
            self.acknowledgements.shrink_to(MAXIMUM_PACKET_COMMANDS);
        }
        ends_connection
    }

    fn write_commands(&mut self, datagram: &mut Datagram<'_>, now: u64) {
        let window = self.throttle.scale(self.window_size).max(self.mtu.into());
        let mut is_blocked = false;
        while let Some((queue, outgoing)) = self.outgoing.front(is_blocked) {
            let (size, length) = (outgoing.size(), outgoing.length as u64);
            let CommandHeader { channel, sequence, .. } = outgoing.header;
            if queue != Queue::Commands {
                let is_window_full = length > 0 && self.outgoing.in_transit() + length > window;
                let is_channel_blocked = queue == Queue::Reliable
                    && self
                        .channels
                        .get(usize::from(channel))
                        .is_some_and(|channel| channel.outgoing.is_blocked(sequence));
                if is_window_full || is_channel_blocked {
                    is_blocked = true;
                    continue;
                }
            }
            if !datagram.has_room(size) {
                break;
            }
            self.write_command(queue, datagram, now);
        }
    }

    /// Writes the front of `queue`, unless the throttle drops it.
    fn write_command(&mut self, queue: Queue, datagram: &mut Datagram<'_>, now: u64) {
        if queue == Queue::Resend {
            if let Some((_, outgoing)) = self.outgoing.front(false) {
                datagram.write(outgoing);
            }
            self.outgoing.resend(now);
            self.counts.retransmissions += 1;
            self.loss.count_sent();
            return;
        }
        let Some((order, outgoing)) = self.outgoing.pop(queue) else { return };
        if outgoing.header.wants_acknowledgement {
            datagram.write(&outgoing);
            if let Some(channel) = self.channels.get_mut(usize::from(outgoing.header.channel)) {
                channel.outgoing.sent(outgoing.header.sequence);
            }
            self.outgoing.keep(order, outgoing, now, self.round_trip.timeout().min(self.timeouts.maximum.into()));
        } else if outgoing.packet.is_some() && outgoing.offset == 0 && !self.throttle.admits() {
            self.counts.throttled += 1;
            self.drop_fragments_of(&outgoing);
            return;
        } else {
            datagram.write(&outgoing);
        }
        self.loss.count_sent();
    }

    /// Drops the other fragments of an unreliable packet that the throttle drops.
    fn drop_fragments_of(&mut self, first: &OutgoingCommand) {
        let Command::SendUnreliableFragment(first_fragment) = &first.command else { return };
        for _ in 1..first_fragment.count {
            self.outgoing.pop(Queue::Commands);
        }
    }
}

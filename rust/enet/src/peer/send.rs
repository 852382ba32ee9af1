//! Queues packets and commands.

use super::{Peer, State};
use crate::channel::Channel;
use crate::outgoing::OutgoingCommand;
use crate::packet::{Mode, Packet};
use crate::protocol::{Command, CommandHeader, Fragment, HEADER_SIZE, NO_CHANNEL};
use crate::sequence::{FREE_WINDOWS, WINDOW_SIZE, WINDOWS};

/// More fragments of a packet could not be on their way at once.
const MAXIMUM_FRAGMENTS: usize = (WINDOWS - FREE_WINDOWS - 2) * WINDOW_SIZE as usize;

/// Why a packet was not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// There is no connection, or it is about to end.
    #[error("the peer is not connected")]
    NotConnected,
    /// The connection has fewer channels.
    #[error("there is no channel {channel}: the connection has {count}")]
    NoSuchChannel {
        /// Which was asked for.
        channel: u8,
        /// How many there are.
        count: u8,
    },
    /// The packet is too large.
    #[error("a packet of {size} bytes is too large: the maximum is {maximum}")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The largest size in bytes.
        maximum: usize,
    },
    /// Too much waits to be sent, or to be acknowledged.
    #[error("too many packets wait to be sent, or to be acknowledged")]
    QueueFull,
}

/// The longest payload of a datagram with one fragment.
pub(super) const fn fragment_length(mtu: u32) -> usize {
    mtu as usize - HEADER_SIZE - Fragment::SIZE
}

impl Peer {
    /// Queues a packet (`enet_peer_send`). It leaves with [`poll_transmit`](Self::poll_transmit).
    ///
    /// # Errors
    /// When the packet cannot be sent, or the other side acknowledges too slowly. Nothing is queued then.
    pub fn send(&mut self, channel: u8, mode: Mode, packet: &Packet) -> Result<(), SendError> {
        if self.state != State::Connected {
            return Err(SendError::NotConnected);
        }
        if channel >= self.channel_count {
            return Err(SendError::NoSuchChannel { channel, count: self.channel_count });
        }
        let (size, fragment_length) = (packet.len(), fragment_length(self.mtu));
        let maximum = self.maximum_packet_size.min(MAXIMUM_FRAGMENTS * fragment_length);
        if size > maximum {
            return Err(SendError::TooLarge { size, maximum });
        }
        let count = size.div_ceil(fragment_length).max(1);
        self.outgoing.reserve(size, count).map_err(|_| SendError::QueueFull)?;

        let outgoing = &self.channel_mut(channel).outgoing;
        // Unreliable packets are counted since the last reliable one. When the count ends, one is sent reliably.
        let mode = if mode == Mode::Unreliable && outgoing.unreliable == u16::MAX { Mode::Reliable } else { mode };
        if count == 1 {
            let command = match mode {
                Mode::Reliable => Command::SendReliable,
                Mode::Unreliable => Command::SendUnreliable { sequence: 0 },
                Mode::Unsequenced => Command::SendUnsequenced { group: 0 },
            };
            self.queue_packet(channel, command, packet, 0, size);
            return Ok(());
        }
        let is_reliable = mode == Mode::Reliable || outgoing.unreliable == u16::MAX;
        let start_sequence = if is_reliable { outgoing.reliable } else { outgoing.unreliable }.wrapping_add(1);
        for (number, offset) in (0..size).step_by(fragment_length).enumerate() {
            let fragment = Fragment {
                start_sequence,
                count: count as u32,
                number: number as u32,
                total_length: size as u32,
                offset: offset as u32,
            };
            let command =
                if is_reliable { Command::SendFragment(fragment) } else { Command::SendUnreliableFragment(fragment) };
            self.queue_packet(channel, command, packet, offset, fragment_length.min(size - offset));
        }
        Ok(())
    }

    /// Queues a command with a part of a packet, under the next number of its kind.
    fn queue_packet(&mut self, channel: u8, mut command: Command, packet: &Packet, offset: usize, length: usize) {
        let mut header = CommandHeader { wants_acknowledgement: false, is_unsequenced: false, channel, sequence: 0 };
        if let Command::SendUnsequenced { group } = &mut command {
            self.outgoing_unsequenced_group = self.outgoing_unsequenced_group.wrapping_add(1);
            *group = self.outgoing_unsequenced_group;
            header.is_unsequenced = true;
        } else {
            let outgoing = &mut self.channel_mut(channel).outgoing;
            match &mut command {
                Command::SendUnreliable { sequence } => {
                    outgoing.unreliable += 1;
                    *sequence = outgoing.unreliable;
                }
                Command::SendUnreliableFragment(fragment) => outgoing.unreliable = fragment.start_sequence,
                _ => {
                    header.wants_acknowledgement = true;
                    outgoing.reliable = outgoing.reliable.wrapping_add(1);
                    outgoing.unreliable = 0;
                }
            }
            header.sequence = outgoing.reliable;
        }
        self.queue(OutgoingCommand { header, command, packet: Some(packet.clone()), offset, length });
    }

    /// Queues a reliable command without a channel.
    pub(super) fn queue_control(&mut self, command: Command) {
        self.queue_control_command(command, true);
    }

    /// Queues a command without a channel that may be lost.
    pub(super) fn queue_unreliable_control(&mut self, command: Command) {
        self.queue_control_command(command, false);
    }

    fn queue_control_command(&mut self, command: Command, is_reliable: bool) {
        self.control_sequence = self.control_sequence.wrapping_add(1);
        let header = CommandHeader {
            wants_acknowledgement: is_reliable,
            is_unsequenced: !is_reliable,
            channel: NO_CHANNEL,
            sequence: self.control_sequence,
        };
        self.queue(OutgoingCommand { header, command, packet: None, offset: 0, length: 0 });
    }

    fn queue(&mut self, outgoing: OutgoingCommand) {
        self.outgoing_data_total += outgoing.size() as u64;
        self.outgoing.push(outgoing);
    }

    /// The state of a channel, which is made when it is used first: a client may ask for 255, and use two.
    pub(super) fn channel_mut(&mut self, channel: u8) -> &mut Channel {
        let index = usize::from(channel);
        if index >= self.channels.len() {
            self.channels.resize_with(index + 1, Channel::default);
        }
        &mut self.channels[index]
    }
}

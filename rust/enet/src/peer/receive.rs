//! Takes datagrams apart.

use std::time::Instant;

use super::connection::{PEER_ID, window_size};
use super::{Acknowledgement, Peer, State};
use crate::bandwidth::Bandwidth;
use crate::budget::Full;
use crate::event::Cause;
use crate::fragments::FragmentError;
use crate::host::{Host, HostOptions};
use crate::limits::{MAXIMUM_ACKNOWLEDGEMENTS, MAXIMUM_PACKET_COMMANDS};
use crate::packet::Mode;
use crate::protocol::{Command, CommandHeader, Header, NO_PEER_ID, Reader};
use crate::sequence::Place;

/// Round trips of half the clock's range and more are taken for acknowledgements from the future.
const LONGEST_ROUND_TRIP: u16 = 1 << 15;

/// What the commands of a datagram have in common.
struct Arrival<'a> {
    now: u64,
    sent_time: Option<u16>,
    options: &'a HostOptions,
    bandwidth: &'a mut Bandwidth,
}

/// Why a datagram, or a command of it, had no effect.
#[derive(Debug)]
enum Dropped {
    /// It is of another connection, or compressed in another way.
    Foreign,
    /// It is malformed, or not for the state of the connection. So the rest of the datagram is not trusted either.
    Malformed,
    /// A limit leaves no room for it. It is not acknowledged.
    Full,
}

impl From<Full> for Dropped {
    fn from(_: Full) -> Self {
        Self::Full
    }
}

impl From<FragmentError> for Dropped {
    fn from(error: FragmentError) -> Self {
        match error {
            FragmentError::Malformed => Self::Malformed,
            FragmentError::Full => Self::Full,
        }
    }
}

impl Peer {
    /// Handles a datagram of the other side. What it leads to is in [`poll_transmit`](Self::poll_transmit) and
    /// [`poll_event`](Self::poll_event).
    pub fn receive(&mut self, datagram: &[u8], now: Instant, host: &mut Host) {
        let now = self.milliseconds(now);
        match self.receive_commands(datagram, now, host) {
            Ok(()) => {}
            Err(Dropped::Foreign) => self.counts.dropped_foreign += 1,
            Err(Dropped::Malformed) => self.counts.dropped_malformed += 1,
            Err(Dropped::Full) => self.counts.dropped_full += 1,
        }
    }

    fn receive_commands(&mut self, datagram: &[u8], now: u64, host: &mut Host) -> Result<(), Dropped> {
        let Host { options, codec, bandwidth, .. } = host;
        let mut reader = Reader(datagram);
        let header = Header::read(&mut reader).ok_or(Dropped::Malformed)?;
        if !self.is_mine(header) {
            return Err(Dropped::Foreign);
        }
        if header.is_compressed {
            reader = Reader(codec.decompress(reader.0).ok_or(Dropped::Foreign)?);
        }
        let mut arrival = Arrival { now, sent_time: header.sent_time, options, bandwidth };
        for _ in 0..MAXIMUM_PACKET_COMMANDS {
            if reader.0.is_empty() {
                return Ok(());
            }
            let (header, command, payload) = Command::read(&mut reader).ok_or(Dropped::Malformed)?;
            match self.handle(header, &command, payload, &mut arrival) {
                // The next command may be smaller.
                Err(Dropped::Full) => self.counts.dropped_full += 1,
                handled => handled?,
            }
        }
        if reader.0.is_empty() { Ok(()) } else { Err(Dropped::Malformed) }
    }

    /// Whether a datagram belongs to this connection.
    fn is_mine(&self, header: Header) -> bool {
        match self.state {
            State::Disconnected => false,
            State::Accepting => header.peer_id == NO_PEER_ID,
            _ => {
                header.peer_id == PEER_ID
                    && (self.outgoing_peer_id == NO_PEER_ID || header.session == self.incoming_session)
            }
        }
    }

    fn handle(
        &mut self,
        header: CommandHeader,
        command: &Command,
        payload: &[u8],
        arrival: &mut Arrival<'_>,
    ) -> Result<(), Dropped> {
        let Arrival { now, sent_time, options, bandwidth } = arrival;
        if header.wants_acknowledgement {
            if sent_time.is_none() {
                return Err(Dropped::Malformed);
            }
            if self.acknowledgements.len() >= MAXIMUM_ACKNOWLEDGEMENTS {
                return Err(Dropped::Full);
            }
        }
        match command {
            Command::Connect { handshake, data } => {
                if self.state != State::Accepting || !self.handle_connect(handshake, *data, options) {
                    return Err(Dropped::Malformed);
                }
            }
            _ if self.state == State::Accepting => return Err(Dropped::Malformed),
            Command::VerifyConnect(handshake) => {
                if self.state == State::Connecting && !self.handle_verify_connect(handshake, bandwidth) {
                    return Err(Dropped::Malformed);
                }
            }
            Command::Acknowledge { sequence, sent_time } => {
                self.handle_acknowledge(header.channel, *sequence, *sent_time, *now, bandwidth);
            }
            Command::Disconnect { data } => self.handle_disconnect(header, *data, bandwidth),
            _ if !self.is_connected() => return Err(Dropped::Malformed),
            Command::Ping => {}
            Command::BandwidthLimit { incoming, outgoing } => {
                self.set_bandwidths(*incoming, *outgoing, bandwidth);
                self.window_size = window_size(options.outgoing_bandwidth, *incoming);
            }
            Command::ThrottleConfigure(settings) => self.throttle.settings = *settings,
            Command::SendReliable
            | Command::SendUnreliable { .. }
            | Command::SendUnsequenced { .. }
            | Command::SendFragment(_)
            | Command::SendUnreliableFragment(_) => self.handle_send(header, command, payload)?,
        }
        if let Some(sent_time) = sent_time.filter(|_| header.wants_acknowledgement) {
            self.queue_acknowledgement(header, command, sent_time);
        }
        Ok(())
    }

    /// A packet, or a part of one.
    fn handle_send(&mut self, header: CommandHeader, command: &Command, payload: &[u8]) -> Result<(), Dropped> {
        let CommandHeader { channel: id, sequence, .. } = header;
        if id >= self.channel_count || payload.len() > self.maximum_packet_size {
            return Err(Dropped::Malformed);
        }
        if self.state == State::DisconnectLater {
            return Ok(());
        }
        if let Command::SendUnsequenced { group } = command {
            if self.incoming_unsequenced.receive(*group) {
                self.inbox.push_copy(id, Mode::Unsequenced, payload)?;
            }
            return Ok(());
        }

        self.channel_mut(id);
        let (channel, inbox) = (&mut self.channels[usize::from(id)].incoming, &mut self.inbox);
        let number = if let Command::SendFragment(fragment) = command { fragment.start_sequence } else { sequence };
        let Place::Current(number) = Place::of(number, channel.reliable) else { return Ok(()) };
        match command {
            Command::SendReliable => channel.receive_reliable(id, number, payload, inbox)?,
            Command::SendUnreliable { sequence } => {
                channel.receive_unreliable(id, number, *sequence, payload, inbox)?;
            }
            Command::SendFragment(fragment) => {
                channel.receive_fragment(id, number, fragment, payload, inbox)?;
            }
            Command::SendUnreliableFragment(fragment) => {
                channel.receive_unreliable_fragment(id, number, fragment, payload, inbox)?;
            }
            _ => return Err(Dropped::Malformed),
        }
        Ok(())
    }

    fn queue_acknowledgement(&mut self, header: CommandHeader, command: &Command, sent_time: u16) {
        let ends_connection = matches!(command, Command::Disconnect { .. });
        match self.state {
            State::Accepting | State::AcknowledgingConnect | State::Disconnecting | State::Disconnected => return,
            State::AcknowledgingDisconnect if !ends_connection => return,
            _ => {}
        }
        let CommandHeader { channel, sequence, .. } = header;
        // Whatever its numbers are, the end is acknowledged: nothing else ends the connection then.
        if channel < self.channel_count && !ends_connection {
            let newest = self.channels.get(usize::from(channel)).map_or(0, |channel| channel.incoming.reliable);
            if Place::of(sequence, newest) == Place::TooFar {
                return;
            }
        }
        self.acknowledgements.push_back(Acknowledgement { channel, sequence, sent_time, ends_connection });
    }

    fn handle_acknowledge(&mut self, channel: u8, sequence: u16, sent_time: u16, now: u64, bandwidth: &mut Bandwidth) {
        let elapsed = (now as u16).wrapping_sub(sent_time);
        if elapsed >= LONGEST_ROUND_TRIP {
            return;
        }
        let Some(outgoing) = self.outgoing.acknowledge(channel, sequence) else { return };
        let elapsed = u64::from(elapsed).max(1);
        if self.round_trip.is_measured() {
            self.throttle.adapt(elapsed, &self.round_trip);
        }
        self.round_trip.measure(elapsed, now, self.throttle.settings.interval);
        self.last_acknowledged = Some(now);
        if let Some(channel) = self.channels.get_mut(usize::from(channel)) {
            channel.outgoing.acknowledged(sequence);
        }
        match (self.state, outgoing.command) {
            (State::AcknowledgingConnect, Command::VerifyConnect(_)) => self.begin(self.disconnect_data, bandwidth),
            (State::Disconnecting, Command::Disconnect { .. }) => self.end(0, Cause::Local, bandwidth),
            _ => self.disconnect_if_done(),
        }
    }
}

//! Datagrams made by hand: what a peer might send that keeps to no protocol.

use std::time::Instant;

use dtls_enet::{Event, Host, HostOptions, Peer};

/// A datagram to a server's peer, with the time in its header.
pub(crate) fn datagram(commands: &[Vec<u8>]) -> Vec<u8> {
    [&[0x80, 0x00, 0x00, 0x00], &*commands.concat()].concat()
}

/// A client's request, with these many channels.
pub(crate) fn connect(channels: u32) -> Vec<u8> {
    let mut bytes = vec![0x8f, 0xff, 0, 0, 0x82, 0xff, 0, 1, 0, 0, 0xff, 0xff];
    for number in [1392, 65536, channels, 0, 0, 5000, 2, 2, 0xdead_beef, 7] {
        bytes.extend(number.to_be_bytes());
    }
    bytes
}

fn command(first: u8, channel: u8, sequence: u16, fields: &[&[u8]]) -> Vec<u8> {
    [&[first, channel][..], &sequence.to_be_bytes(), &fields.concat()].concat()
}

pub(crate) fn acknowledge(channel: u8, sequence: u16, sent_time: u16) -> Vec<u8> {
    command(0x01, channel, sequence, &[&sequence.to_be_bytes(), &sent_time.to_be_bytes()])
}

pub(crate) fn ping(sequence: u16) -> Vec<u8> {
    command(0x85, 0xff, sequence, &[])
}

pub(crate) fn disconnect(sequence: u16) -> Vec<u8> {
    command(0x84, 0xff, sequence, &[&[0, 0, 0, 9]])
}

fn length(payload: &[u8]) -> [u8; 2] {
    (payload.len() as u16).to_be_bytes()
}

pub(crate) fn reliable(channel: u8, sequence: u16, payload: &[u8]) -> Vec<u8> {
    command(0x86, channel, sequence, &[&length(payload), payload])
}

pub(crate) fn unreliable(channel: u8, reliable: u16, sequence: u16, payload: &[u8]) -> Vec<u8> {
    command(0x07, channel, reliable, &[&sequence.to_be_bytes(), &length(payload), payload])
}

pub(crate) fn unsequenced(group: u16, payload: &[u8]) -> Vec<u8> {
    command(0x49, 0, 0, &[&group.to_be_bytes(), &length(payload), payload])
}

/// Which part of a packet a fragment is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) start: u16,
    pub(crate) count: u32,
    pub(crate) number: u32,
    pub(crate) total_length: u32,
    pub(crate) offset: u32,
}

fn part_fields(part: Part, payload: &[u8]) -> Vec<u8> {
    let mut fields = [part.start.to_be_bytes(), length(payload)].concat();
    for number in [part.count, part.number, part.total_length, part.offset] {
        fields.extend(number.to_be_bytes());
    }
    fields.extend(payload);
    fields
}

pub(crate) fn fragment(channel: u8, part: Part, payload: &[u8]) -> Vec<u8> {
    let sequence = part.start.wrapping_add(part.number as u16);
    command(0x88, channel, sequence, &[&part_fields(part, payload)])
}

pub(crate) fn unreliable_fragment(channel: u8, reliable: u16, part: Part, payload: &[u8]) -> Vec<u8> {
    command(0x0c, channel, reliable, &[&part_fields(part, payload)])
}

/// A server's peer that a hostile client has connected to, with 255 channels.
pub(crate) struct Victim {
    pub(crate) now: Instant,
    pub(crate) host: Host,
    pub(crate) peer: Peer,
}

impl Victim {
    pub(crate) fn new(options: HostOptions) -> Self {
        let now = Instant::now();
        let host = Host::new(options, now);
        let peer = Peer::accept(&host, now);
        let mut victim = Self { now, host, peer };
        victim.receive(&connect(255));
        assert!(!victim.transmit().is_empty());
        victim.receive(&datagram(&[acknowledge(0xff, 1, 0)]));
        assert_eq!(victim.peer.poll_event(), Some(Event::Connected { data: 7 }));
        victim
    }

    pub(crate) fn receive(&mut self, datagram: &[u8]) {
        self.peer.receive(datagram, self.now, &mut self.host);
    }

    /// The datagrams that the peer sends.
    pub(crate) fn transmit(&mut self) -> Vec<Vec<u8>> {
        let mut datagrams = Vec::new();
        while let Some(datagram) = self.peer.poll_transmit(self.now, &mut self.host) {
            datagrams.push(datagram.to_vec());
        }
        datagrams
    }
}

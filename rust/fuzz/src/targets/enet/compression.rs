//! Compressed datagrams, from nobody or changed on the way: what they become is bounded.

use dtls_enet::{Event, Mode, Packet};

use super::{Victim, compression, connected_peer, host};
use crate::ffi::now;
use crate::script::Script;

/// The header of a compressed datagram to a connected server's peer, with the time.
const HEADER: [u8; 4] = [0xc0, 0, 0, 0];

pub(crate) fn run(input: &[u8]) {
    let mut script = Script::new(input);
    let compression = compression(&mut script);
    let is_changed = script.below(2) == 0;
    if is_changed {
        round_trip(compression, script.rest());
    } else {
        let mut victim = Victim::new(compression, true);
        victim.receive(&[&HEADER[..], script.rest()].concat());
        victim.take_events();
    }
}

/// What is compressed by one peer becomes the same at another of its host.
fn round_trip(compression: dtls_enet::Compression, packet: &[u8]) {
    let mut host = host();
    let (mut sender, mut receiver) = (connected_peer(&mut host), connected_peer(&mut host));
    host.set_compression(compression);
    let packet = &packet[..packet.len().min(1300)];
    if sender.send(0, Mode::Unsequenced, &Packet::from(packet)).is_err() {
        return;
    }
    while let Some(datagram) = sender.poll_transmit(now(), &mut host).map(<[u8]>::to_vec) {
        // Both are server's ends of the same session, so that each takes the other for its client.
        receiver.receive(&datagram, now(), &mut host);
    }
    let received = std::iter::from_fn(|| match receiver.poll_event() {
        Some(Event::Received { packet, .. }) => Some(packet.into_owned()),
        _ => None,
    });
    assert_eq!(received.collect::<Vec<_>>(), [packet], "what was compressed is another");
}

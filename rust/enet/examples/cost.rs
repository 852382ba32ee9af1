//! What a packet costs both ends together, in memory: `cargo run --release -p dtls-enet --example cost`.

use std::time::{Duration, Instant};

use dtls_enet::{Host, HostOptions, Mode, Packet, Peer};

const PACKETS: u32 = 2_000_000;

struct End {
    peer: Peer,
    host: Host,
}

/// Moves what `from` sends to `to`. Returns how many packets arrived.
fn deliver(from: &mut End, to: &mut End, now: Instant) -> u32 {
    while let Some(datagram) = from.peer.poll_transmit(now, &mut from.host) {
        to.peer.receive(datagram, now, &mut to.host);
    }
    let mut count = 0;
    while to.peer.poll_event().is_some() {
        count += 1;
    }
    count
}

fn main() {
    for mode in [Mode::Unsequenced, Mode::Unreliable, Mode::Reliable] {
        for batch in [1, 10] {
            let start = Instant::now();
            let mut now = start;
            let (host, other) = (Host::new(HostOptions::default(), now), Host::new(HostOptions::default(), now));
            let mut client = End { peer: Peer::connect(&host, 4, 2, 3, now), host };
            let mut server = End { peer: Peer::accept(&other, now), host: other };
            for _ in 0..2 {
                deliver(&mut client, &mut server, now);
                deliver(&mut server, &mut client, now);
            }

            let bytes = [7; 100];
            let begin = Instant::now();
            let mut arrived = 0;
            for turn in 0..PACKETS / batch {
                now = start + Duration::from_millis((turn / 64).into());
                for _ in 0..batch {
                    let _ = client.peer.send(0, mode, &Packet::from(bytes.as_slice()));
                }
                arrived += deliver(&mut client, &mut server, now);
                deliver(&mut server, &mut client, now);
            }
            let cost = begin.elapsed().as_nanos() / u128::from(PACKETS);
            println!("{mode:?}, {batch} at a time: {cost} ns, {arrived} arrived");
        }
    }
}

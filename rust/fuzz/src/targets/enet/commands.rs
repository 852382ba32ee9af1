//! Well-formed commands in any order, with numbers that lie: windows, fragments, acknowledgements, disconnections.

use super::Victim;
use crate::script::Script;
use dtls_enet::Compression;

/// As many as tell something; more only cost time.
const MOST_STEPS: usize = 512;

/// A datagram to a connected server's peer, with the time in its header.
const HEADER: [u8; 4] = [0x80, 0, 0, 0];

pub(crate) fn run(input: &[u8]) {
    let mut script = Script::new(input);
    let mut victim = Victim::new(Compression::None, true);
    let mut datagram = HEADER.to_vec();
    for _ in 0..MOST_STEPS {
        if script.is_empty() {
            break;
        }
        match script.byte() % 20 {
            kind @ 0..=12 => command(kind, &mut script, &mut datagram),
            13 => victim.send(&mut script),
            14 => victim.wait(&mut script),
            15 => victim.take_events(),
            16 => datagram[2..4].copy_from_slice(&(script.number() as u16).to_be_bytes()),
            // The same again, as often as a datagram has room for.
            17 => {
                let last = datagram.clone();
                while datagram.len() + last.len() < 1400 {
                    datagram.extend_from_slice(&last[HEADER.len().min(last.len())..]);
                    if last.len() <= HEADER.len() {
                        break;
                    }
                }
            }
            _ => {
                victim.receive(&datagram);
                datagram.truncate(HEADER.len());
            }
        }
        datagram.truncate(4096);
    }
    victim.receive(&datagram);
    victim.take_events();
    victim.check();
}

/// Appends a command of ENet (`ENetProtocolCommand`): its number with flags, its channel, its number in order, its fields.
fn command(kind: u8, script: &mut Script<'_>, datagram: &mut Vec<u8>) {
    let flags = [0, 0x80, 0x40, 0xc0][script.below(4)];
    let channel = [0, 1, 2, 254, 255][script.below(5)];
    datagram.extend([kind | flags, channel]);
    datagram.extend(small(script).to_be_bytes());
    match kind {
        // ACKNOWLEDGE
        1 => {
            datagram.extend(small(script).to_be_bytes());
            datagram.extend((script.number() as u16).to_be_bytes());
        }
        // CONNECT and VERIFY_CONNECT
        2 | 3 => {
            datagram.extend(small(script).to_be_bytes());
            datagram.extend([script.byte(), script.byte()]);
            (0..if kind == 2 { 10 } else { 9 }).for_each(|_| datagram.extend(large(script).to_be_bytes()));
        }
        // DISCONNECT
        4 => datagram.extend(large(script).to_be_bytes()),
        // SEND_RELIABLE
        6 => payload(script, datagram),
        // SEND_UNRELIABLE and SEND_UNSEQUENCED
        7 | 9 => {
            datagram.extend(small(script).to_be_bytes());
            payload(script, datagram);
        }
        // SEND_FRAGMENT and SEND_UNRELIABLE_FRAGMENT
        8 | 12 => {
            datagram.extend(small(script).to_be_bytes());
            let length = script.number() % 1300;
            datagram.extend((length as u16).to_be_bytes());
            (0..4).for_each(|_| datagram.extend(large(script).to_be_bytes()));
            datagram.resize(datagram.len() + length, 7);
        }
        // BANDWIDTH_LIMIT and THROTTLE_CONFIGURE
        10 | 11 => (0..kind - 8).for_each(|_| datagram.extend(large(script).to_be_bytes())),
        // NONE and PING
        _ => {}
    }
}

fn payload(script: &mut Script<'_>, datagram: &mut Vec<u8>) {
    let length = script.number() % 1300;
    // Some lie about it.
    let claimed = if script.below(16) == 0 { script.number() } else { length };
    datagram.extend((claimed as u16).to_be_bytes());
    datagram.resize(datagram.len() + length, 7);
}

/// A number that is mostly near those that are expected.
fn small(script: &mut Script<'_>) -> u16 {
    match script.byte() {
        number @ 0..=199 => number.into(),
        _ => script.number() as u16,
    }
}

fn large(script: &mut Script<'_>) -> u32 {
    match script.byte() {
        number @ 0..=99 => number.into(),
        number @ 100..=199 => u32::from(number) * 540,
        _ => (script.number() as u32) << 16 | script.number() as u32,
    }
}

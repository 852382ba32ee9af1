//! Well-formed commands in any order, with numbers that lie: windows, fragments, acknowledgements, disconnections.

use super::Victim;
use crate::script::Script;
use dtls_enet::Compression;

/// As many as tell something; more only cost time.
const MOST_STEPS: usize = 128;

/// The largest payload of a command, of which each has the start.
const PAYLOAD: [u8; 1300] = [7; 1300];

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
                let commands = datagram.split_off(HEADER.len());
                let times = 1400_usize.checked_div(commands.len()).unwrap_or(0);
                datagram.extend_from_slice(&commands.repeat(times.max(1)));
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
    datagram.extend_from_slice(&[kind | flags, channel]);
    datagram.extend_from_slice(&small(script).to_be_bytes());
    match kind {
        // ACKNOWLEDGE
        1 => {
            datagram.extend_from_slice(&small(script).to_be_bytes());
            datagram.extend_from_slice(&(script.number() as u16).to_be_bytes());
        }
        // CONNECT and VERIFY_CONNECT
        2 | 3 => {
            datagram.extend_from_slice(&small(script).to_be_bytes());
            datagram.extend_from_slice(&[script.byte(), script.byte()]);
            (0..if kind == 2 { 10 } else { 9 }).for_each(|_| datagram.extend_from_slice(&large(script).to_be_bytes()));
        }
        // DISCONNECT
        4 => datagram.extend_from_slice(&large(script).to_be_bytes()),
        // SEND_RELIABLE
        6 => payload(script, datagram),
        // SEND_UNRELIABLE and SEND_UNSEQUENCED
        7 | 9 => {
            datagram.extend_from_slice(&small(script).to_be_bytes());
            payload(script, datagram);
        }
        // SEND_FRAGMENT and SEND_UNRELIABLE_FRAGMENT
        8 | 12 => {
            datagram.extend_from_slice(&small(script).to_be_bytes());
            let length = script.number() % PAYLOAD.len();
            datagram.extend_from_slice(&(length as u16).to_be_bytes());
            (0..4).for_each(|_| datagram.extend_from_slice(&large(script).to_be_bytes()));
            datagram.extend_from_slice(&PAYLOAD[..length]);
        }
        // BANDWIDTH_LIMIT and THROTTLE_CONFIGURE
        10 | 11 => (0..kind - 8).for_each(|_| datagram.extend_from_slice(&large(script).to_be_bytes())),
        // NONE and PING
        _ => {}
    }
}

fn payload(script: &mut Script<'_>, datagram: &mut Vec<u8>) {
    let length = script.number() % PAYLOAD.len();
    // Some lie about it.
    let claimed = if script.below(16) == 0 { script.number() } else { length };
    datagram.extend_from_slice(&(claimed as u16).to_be_bytes());
    datagram.extend_from_slice(&PAYLOAD[..length]);
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

//! Commands as `protocol.h` lays them out, written by hand.

use super::*;

fn header(wants_acknowledgement: bool, is_unsequenced: bool) -> CommandHeader {
    CommandHeader { wants_acknowledgement, is_unsequenced, channel: 0xc1, sequence: 0x1234 }
}

const HANDSHAKE: Handshake = Handshake {
    peer_id: 0x0fff,
    incoming_session: 0x02,
    outgoing_session: 0xff,
    mtu: 1392,
    window_size: 65536,
    channel_count: 3,
    incoming_bandwidth: 0x0102_0304,
    outgoing_bandwidth: 0x0506_0708,
    throttle: ThrottleSettings { interval: 5000, acceleration: 2, deceleration: 3 },
    connect_id: 0xdead_beef,
};

const HANDSHAKE_BYTES: &[u8] = &[
    0x0f, 0xff, 0x02, 0xff, // peer id, sessions
    0, 0, 0x05, 0x70, // MTU
    0, 1, 0, 0, // window size
    0, 0, 0, 3, // channels
    1, 2, 3, 4, 5, 6, 7, 8, // bandwidths
    0, 0, 0x13, 0x88, 0, 0, 0, 2, 0, 0, 0, 3, // throttle
    0xde, 0xad, 0xbe, 0xef, // connect id
];

const FRAGMENT: Fragment =
    Fragment { start_sequence: 0x1230, count: 5, number: 4, total_length: 0x0001_0203, offset: 0x0001_0200 };

const FRAGMENT_BYTES: &[u8] = &[
    0x12, 0x30, 0, 3, // start, length
    0, 0, 0, 5, 0, 0, 0, 4, // count, number
    0, 1, 2, 3, 0, 1, 2, 0, // total length, offset
];

#[test]
fn every_command_has_its_bytes() {
    // The first byte, what it and the channel and number after it mean, the command, its fields, and its payload.
    type Case<'a> = (u8, CommandHeader, Command, &'a [u8], &'a [u8]);
    let cases: [Case<'_>; 12] = [
        (
            0x01,
            header(false, false),
            Command::Acknowledge { sequence: 0x0a0b, sent_time: 0x0c0d },
            &[0x0a, 0x0b, 0x0c, 0x0d],
            b"",
        ),
        (
            0x82,
            header(true, false),
            Command::Connect { handshake: Box::new(HANDSHAKE), data: 0x0a0b_0c0d },
            &[HANDSHAKE_BYTES, &[0x0a, 0x0b, 0x0c, 0x0d]].concat(),
            b"",
        ),
        (0x83, header(true, false), Command::VerifyConnect(Box::new(HANDSHAKE)), HANDSHAKE_BYTES, b""),
        (0x84, header(true, false), Command::Disconnect { data: 7 }, &[0, 0, 0, 7], b""),
        (0x44, header(false, true), Command::Disconnect { data: 7 }, &[0, 0, 0, 7], b""),
        (0x85, header(true, false), Command::Ping, &[], b""),
        (0x86, header(true, false), Command::SendReliable, &[0, 3], b"abc"),
        (0x07, header(false, false), Command::SendUnreliable { sequence: 0x0a0b }, &[0x0a, 0x0b, 0, 3], b"abc"),
        (0x88, header(true, false), Command::SendFragment(FRAGMENT), FRAGMENT_BYTES, b"abc"),
        (0x49, header(false, true), Command::SendUnsequenced { group: 0x0a0b }, &[0x0a, 0x0b, 0, 3], b"abc"),
        (
            0x8a,
            header(true, false),
            Command::BandwidthLimit { incoming: 0x0102_0304, outgoing: 0x0506_0708 },
            &[1, 2, 3, 4, 5, 6, 7, 8],
            b"",
        ),
        (0x0c, header(false, false), Command::SendUnreliableFragment(FRAGMENT), FRAGMENT_BYTES, b"abc"),
    ];
    let throttle =
        (0x8b, header(true, false), Command::ThrottleConfigure(HANDSHAKE.throttle), &HANDSHAKE_BYTES[24..36], &b""[..]);
    for (first, header, command, fields, payload) in cases.into_iter().chain([throttle]) {
        let bytes = [&[first, 0xc1, 0x12, 0x34], fields, payload].concat();
        let mut written = Vec::new();
        command.write(header, payload, &mut written);
        assert_eq!(written, bytes, "{command:?}");
        assert_eq!(command.size() + payload.len(), bytes.len(), "{command:?}");

        let mut reader = Reader(&bytes);
        assert_eq!(Command::read(&mut reader), Some((header, command, payload)));
        assert!(reader.0.is_empty());
        for length in 0..bytes.len() {
            assert_eq!(Command::read(&mut Reader(&bytes[..length])), None, "cut off after {length} bytes");
        }
    }
}

#[test]
fn unknown_commands_are_not_read() {
    for number in [0, 13, 14, 15] {
        assert_eq!(Command::read(&mut Reader(&[number; 64])), None);
    }
}

#[test]
fn headers_have_their_bytes() {
    let with_time = Header { peer_id: 0x0abc, session: 2, is_compressed: true, sent_time: Some(0x1234) };
    let without_time = Header { peer_id: NO_PEER_ID, session: 0, is_compressed: false, sent_time: None };
    for (header, bytes) in [(with_time, &[0xea, 0xbc, 0x12, 0x34][..]), (without_time, &[0x0f, 0xff])] {
        let mut room = [0; HEADER_SIZE];
        let start = header.write(&mut room);
        assert_eq!(&room[start..], bytes);
        assert_eq!(Header::read(&mut Reader(bytes)), Some(header));
        assert_eq!(Header::read(&mut Reader(&bytes[..bytes.len() - 1])), None);
    }
}

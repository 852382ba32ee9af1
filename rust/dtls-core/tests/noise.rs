//! Network bytes are hostile: they end no session, yield no packet and get no answer they did not earn.
#![allow(clippy::unwrap_used)]

use dtls_core::State;
use dtls_test_support::{End, HOST, World, client_address, exchange, p256, patient};
use proptest::prelude::*;

/// The largest UDP payload over IPv4, in bytes.
const MAX_DATAGRAM: usize = 65_507;

/// Bytes of no meaning, or with the header of a DTLS record in front: any type, version, epoch and length.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let length = prop_oneof![4 => 0..300_usize, 4 => 0..2_000_usize, 1 => 0..=MAX_DATAGRAM];
    let header = (18..26_u8, prop_oneof![Just(0xfd_u8), Just(0xff), any::<u8>()], 0..3_u16, any::<bool>());
    (length, any::<u64>(), proptest::option::of(header)).prop_map(|(length, seed, header)| {
        // SplitMix64: quick, and shrinks with its seed.
        let mut state = seed;
        let mut datagram: Vec<u8> = (0..length)
            .map(|_| {
                state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                (state ^ (state >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9).to_be_bytes()[0]
            })
            .collect();
        if let (Some((kind, minor, epoch, true_length)), true) = (header, length >= 13) {
            datagram[..3].copy_from_slice(&[kind, 0xfe, minor]);
            datagram[3..5].copy_from_slice(&epoch.to_be_bytes());
            if true_length {
                datagram[11..13].copy_from_slice(&((length - 13) as u16).to_be_bytes());
            }
        }
        datagram
    })
}

fn both_still_talk(client: &mut End, server: &mut End) {
    exchange(client, server);
    client.send(b"to the server");
    server.send(b"to the client");
    exchange(client, server);
    assert_eq!(server.received, [b"to the server"]);
    assert_eq!(client.received, [b"to the client"]);
}

#[test]
fn a_forged_record_with_a_high_sequence_number_does_not_stall_a_handshake() {
    let change_cipher_spec = [20, 254, 253, 0, 0, 222, 59, 124, 230, 76, 55, 0, 1, 1];
    for to_server in [false, true] {
        let (mut client, mut server) = World::with(&p256(), patient()).introduce(HOST);
        let target = if to_server { &mut server } else { &mut client };
        target.receive(&change_cipher_spec);
        exchange(&mut client, &mut server);
        assert_eq!(client.session.state(), &State::Connected, "sent to the server: {to_server}");
        assert_eq!(server.session.state(), &State::Connected, "sent to the server: {to_server}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_connected_pair_outlives_noise(datagrams in proptest::collection::vec(noise(), 1..40)) {
        let (mut client, mut server) = World::new(&p256()).pair();
        for datagram in &datagrams {
            client.receive(datagram);
            server.receive(datagram);
            prop_assert_eq!(client.sent().len(), 0, "the client answered");
            prop_assert_eq!(server.sent().len(), 0, "the server answered");
        }
        both_still_talk(&mut client, &mut server);
    }

    #[test]
    fn the_gate_lets_no_noise_in(datagrams in proptest::collection::vec(noise(), 1..40)) {
        let mut world = World::new(&p256());
        for datagram in &datagrams {
            let (session, answers) = world.accept(client_address(), datagram);
            prop_assert!(session.is_none());
            prop_assert!(answers.iter().map(Vec::len).sum::<usize>() <= datagram.len());
        }
        world.pair();
    }

    #[test]
    fn a_handshake_outlives_noise(datagrams in proptest::collection::vec(noise(), 1..40)) {
        let (mut client, mut server) = World::with(&p256(), patient()).introduce(HOST);
        for datagram in &datagrams {
            client.receive(datagram);
            server.receive(datagram);
        }
        exchange(&mut client, &mut server);
        prop_assert_eq!(client.session.state(), &State::Connected);
        prop_assert_eq!(server.session.state(), &State::Connected);
    }
}

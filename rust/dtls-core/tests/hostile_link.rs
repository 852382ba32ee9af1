//! What holds whatever a link does to datagrams. Each property tries some hundred links; `PROPTEST_CASES` says how many. Links
//! that broke a property are in `proptest-regressions`, and are tried first.
#![cfg(all(target_os = "linux", feature = "vendored"))]
#![allow(clippy::unwrap_used, unreachable_pub)]

mod link;

use std::cell::Cell;
use std::collections::HashSet;
use std::time::Duration;

use dtls_core::{EndReason, OptionsError, ServerConfig, Transport};
use link::scenario::{self, Scenario, scenario};
use link::weather::{Climate, Link, fate, link};
use link::{Side, Simulation, process};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{FileFailurePersistence, TestRunner};

const HOSTILE: Climate = Climate { loss: 50, duplication: 30, cut: 10, flip: 10, late: 3000 };

/// What OpenSSL may hold of one handshake, in bytes (docs/threat-model.md).
const HANDSHAKE_LIMIT: isize = 192 * 1024;

/// Less than any session takes of OpenSSL's memory, and more than keys and certificates cache at their use, in bytes.
const CACHES: isize = 1024;

fn config() -> ProptestConfig {
    let regressions = concat!(env!("CARGO_MANIFEST_DIR"), "/proptest-regressions/hostile_link.txt");
    ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(regressions))),
        ..ProptestConfig::default()
    }
}

/// Who meets, where, and the sizes of the packets that each side sends.
fn hostile() -> impl Strategy<Value = (Scenario, Link, Vec<usize>)> {
    let handshake_timeout = (1..=20_u64).prop_map(Duration::from_secs);
    let packets = prop::collection::vec(1..1500_usize, 0..30);
    (scenario(handshake_timeout), link(Climate::up_to(HOSTILE), Just(Duration::MAX)), packets)
}

/// A link that damages nothing, which OpenSSL may take for an attack, and heals; and a time-out that leaves time for the rest.
///
/// The timers double. So one that ran when the link healed runs out before twice that time and a second; and a flight whose
/// datagrams are too large for the link needs two more time-outs, which are three seconds.
fn healing() -> impl Strategy<Value = (Scenario, Link)> {
    (0..=8000_u64).prop_map(Duration::from_millis).prop_flat_map(|heals_at| {
        let handshake_timeout = 2 * heals_at + Duration::from_secs(8);
        (scenario(Just(handshake_timeout)), link(Climate::up_to(Climate { flip: 0, ..HOSTILE }), Just(heals_at)))
    })
}

/// A simulation in which everything has ended.
fn ended((scenario, link, packets): &(Scenario, Link, Vec<usize>)) -> Simulation {
    let mut simulation = Simulation::new(scenario, link, packets);
    simulation.run_out();
    simulation
}

fn sides(simulation: &Simulation) -> impl Iterator<Item = &Side> {
    simulation.servers.iter().chain([&simulation.client])
}

proptest! {
    #![proptest_config(config())]

    /// The simulation asserts that no handshake takes longer than it may.
    #[test]
    fn a_handshake_is_done_or_ends_with_a_reason_in_time_and_time_outs_leave_no_session(case in hostile()) {
        for side in sides(&ended(&case)) {
            prop_assert!(side.session.is_none());
            prop_assert!(side.end.as_ref().is_some_and(|reason| !reason.to_string().is_empty()));
        }
    }

    #[test]
    fn packets_arrive_as_they_were_sent_and_at_most_once(case in hostile()) {
        let simulation = ended(&case);
        let of_servers = |packets: fn(&Side) -> &[Vec<u8>]| simulation.servers.iter().flat_map(packets).collect::<Vec<_>>();
        let of_client = |packets: fn(&Side) -> &[Vec<u8>]| packets(&simulation.client).iter().collect::<Vec<_>>();
        let sent: fn(&Side) -> &[Vec<u8>] = |side| &side.sent;
        let received: fn(&Side) -> &[Vec<u8>] = |side| &side.received;
        for (mut sent, received) in [(of_servers(sent), of_client(received)), (of_client(sent), of_servers(received))] {
            for packet in received {
                let position = sent.iter().position(|sent| *sent == packet);
                prop_assert!(position.is_some(), "{} bytes that were not sent, or have arrived before", packet.len());
                sent.swap_remove(position.unwrap());
            }
        }
    }

    #[test]
    fn no_key_protects_two_records_with_one_number_or_one_nonce(case in hostile()) {
        let carries_nonces = !case.0.suite.contains("CHACHA20");
        for side in sides(&ended(&case)) {
            let distinct = |range: std::ops::Range<usize>| {
                side.records.iter().map(|record| &record[range.clone()]).collect::<HashSet<_>>().len()
            };
            prop_assert_eq!(distinct(3..11), side.records.len());
            prop_assert!(!carries_nonces || distinct(13..21) == side.records.len());
        }
    }

    #[test]
    fn openssl_s_memory_stays_small_and_comes_back(case in hostile()) {
        let simulation = ended(&case);
        prop_assert!(simulation.most_held - simulation.held_before <= 2 * HANDSHAKE_LIMIT);
        prop_assert!(process::held() <= simulation.held_before + CACHES);
    }

    #[test]
    fn a_handshake_whose_link_heals_is_done_in_time_and_packets_arrive((scenario, link) in healing()) {
        let mut simulation = Simulation::new(&scenario, &link, &[]);
        simulation.run_while(|simulation| !simulation.is_connected());
        prop_assert!(simulation.is_connected(), "{:?}", sides(&simulation).map(|side| &side.end).collect::<Vec<_>>());
        simulation.run_until(link.heals_at + Duration::from_millis(HOSTILE.late));
        simulation.packets = vec![1, 2, 300, 4, 400];
        simulation.run_out();
        let (client, server) = (&simulation.client, simulation.server().unwrap());
        prop_assert_eq!(server.sent.len() + client.sent.len(), 10);
        prop_assert_eq!(&server.sent, &client.received);
        prop_assert_eq!(&client.sent, &server.received);
    }

    /// So that what is in `proptest-regressions` brings what it has brought before.
    #[test]
    fn the_same_link_brings_the_same_records(case in hostile()) {
        let (one, other) = (ended(&case), ended(&case));
        let what_came = |simulation: &Simulation| -> Vec<_> {
            sides(simulation).map(|side| (side.records.clone(), side.received.clone(), side.end.clone())).collect()
        };
        prop_assert!(what_came(&one) == what_came(&other));
    }
}

/// In the default time, and always the same links.
#[test]
fn nearly_all_handshakes_are_done_in_time_while_a_tenth_of_the_datagrams_is_lost() {
    let climate = Climate { loss: 10, duplication: 10, cut: 0, flip: 0, late: 200 };
    let scenarios = scenario(Just(Transport::default().handshake_timeout));
    let cases = (scenarios, prop::collection::vec(fate(climate), 64));
    let mut runner = TestRunner::deterministic();
    let done = (0..200).filter(|_| {
        let (scenario, fates) = cases.new_tree(&mut runner).unwrap().current();
        let link = Link { fates, heals_at: Duration::MAX, mtu: 1500 };
        let mut simulation = Simulation::new(&scenario, &link, &[]);
        simulation.run_while(|simulation| !simulation.is_connected());
        simulation.is_connected()
    });
    let done = done.count();
    println!("{done} of 200");
    assert!(done >= 190, "{done} of 200");
}

/// Both sides' timers run for a second, then for two. So when a hello comes again, the flight that answers it is due again.
#[test]
fn datagrams_get_smaller_though_the_other_side_s_retransmission_comes_first() {
    let mut scenario = Scenario::of("ECDHE-ECDSA-AES128-GCM-SHA256");
    scenario.mtus.1 = 1200;
    let mut simulation = Simulation::new(&scenario, &Link { mtu: 508, ..Link::good() }, &[]);
    simulation.run_while(|simulation| !simulation.is_connected());
    assert!(simulation.is_connected());
    assert_eq!(simulation.server().unwrap().session.as_ref().unwrap().statistics().retransmissions, 2);
}

/// At each moment of a handshake and after it, and also where the client comes back with a ticket, which has a time in it.
#[test]
fn a_clock_that_jumps_a_day_forward_or_back_ends_no_handshake_and_no_session() {
    const DAY: i64 = 24 * 60 * 60;
    let (full, resumed) = (Scenario::of("ECDHE-ECDSA-AES128-GCM-SHA256"), Scenario::of("ECDHE-ECDSA-AES128-CCM"));
    for scenario in [full, Scenario { resumed: true, ..resumed }] {
        for ahead in [DAY, -DAY] {
            let mut events = 0;
            loop {
                let mut simulation = Simulation::new(&scenario, &Link::good(), &[]);
                let left = Cell::new(events);
                simulation.run_while(|simulation| !simulation.is_connected() && left.replace(left.get() - 1) > 0);
                let was_connected = simulation.is_connected();
                process::set_ahead(ahead);
                simulation.run_while(|simulation| !simulation.is_connected());
                assert!(simulation.is_connected(), "{ahead} s after {events} events: {:?}", simulation.client.end);
                // OpenSSL may take the flight under way for lost, and sends it again after a second.
                assert!(
                    simulation.now < Duration::from_secs(2),
                    "{ahead} s after {events} events: {:?}",
                    simulation.now
                );
                simulation.packets = vec![1, 200, 3];
                simulation.run_out();
                let (client, server) = (&simulation.client, simulation.server().unwrap());
                assert_eq!((&server.received, &client.received), (&client.sent, &server.sent));
                assert!(matches!(client.end, Some(EndReason::IdleTimeout(_) | EndReason::ClosedByPeer)));
                if was_connected {
                    break;
                }
                events += 1;
            }
            assert!(events >= 4, "the clock jumped at {events} moments of the handshake only");
        }
    }
}

#[test]
fn every_suite_that_a_server_takes_is_among_the_scenarios() {
    let known = scenario::suites().fold(String::new(), |known, suite| format!("{known}:!{suite}"));
    for suite in scenario::suites() {
        let (mut server, _) = Scenario::of(suite).options();
        server.negotiation.cipher_list = format!("ALL:COMPLEMENTOFALL{known}");
        let refused = ServerConfig::new(&server, std::sync::Arc::new(scenario::cookies()));
        assert!(matches!(refused, Err(OptionsError::Ciphers(_) | OptionsError::CiphersOfOtherKeys(_))), "{suite}");
    }
}

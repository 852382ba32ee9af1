//! Datagrams from several addresses to one acceptor: hellos with and without cookies, whole and changed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use dtls_core::{Accepted, Acceptor, CookieCheck};

use crate::ffi::{advance, live_bytes, now};
use crate::party::{Party, address, buffers};
use crate::script::Script;
use crate::{wire, worlds};

/// As many instructions as tell something; more only cost time.
const MOST_STEPS: usize = 32;

/// What an acceptor may keep for those with a valid cookie who got no session, in bytes: a spare `SSL`.
const SPARE: isize = 128 * 1024;

/// The most that one datagram with a valid cookie may bring forth, in bytes: a server's flight.
const FLIGHT: usize = 4 * 1024;

/// Bytes of a HelloVerifyRequest before the cookie in it.
const REQUEST: usize = wire::RECORD_HEADER + wire::MESSAGE_HEADER + 3;

pub(crate) fn run(input: &[u8]) {
    let mut script = Script::new(input);
    let world = script.below(worlds::COUNT);
    let mut acceptor = Acceptor::new(worlds::get(world).server.clone()).expect("OpenSSL has memory");
    let mut buffers = buffers();
    let first = hello(world);
    let mut with_cookie = first.clone();
    // The address that has the cookie.
    let mut owner = 0;
    let mut kept = 0;
    for _ in 0..MOST_STEPS {
        if script.is_empty() {
            break;
        }
        let step = script.byte() % 8;
        let from = script.byte() % 4;
        let mut datagram = if script.below(4) > 0 { with_cookie.clone() } else { first.clone() };
        match step {
            0 => {
                advance(Duration::from_secs(u64::from(script.byte())));
                continue;
            }
            1 => wire::change_header(&mut datagram, &mut script),
            2 | 3 => wire::change_bytes(&mut datagram, &mut script),
            4 => datagram = script.string().to_vec(),
            5 => datagram = wire::refragmented(&datagram, 1 + script.below(256), false),
            _ => {}
        }
        let before = live_bytes() as isize;
        let check = acceptor.check_cookie(address(from), &datagram, now());
        let accepted = acceptor.accept(address(from), &datagram, now(), &mut buffers);
        let sent = buffers.outgoing().bytes();
        match (check, accepted) {
            (CookieCheck::NoHello, Accepted::Ignored) => assert_eq!(sent, 0, "an answer to noise"),
            (CookieCheck::Missing | CookieCheck::Invalid, Accepted::CookieAsked) => {
                assert!(sent <= datagram.len(), "{sent} bytes for {} of a stranger", datagram.len());
                assert_eq!(live_bytes() as isize, before, "memory is kept for a stranger");
                if let (6.., Some(request)) = (step, buffers.outgoing().pop()) {
                    with_cookie = wire::with_cookie(&first, &request[REQUEST..]);
                    owner = from;
                }
            }
            (CookieCheck::Valid, Accepted::Session(_)) => {
                assert_eq!(from, owner, "a cookie of another address");
                assert!(sent <= FLIGHT, "{sent} bytes in answer to a hello");
            }
            (CookieCheck::Valid, Accepted::CookieAsked | Accepted::Ignored) => {
                kept += live_bytes() as isize - before;
                assert!(kept <= SPARE, "{kept} bytes are kept");
            }
            (check, accepted) => panic!("{check:?}, but {accepted:?}"),
        }
        buffers.outgoing().clear();
    }
}

/// The first hello of a client.
fn hello(world: usize) -> Vec<u8> {
    thread_local! {
        static HELLOS: RefCell<HashMap<usize, Vec<u8>>> = RefCell::default();
    }
    HELLOS.with_borrow_mut(|hellos| {
        let recorded = || Party::client(&worlds::get(world).client()).1.concat();
        hellos.entry(world).or_insert_with(recorded).clone()
    })
}

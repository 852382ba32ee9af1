//! A datagram of a stranger: what can be read of it without keys, and what an acceptor makes of it.

use dtls_core::{Accepted, Acceptor, CookieCheck, IoBuffers, is_hello_fragment, is_protected_data};

use crate::ffi::{live_bytes, now};
use crate::party::address;
use crate::worlds;

/// Where no client is, so that no cookie is for it.
const STRANGER: u8 = 99;

pub(crate) fn run(datagram: &[u8]) {
    thread_local! {
        static ACCEPTOR: std::cell::RefCell<(Acceptor, IoBuffers)> = std::cell::RefCell::new(worlds::acceptor());
    }
    ACCEPTOR.with_borrow_mut(|(acceptor, buffers)| {
        assert!(!(is_hello_fragment(datagram) && is_protected_data(datagram)), "it has one first record");
        let check = acceptor.check_cookie(address(STRANGER), datagram, now());
        let before = live_bytes();
        let accepted = acceptor.accept(address(STRANGER), datagram, now(), buffers);
        match (check, accepted) {
            (CookieCheck::NoHello, Accepted::Ignored) => {}
            (CookieCheck::Missing | CookieCheck::Invalid, Accepted::CookieAsked) => {
                assert!(!is_hello_fragment(datagram), "what is answered is a first fragment");
            }
            (CookieCheck::Valid, _) => panic!("a cookie was forged"),
            (check, accepted) => panic!("{check:?}, but {accepted:?}"),
        }
        let sent = buffers.outgoing().bytes();
        assert!(sent <= datagram.len(), "{sent} bytes for {} of a stranger", datagram.len());
        buffers.outgoing().clear();
        assert_eq!(live_bytes(), before, "memory is kept for a stranger");
    });
}

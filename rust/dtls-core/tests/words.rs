//! docs/errors.md explains every message of a session's end.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use dtls_core::EndReason;

const DOCUMENT: &str = include_str!("../../../docs/errors.md");

/// One of each, with the values that the document uses.
fn reasons() -> Vec<EndReason> {
    vec![
        EndReason::ClosedLocally,
        EndReason::ClosedByPeer,
        EndReason::Replaced,
        EndReason::CertificateMissing,
        EndReason::NoApplicationProtocol,
        EndReason::PskHandshakeTimeout(Duration::from_secs(10)),
        EndReason::HandshakeTimeout(Duration::from_secs(10)),
        EndReason::IdleTimeout(Duration::from_secs(30)),
        EndReason::Crowded,
        EndReason::ServerFull,
        EndReason::ThreadFailed,
        EndReason::PortUnreachable,
        EndReason::HostNotFound("game.example".into()),
        EndReason::NoSocket("Too many open files".into()),
        EndReason::SocketClosed,
        EndReason::Protocol("no shared cipher".into()),
    ]
}

/// Does not compile when there is a reason that is not named here, and then has to be in `reasons`.
fn is_sampled(reason: &EndReason) -> bool {
    match reason {
        EndReason::ClosedLocally
        | EndReason::ClosedByPeer
        | EndReason::Replaced
        | EndReason::CertificateMissing
        | EndReason::NoApplicationProtocol
        | EndReason::PskHandshakeTimeout(_)
        | EndReason::HandshakeTimeout(_)
        | EndReason::IdleTimeout(_)
        | EndReason::Crowded
        | EndReason::ServerFull
        | EndReason::ThreadFailed
        | EndReason::PortUnreachable
        | EndReason::HostNotFound(_)
        | EndReason::NoSocket(_)
        | EndReason::SocketClosed
        | EndReason::Protocol(_) => true,
        // By tests of their own: all alerts below, refusals beside their words.
        EndReason::Alert(_) | EndReason::CertificateRefused(_) => false,
    }
}

#[test]
fn every_reason_is_in_the_document() {
    for reason in reasons() {
        assert!(is_sampled(&reason));
        assert!(DOCUMENT.contains(&format!("| {reason} |")), "{reason}");
    }
}

#[test]
fn every_alert_is_in_the_document() {
    let start = "the other side refused: ";
    let mut named = 0;
    for alert in 0..=255 {
        let words = EndReason::Alert(alert).to_string();
        let words = words.strip_prefix(start).unwrap();
        if words != format!("alert {alert}") {
            assert!(DOCUMENT.contains(&format!("| {words} |")), "{words}");
            named += 1;
        }
    }
    assert!(named > 0 && DOCUMENT.contains(start));
}

//! docs/errors.md explains every message of a session's end.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use dtls_core::EndReason;

const DOCUMENT: &str = include_str!("../../../docs/errors.md");

/// The reasons of a list, and a match of it that does not compile while a reason is missing.
macro_rules! reasons {
    ($($name:ident $(($value:expr))?),* $(,)?) => {
        fn reasons() -> Vec<EndReason> {
            vec![$(EndReason::$name $(($value))?),*]
        }

        const fn is_listed(reason: &EndReason) -> bool {
            match reason {
                $(EndReason::$name { .. })|* => true,
                // By tests of their own: all alerts below, refusals beside their words.
                EndReason::Alert(_) | EndReason::CertificateRefused(_) => false,
            }
        }
    };
}

// One of each, with the values that the document uses.
reasons! {
    ClosedLocally,
    ClosedByPeer,
    Replaced,
    CertificateMissing,
    NoApplicationProtocol,
    PskHandshakeTimeout(Duration::from_secs(10)),
    HandshakeTimeout(Duration::from_secs(10)),
    IdleTimeout(Duration::from_secs(30)),
    KeysUsedUp,
    TooManyHandshakes,
    ServerFull,
    ThreadFailed,
    PortUnreachable,
    HostNotFound("game.example".into()),
    NoSocket("Too many open files".into()),
    SocketClosed,
    NoSharedCipher("ECDHE-ECDSA-AES128-GCM-SHA256, ECDHE-ECDSA-CHACHA20-POLY1305".into()),
    Protocol("unsupported protocol".into()),
}

#[test]
fn every_reason_is_in_the_document() {
    for reason in reasons() {
        assert!(is_listed(&reason) && DOCUMENT.contains(&format!("| {reason} |")), "{reason}");
    }
}

#[test]
fn every_alert_that_has_words_is_in_the_document_and_no_other() {
    let start = "the other side refused: ";
    assert!(DOCUMENT.contains(start));
    let words = |alert| EndReason::Alert(alert).to_string().strip_prefix(start).unwrap().to_owned();
    let mut expected: Vec<String> =
        (0..=255).filter(|alert| words(*alert) != format!("alert {alert}")).map(words).collect();
    let rows = DOCUMENT.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | ").map(|(words, _)| words));
    let mut documented: Vec<String> = rows.filter(|words| words.contains("(alert ")).map(str::to_owned).collect();
    expected.sort();
    documented.sort();
    assert_eq!(documented, expected);
}

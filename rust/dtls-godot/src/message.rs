//! What users read about a failure: what dtls-core and dtls-io say, their causes, and advice in the terms of our classes.

use std::error::Error;
use std::iter;

use dtls_core::{EndReason, OptionsError};
use dtls_io::ConnectError;

/// Why a connection ended.
pub(crate) fn of_end(reason: &EndReason) -> String {
    message(reason, end_advice(reason))
}

/// Why options were refused.
pub(crate) fn of_options(error: &OptionsError) -> String {
    message(error, options_advice(error))
}

/// Why a client did not start to connect.
pub(crate) fn of_connect(error: &ConnectError) -> String {
    match error {
        ConnectError::Options(error) => of_options(error),
        error => message(error, None),
    }
}

fn message(error: &dyn Error, advice: Option<&str>) -> String {
    let causes = iter::successors(error.source(), |cause| (*cause).source());
    let causes = causes.map(|cause| format!(": {cause}"));
    let advice = advice.map(|advice| format!("; {advice}"));
    iter::once(error.to_string()).chain(causes).chain(advice).collect()
}

fn end_advice(reason: &EndReason) -> Option<&'static str> {
    Some(match reason {
        EndReason::CertificateRefused(error) if error.is_self_signed() => {
            "if it is the right one, pass it as the trusted chain, as in TLSOptionsOpenSSL.client(certificate)"
        }
        EndReason::CertificateRefused(error) if error.is_untrusted() => {
            "pass the issuer's certificate as the trusted chain, and have the other side send its whole chain"
        }
        EndReason::CertificateRefused(error) if error.is_name_mismatch() => {
            "connect with a name it holds, or pass that name as the second argument of TLSOptionsOpenSSL.client()"
        }
        EndReason::CertificateMissing => "give the client its own with set_own_certificate()",
        EndReason::NoApplicationProtocol => "set its alpn_protocols as on this side",
        EndReason::NoSharedCipher(_) => "compare cipher_list and groups of both",
        EndReason::ServerFull => "as many clients are connected as max_connections allows",
        EndReason::ThreadFailed => "this is a bug in the addon: stop the server or client and start it again",
        EndReason::Options(error) => return options_advice(error),
        _ => return None,
    })
}

fn options_advice(error: &OptionsError) -> Option<&'static str> {
    Some(match error {
        OptionsError::NoName => "give the host name, or a common name override, or use unsafe client options",
        OptionsError::NoCertificate | OptionsError::NoPrivateKey => "is the file there that it is loaded from?",
        OptionsError::BadCertificate(_) => "check that the file is complete PEM text",
        OptionsError::Groups(..) => "name them as OpenSSL does, for example X25519:P-256",
        OptionsError::BadPin(_) => "get_peer_fingerprint() gives it in this form",
        OptionsError::PskKey(_) | OptionsError::SecretLength(_) | OptionsError::SecretNotRandom => {
            "make one with Crypto.new().generate_random_bytes(32)"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = include_str!("../../../docs/errors.md");

    /// The start of all messages about alerts, which the document leaves out.
    const REFUSED: &str = "the other side refused: ";

    /// The messages of all reasons as the document has them.
    fn messages() -> Vec<String> {
        let of = |reason: &EndReason| {
            let message = of_end(reason);
            // OpenSSL's reason is one of many, as is a fingerprint.
            let message = message.replace("no reason given", "unsupported protocol").replace(&"00".repeat(32), "…");
            message.strip_prefix(REFUSED).unwrap_or(&message).to_owned()
        };
        EndReason::examples().iter().map(of).collect()
    }

    #[test]
    fn every_message_of_an_end_is_in_the_document() {
        // A place in a chain is one of many.
        let depths = |message: &str| [0, 1].map(|depth| message.replace("(depth 0)", &format!("(depth {depth})")));
        let is_documented =
            |message: &String| depths(message).iter().any(|text| DOCUMENT.contains(&format!("| {text} |")));
        let missing: Vec<String> = messages().into_iter().filter(|message| !is_documented(message)).collect();
        assert!(missing.is_empty(), "{missing:#?}");
        assert!(DOCUMENT.contains(REFUSED));
    }

    #[test]
    fn no_alert_is_in_the_document_that_has_no_text() {
        let rows = DOCUMENT.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | ").map(|(text, _)| text));
        let messages = messages();
        for alert in rows.filter(|text| text.contains("(alert ")) {
            assert!(messages.iter().any(|message| message == alert), "{alert}");
        }
    }

    #[test]
    fn advice_follows_the_causes() {
        let error = dtls_core::certificates_from_pem(b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n");
        let message = error.map(drop).as_ref().map_or_else(of_options, |()| String::new());
        assert_eq!(
            message,
            "the certificate cannot be read: bad base64 decode; check that the file is complete PEM text"
        );
    }
}

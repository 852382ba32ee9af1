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
        ConnectError::System(_) => message(error, None),
    }
}

fn message(error: &dyn Error, advice: Option<&str>) -> String {
    let causes = iter::successors(error.source(), |cause| (*cause).source());
    let causes = causes.map(|cause| format!(": {cause}"));
    let advice = advice.map(|advice| format!("; {advice}"));
    iter::once(error.to_string()).chain(causes).chain(advice).collect()
}

const fn end_advice(reason: &EndReason) -> Option<&'static str> {
    match reason {
        EndReason::Options(error) => options_advice(error),
        _ => None,
    }
}

const fn options_advice(error: &OptionsError) -> Option<&'static str> {
    Some(match error {
        OptionsError::BadCertificate(_) => "check that the file is complete PEM text",
        OptionsError::Groups(..) => "name them as OpenSSL does, for example X25519:P-256",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_of_an_end_is_in_the_document() {
        let document = include_str!("../../../docs/errors.md");
        let messages = EndReason::examples().into_iter().map(|reason| of_end(&reason));
        // OpenSSL's reason is one of many.
        let messages = messages.map(|message| message.replace("no reason given", "unsupported protocol"));
        let missing: Vec<String> = messages.filter(|message| !document.contains(&format!("| {message} |"))).collect();
        assert!(missing.is_empty(), "{missing:#?}");
    }
}

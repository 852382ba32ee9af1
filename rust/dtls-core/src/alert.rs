//! The alerts of TLS (RFC 5246 §7.2) in plain words.

/// What the other side means by `alert`, and its number.
pub(crate) fn description(alert: u8) -> String {
    match text(alert) {
        Some(text) => format!("{text} (alert {alert})"),
        None => format!("alert {alert}"),
    }
}

/// What the other side means by `alert`, as seen from this side; `None` for the rest of them.
pub(crate) fn text(alert: u8) -> Option<&'static str> {
    Some(match alert {
        10 => "unexpected message",
        20 => "bad record",
        40 => "no cipher in common, or it wanted another certificate",
        41 => "a certificate is missing, ours or its own",
        42 => "it could not use our certificate",
        43 => "it does not take our kind of certificate",
        44 => "our certificate was revoked",
        45 => "our certificate has expired, or its clock is wrong",
        46 => "it does not accept our certificate",
        47 => "illegal parameter",
        48 => "it does not trust the issuer of our certificate",
        49 => "access denied",
        50 => "it could not decode a message",
        51 => "a signature or key did not verify",
        70 => "no protocol version in common",
        71 => "it accepts none of our ciphers",
        80 => "internal error",
        90 => "the handshake was cancelled",
        112 => "it does not know the host name we asked for",
        115 => "unknown pre-shared key identity",
        116 => "a client certificate is required",
        120 => "no application protocol in common",
        _ => return None,
    })
}

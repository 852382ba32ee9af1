//! Why two judges differ, where one reason goes for many cases.

use crate::case::{Accept, Opinions, Refuse, differ};

/// RFC 6125 §6.4.4 allowed it, RFC 9525 does not.
pub const OLD_NAME: Opinions = differ(
    Refuse,
    Refuse,
    Accept,
    "we compare the common name if there is no DNS name (RFC 6125 §6.4.4), because certificates made by the engine have only that",
);

pub const ROOT: Opinions = differ(
    Accept,
    Accept,
    Refuse,
    "RFC 5280 §6.1.1 uses only a root's name and key; OpenSSL checks a root like any other certificate",
);

pub const UNREAD: Opinions = differ(
    Refuse,
    Accept,
    Refuse,
    "rustls-webpki does not read key usages, key identifiers, serial numbers and the contents of names",
);

pub const SAME_MEANING: Opinions = differ(Refuse, Accept, Accept, "there is only one way to read it");

pub const POLICY: Opinions =
    differ(Accept, Refuse, Accept, "rustls-webpki does not support certificate policies, and refuses critical ones");

pub const CONSTRAINT_KIND: Opinions =
    differ(Accept, Refuse, Accept, "rustls-webpki cannot compare this kind of name with constraints, and refuses it");

pub const IDENTIFIER: Opinions = differ(
    Accept,
    Accept,
    Refuse,
    "key identifiers help to find an issuer (RFC 5280 §4.2.1.1); OpenSSL ignores an issuer whose identifier differs",
);

pub const TRUSTED_ITSELF: Opinions = differ(
    Accept,
    Refuse,
    Accept,
    "games often trust a server's own certificate; rustls-webpki trusts authorities only",
);

pub const AUTHORITY_AS_LEAF: Opinions = differ(
    Accept,
    Refuse,
    Accept,
    "certificates made by the engine are authorities and servers at once, which rustls-webpki refuses",
);

pub const UNUSUAL_KEY: Opinions = differ(
    Accept,
    Refuse,
    Accept,
    "rustls-webpki supports fewer kinds of keys; we accept those with 112 bits of security or more, except DSA",
);

pub const YEAR: Opinions = differ(Refuse, Accept, Accept, "a year of four digits is not ambiguous");

pub const NAME_AS_BYTES: Opinions = differ(
    Accept,
    Refuse,
    Accept,
    "RFC 5280 §7.1 compares the text of issuer names; rustls-webpki compares their bytes",
);

pub const OUTERMOST: Opinions = differ(
    Refuse,
    Refuse,
    Accept,
    "the outermost length is not signed; OpenSSL normalises it, and the certificate stays the same",
);

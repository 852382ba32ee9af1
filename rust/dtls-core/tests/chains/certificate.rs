//! A certificate in its parts, each of which a case may replace by other bytes.

use openssl::sha::sha1;

use crate::HOST;
use crate::der::{BIT_STRING, UTF8, common_name, integer, sequence, tlv};
use crate::extension::{
    CLIENT_AUTH, DIGITAL_SIGNATURE, Extension, KEY_CERT_SIGN, SERVER_AUTH, alt_names, basic_constraints, dns,
    extended_key_usage, issuer_identifier, key_identifier, key_usage,
};
use crate::keys::{Key, Scheme, p256};

pub type Der = Vec<u8>;

pub const V3: &[u8] = &[0xa0, 3, 2, 1, 2];
pub const V2: &[u8] = &[0xa0, 3, 2, 1, 1];
/// The version's default, which is left out.
pub const V1: &[u8] = &[];

/// What is to be signed, and with which key its subject will sign.
#[derive(Clone)]
pub struct Draft {
    pub version: Der,
    pub serial: Der,
    /// The algorithm within the signed part; the issuer's unless set.
    pub inner_algorithm: Option<Der>,
    /// The algorithm beside the signature; the issuer's unless set.
    pub outer_algorithm: Option<Der>,
    /// The issuer's subject unless set.
    pub issuer: Option<Der>,
    pub validity: Der,
    pub subject: Der,
    pub key: Key,
    /// The public key; that of `key` unless set.
    pub public_key: Option<Der>,
    pub extensions: Vec<Extension>,
    /// What the issuer's signature is made with.
    pub scheme: Scheme,
    /// Done to the signed part before it is signed.
    pub before_signing: fn(&[u8]) -> Der,
    /// Done to the signature.
    pub after_signing: fn(&[u8]) -> Der,
    /// Done to the certificate as a whole.
    pub at_last: fn(&[u8]) -> Der,
}

impl Draft {
    /// A certificate of the server, or of the client, for [`HOST`].
    pub fn leaf() -> Self {
        Self::new(HOST, p256("leaf"))
            .with(key_usage(DIGITAL_SIGNATURE))
            .with(extended_key_usage(&[SERVER_AUTH, CLIENT_AUTH]))
            .with(alt_names(&[dns(HOST)]))
    }

    /// An authority with a key of its own.
    pub fn authority(name: &str) -> Self {
        let draft = Self::new(name, p256(name)).with(basic_constraints(true, None)).with(key_usage(KEY_CERT_SIGN));
        let id = draft.key_id();
        draft.with(key_identifier(&id))
    }

    fn new(name: &str, key: Key) -> Self {
        Self {
            version: V3.to_vec(),
            serial: integer(&[0x11, 0x22]),
            inner_algorithm: None,
            outer_algorithm: None,
            issuer: None,
            validity: years(2020, 2120),
            subject: common_name(UTF8, name.as_bytes()),
            key,
            public_key: None,
            extensions: Vec::new(),
            scheme: Scheme::Sha256,
            before_signing: <[u8]>::to_vec,
            after_signing: <[u8]>::to_vec,
            at_last: <[u8]>::to_vec,
        }
    }

    /// With `extension` in place of another of its kind.
    pub fn with(self, extension: Extension) -> Self {
        self.without(extension.oid).and(extension)
    }

    /// With `extension`, whether or not there is another of its kind.
    pub fn and(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    pub fn without(mut self, oid: &str) -> Self {
        self.extensions.retain(|extension| extension.oid != oid);
        self
    }

    pub fn key(self, key: Key) -> Self {
        Self { key, ..self }
    }

    pub fn subject(self, subject: Der) -> Self {
        Self { subject, ..self }
    }

    pub fn valid(self, validity: Der) -> Self {
        Self { validity, ..self }
    }

    pub fn scheme(self, scheme: Scheme) -> Self {
        Self { scheme, ..self }
    }

    /// The key's identifier (RFC 5280 §4.2.1.2).
    pub fn key_id(&self) -> [u8; 20] {
        sha1(&self.key.public_key_to_der().unwrap())
    }

    pub fn self_signed(&self) -> Der {
        self.signed_by(self)
    }

    /// With the issuer's key identifier, as RFC 5280 §4.2.1.1 asks for.
    pub fn issued_by(&self, issuer: &Self) -> Der {
        if self.extensions.is_empty() || self.extensions.iter().any(|one| one.oid == issuer_identifier(&[]).oid) {
            return self.signed_by(issuer);
        }
        self.clone().with(issuer_identifier(&issuer.key_id())).signed_by(issuer)
    }

    /// As it is.
    pub fn signed_by(&self, issuer: &Self) -> Der {
        let algorithm = self.scheme.identifier(&issuer.key);
        let inner = self.inner_algorithm.as_ref().unwrap_or(&algorithm);
        let outer = self.outer_algorithm.as_ref().unwrap_or(&algorithm);
        let key = self.public_key.clone().unwrap_or_else(|| self.key.public_key_to_der().unwrap());
        let extensions = match &self.extensions[..] {
            [] => Vec::new(),
            all => tlv(0xa3, &[&sequence(&[&all.iter().flat_map(Extension::der).collect::<Vec<u8>>()])]),
        };
        let issuer_name = self.issuer.as_ref().unwrap_or(&issuer.subject);
        let signed = sequence(&[
            &self.version,
            &self.serial,
            inner,
            issuer_name,
            &self.validity,
            &self.subject,
            &key,
            &extensions,
        ]);
        let signed = (self.before_signing)(&signed);
        let signature = (self.after_signing)(&self.scheme.sign(&issuer.key, &signed));
        (self.at_last)(&sequence(&[&signed, outer, &tlv(BIT_STRING, &[&[0], &signature])]))
    }
}

/// A validity from the first day of one year to that of another.
pub fn years(from: u32, to: u32) -> Der {
    sequence(&[&new_year(from), &new_year(to)])
}

/// A time as RFC 5280 §4.1.2.5 wants it: with two digits of a year until 2049.
fn new_year(year: u32) -> Der {
    if year < 2050 {
        utc_time(&format!("{:02}0101000000Z", year % 100))
    } else {
        generalized_time(&format!("{year}0101000000Z"))
    }
}

pub fn utc_time(text: &str) -> Der {
    tlv(0x17, &[text.as_bytes()])
}

pub fn generalized_time(text: &str) -> Der {
    tlv(0x18, &[text.as_bytes()])
}

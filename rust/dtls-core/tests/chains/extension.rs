//! Extensions of certificates (RFC 5280 §4.2), well-formed or not.

use crate::der::{BIT_STRING, BOOLEAN, OCTET_STRING, integer, oid, sequence, tlv};

pub const BASIC_CONSTRAINTS: &str = "2.5.29.19";
pub const KEY_USAGE: &str = "2.5.29.15";
pub const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
pub const SUBJECT_ALT_NAME: &str = "2.5.29.17";
pub const NAME_CONSTRAINTS: &str = "2.5.29.30";
pub const SUBJECT_KEY_IDENTIFIER: &str = "2.5.29.14";
pub const AUTHORITY_KEY_IDENTIFIER: &str = "2.5.29.35";

pub const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
pub const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
pub const ANY_PURPOSE: &str = "2.5.29.37.0";

/// Bits of a key usage, the first one leftmost.
pub const DIGITAL_SIGNATURE: u8 = 0x80;
pub const NON_REPUDIATION: u8 = 0x40;
pub const KEY_ENCIPHERMENT: u8 = 0x20;
pub const KEY_AGREEMENT: u8 = 0x08;
pub const KEY_CERT_SIGN: u8 = 0x04;
pub const CRL_SIGN: u8 = 0x02;

#[derive(Clone)]
pub struct Extension {
    pub oid: &'static str,
    pub critical: bool,
    pub value: Vec<u8>,
}

impl Extension {
    pub fn new(oid: &'static str, value: Vec<u8>) -> Self {
        Self { oid, critical: false, value }
    }

    pub fn critical(self) -> Self {
        Self { critical: true, ..self }
    }

    pub fn optional(self) -> Self {
        Self { critical: false, ..self }
    }

    pub fn der(&self) -> Vec<u8> {
        let critical = if self.critical { tlv(BOOLEAN, &[&[0xff]]) } else { Vec::new() };
        sequence(&[&oid(self.oid), &critical, &tlv(OCTET_STRING, &[&self.value])])
    }
}

pub fn basic_constraints(authority: bool, path_length: Option<u8>) -> Extension {
    let authority = if authority { tlv(BOOLEAN, &[&[0xff]]) } else { Vec::new() };
    let length = path_length.map(|length| integer(&[length])).unwrap_or_default();
    Extension::new(BASIC_CONSTRAINTS, sequence(&[&authority, &length])).critical()
}

pub fn key_usage(bits: u8) -> Extension {
    Extension::new(KEY_USAGE, tlv(BIT_STRING, &[&[bits.trailing_zeros().min(7) as u8, bits]])).critical()
}

pub fn extended_key_usage(oids: &[&str]) -> Extension {
    let oids: Vec<u8> = oids.iter().flat_map(|dotted| oid(dotted)).collect();
    Extension::new(EXTENDED_KEY_USAGE, sequence(&[&oids]))
}

pub fn alt_names(names: &[General]) -> Extension {
    let names: Vec<u8> = names.iter().flat_map(General::der).collect();
    Extension::new(SUBJECT_ALT_NAME, sequence(&[&names]))
}

pub fn name_constraints(permitted: &[General], excluded: &[General]) -> Extension {
    let subtrees = |tag, names: &[General]| match names {
        [] => Vec::new(),
        names => tlv(tag, &[&names.iter().flat_map(|name| sequence(&[&name.der()])).collect::<Vec<u8>>()]),
    };
    let value = sequence(&[&subtrees(0xa0, permitted), &subtrees(0xa1, excluded)]);
    Extension::new(NAME_CONSTRAINTS, value).critical()
}

pub fn key_identifier(id: &[u8]) -> Extension {
    Extension::new(SUBJECT_KEY_IDENTIFIER, tlv(OCTET_STRING, &[id]))
}

pub fn issuer_identifier(id: &[u8]) -> Extension {
    Extension::new(AUTHORITY_KEY_IDENTIFIER, sequence(&[&tlv(0x80, &[id])]))
}

/// A GeneralName (RFC 5280 §4.2.1.6).
#[derive(Clone)]
pub struct General {
    tag: u8,
    content: Vec<u8>,
}

impl General {
    pub fn new(tag: u8, content: &[u8]) -> Self {
        Self { tag, content: content.to_vec() }
    }

    fn der(&self) -> Vec<u8> {
        tlv(self.tag, &[&self.content])
    }
}

pub fn email(text: &str) -> General {
    General::new(0x81, text.as_bytes())
}

pub fn dns(text: &str) -> General {
    General::new(0x82, text.as_bytes())
}

/// A distinguished name, as DER.
pub fn directory(name: &[u8]) -> General {
    General::new(0xa4, name)
}

pub fn uri(text: &str) -> General {
    General::new(0x86, text.as_bytes())
}

/// An address; in constraints with its mask.
pub fn ip(bytes: &[u8]) -> General {
    General::new(0x87, bytes)
}

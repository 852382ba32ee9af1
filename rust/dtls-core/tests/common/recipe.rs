//! Certificates with what a test wants in them, right or wrong.

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::{Id, PKey, Private};
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509NameBuilder};

use super::{Days, HOST, p256};

/// A certificate with its key.
#[derive(Clone)]
pub struct Issued {
    pub certificate: X509,
    pub key: PKey<Private>,
}

/// What is put into a certificate; a server's for [`HOST`] unless told otherwise.
pub struct Recipe {
    common_name: String,
    dns_names: Vec<String>,
    addresses: Vec<String>,
    days: Days,
    authority: Option<BasicConstraints>,
    for_clients_only: bool,
    key: PKey<Private>,
    digest: MessageDigest,
}

impl Recipe {
    pub fn server() -> Self {
        Self {
            common_name: HOST.into(),
            dns_names: vec![HOST.into()],
            addresses: Vec::new(),
            days: -1..1,
            authority: None,
            for_clients_only: false,
            key: p256(),
            digest: MessageDigest::sha256(),
        }
    }

    pub fn authority(name: &str) -> Self {
        let mut constraints = BasicConstraints::new();
        constraints.critical().ca();
        Self { common_name: name.into(), dns_names: Vec::new(), authority: Some(constraints), ..Self::server() }
    }

    /// An authority with at most `length` others below it.
    pub fn authority_over(name: &str, length: u32) -> Self {
        let mut recipe = Self::authority(name);
        recipe.authority.as_mut().unwrap().pathlen(length);
        recipe
    }

    pub fn common_name(self, name: &str) -> Self {
        Self { common_name: name.into(), ..self }
    }

    pub fn dns_names(self, names: &[&str]) -> Self {
        Self { dns_names: names.iter().map(ToString::to_string).collect(), ..self }
    }

    pub fn addresses(self, addresses: &[&str]) -> Self {
        Self { addresses: addresses.iter().map(ToString::to_string).collect(), ..self }
    }

    pub fn days(self, days: Days) -> Self {
        Self { days, ..self }
    }

    pub fn for_clients_only(self) -> Self {
        Self { for_clients_only: true, ..self }
    }

    pub fn key(self, key: PKey<Private>) -> Self {
        Self { key, ..self }
    }

    pub fn digest(self, digest: MessageDigest) -> Self {
        Self { digest, ..self }
    }

    pub fn self_signed(self) -> Issued {
        self.signed(None)
    }

    pub fn signed_by(self, issuer: &Issued) -> Issued {
        self.signed(Some(issuer))
    }

    fn signed(self, issuer: Option<&Issued>) -> Issued {
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_text("CN", &self.common_name).unwrap();
        let name = name.build();
        let mut builder = X509Builder::new().unwrap();
        builder.set_version(2).unwrap();
        builder.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
        builder.set_subject_name(&name).unwrap();
        builder.set_issuer_name(issuer.map_or(&*name, |issuer| issuer.certificate.subject_name())).unwrap();
        builder.set_pubkey(&self.key).unwrap();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64;
        let day = |day: i64| Asn1Time::from_unix(now + day * 86_400).unwrap();
        builder.set_not_before(&day(self.days.start)).unwrap();
        builder.set_not_after(&day(self.days.end)).unwrap();
        self.add_extensions(&mut builder);
        let signer = issuer.map_or(&self.key, |issuer| &issuer.key);
        // Ed25519 brings its own digest.
        let digest = if signer.id() == Id::ED25519 { MessageDigest::null() } else { self.digest };
        builder.sign(signer, digest).unwrap();
        Issued { certificate: builder.build(), key: self.key }
    }

    fn add_extensions(&self, builder: &mut X509Builder) {
        if !self.dns_names.is_empty() || !self.addresses.is_empty() {
            let mut names = SubjectAlternativeName::new();
            for name in &self.dns_names {
                names.dns(name);
            }
            for address in &self.addresses {
                names.ip(address);
            }
            let names = names.build(&builder.x509v3_context(None, None)).unwrap();
            builder.append_extension(names).unwrap();
        }
        if let Some(authority) = &self.authority {
            builder.append_extension(authority.build().unwrap()).unwrap();
            let mut usage = KeyUsage::new();
            usage.critical().key_cert_sign().digital_signature();
            builder.append_extension(usage.build().unwrap()).unwrap();
        }
        if self.for_clients_only {
            builder.append_extension(ExtendedKeyUsage::new().client_auth().build().unwrap()).unwrap();
        }
    }
}

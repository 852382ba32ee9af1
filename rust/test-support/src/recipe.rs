//! Certificates with what a test wants in them, right or wrong.

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509NameBuilder};

/// The name that servers have and clients verify.
pub const HOST: &str = "game.example";

/// Days from now that a certificate is valid from and to.
pub type Days = std::ops::Range<i64>;

/// A new P-256 key.
pub fn p256() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

/// A new RSA key of 2048 bits.
pub fn rsa2048() -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap()
}

/// A self-signed certificate for [`HOST`], which is its own authority.
pub fn self_signed(key: &PKey<Private>, days: Days) -> X509 {
    Recipe::authority(HOST).dns_names(&[HOST]).key(key.clone()).days(days).self_signed().certificate
}

/// A certificate with its key.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The certificate of `key`.
    pub certificate: X509,
    /// The private key.
    pub key: PKey<Private>,
}

/// What is put into a certificate: a P-256 key and SHA-256, valid from yesterday to tomorrow, unless told otherwise.
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
    /// A server's certificate for [`HOST`].
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

    /// An authority called `name`, for no host.
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

    /// The subject's name.
    pub fn common_name(self, name: &str) -> Self {
        Self { common_name: name.into(), ..self }
    }

    /// The hosts it is for.
    pub fn dns_names(self, names: &[&str]) -> Self {
        Self { dns_names: names.iter().map(ToString::to_string).collect(), ..self }
    }

    /// The IP addresses it is for.
    pub fn addresses(self, addresses: &[&str]) -> Self {
        Self { addresses: addresses.iter().map(ToString::to_string).collect(), ..self }
    }

    /// When it is valid.
    pub fn days(self, days: Days) -> Self {
        Self { days, ..self }
    }

    /// Its extended key usage does not include servers.
    pub fn for_clients_only(self) -> Self {
        Self { for_clients_only: true, ..self }
    }

    /// The key it is for.
    pub fn key(self, key: PKey<Private>) -> Self {
        Self { key, ..self }
    }

    /// The digest of the signature.
    pub fn digest(self, digest: MessageDigest) -> Self {
        Self { digest, ..self }
    }

    /// Signs it with its own key.
    pub fn self_signed(self) -> Issued {
        self.signed(None)
    }

    /// Signs it with the key of `issuer`.
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

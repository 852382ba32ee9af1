//! The demo's certificate: self-signed, for localhost, made at first run and never committed.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256, SanType,
};
use time::{Duration, OffsetDateTime};

use crate::project::Project;

const VALID: Duration = Duration::days(365);

/// Makes the key and certificate that the demo's scripts load, unless they are there and valid.
pub(crate) fn ensure(project: &Project) -> Result<()> {
    let folder = project.godot_project().join("demo/certs");
    let certificate = folder.join("server.crt");
    let key = folder.join("server.key");
    if key.exists() && is_valid(&certificate) {
        return Ok(());
    }
    let write = || -> Result<()> {
        let (certificate_pem, key_pem) = generate()?;
        fs::create_dir_all(&folder)?;
        write_private(&key, &key_pem)?;
        // Last, so that a certificate never stands without its key.
        Ok(fs::write(&certificate, certificate_pem)?)
    };
    write().with_context(|| format!("cannot make a certificate in {}", folder.display()))
}

/// A certificate is valid from the moment its file was written.
fn is_valid(certificate: &Path) -> bool {
    let age = fs::metadata(certificate)
        .and_then(|file| file.modified())
        .map(|written| OffsetDateTime::now_utc() - OffsetDateTime::from(written));
    age.is_ok_and(|age| age < VALID)
}

/// The PEM texts of a certificate and its P-256 key.
fn generate() -> Result<(String, String)> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut parameters = CertificateParams::new(["localhost".to_owned()])?;
    parameters.subject_alt_names.push(SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, "localhost");
    // It is its own trust anchor.
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.not_before = OffsetDateTime::now_utc() - Duration::days(1);
    parameters.not_after = OffsetDateTime::now_utc() + VALID;
    let certificate = parameters.self_signed(&key)?;
    Ok((certificate.pem(), key.serialize_pem()))
}

/// Writes a file that only its owner may read.
fn write_private(path: &Path, contents: &str) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(options.open(path)?.write_all(contents.as_bytes())?)
}

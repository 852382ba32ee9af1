//! The strict judge: rustls-webpki.

use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, Error, KeyUsage, anchor_from_trusted_cert};

use crate::case::{Accept, Case, Refuse, Role, Verdict};
use crate::keys::{Key, Scheme};

/// What rustls-webpki says about a case, and its words.
pub fn judge(case: &Case, role: Role) -> (Verdict, String) {
    match verify(case, role) {
        Ok(()) => (Accept, String::new()),
        Err(error) => (Refuse, error),
    }
}

fn verify(case: &Case, role: Role) -> Result<(), String> {
    let words = |error: Error| format!("{error:?}");
    let ders = |ders: &[Vec<u8>]| -> Vec<CertificateDer<'static>> { ders.iter().cloned().map(Into::into).collect() };
    let (shown, trusted) = (ders(&case.chain.shown), ders(&case.chain.anchors));
    let (own, others) = shown.split_first().ok_or("nothing is shown")?;
    let anchors: Vec<_> = trusted.iter().map(anchor_from_trusted_cert).collect::<Result<_, _>>().map_err(words)?;
    let own = EndEntityCert::try_from(own).map_err(words)?;
    let usage = match role {
        Role::Server => KeyUsage::server_auth(),
        Role::Client => KeyUsage::client_auth(),
    };
    own.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, others, UnixTime::now(), usage, None, None).map_err(words)?;
    verify_signature(&own, &case.chain.key)?;
    if role == Role::Server {
        let host = ServerName::try_from(case.host).map_err(|error| error.to_string())?;
        own.verify_is_valid_for_subject_name(&host).map_err(words)?;
    }
    Ok(())
}

/// Whether a signature of the owner, as a handshake has one, can be verified: webpki looks at no leaf's key before.
fn verify_signature(own: &EndEntityCert<'_>, key: &Key) -> Result<(), String> {
    let message = b"a handshake";
    let signature = Scheme::Sha256.sign(key, message);
    let verified = ALL_VERIFICATION_ALGS.iter().any(|one| own.verify_signature(*one, message, &signature).is_ok());
    if verified { Ok(()) } else { Err("a key of no use".into()) }
}

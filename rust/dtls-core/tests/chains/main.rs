//! Which chains get in: the RFCs, a strict judge and ours side by side, in the manner of x509-limbo and BetterTLS.
//!
//! Each family is a file of cases. `docs/certificates.md` counts them, and explains where the judges differ.
#![allow(clippy::unwrap_used, unreachable_pub)]
#![allow(clippy::field_reassign_with_default)] // the only way once the options are non_exhaustive

mod case;
mod certificate;
mod der;
mod document;
mod extension;
mod hostile;
mod keys;
mod ours;
mod reasons;
mod strict;

mod anchors;
mod constraints;
mod encodings;
mod extensions;
mod names;
mod paths;
mod pins;
mod purposes;
mod validity;
mod weak;
mod work;

use case::{Accept, Case};

/// Whom clients connect to, unless a case says another.
pub const HOST: &str = "game.example";

/// Has all judges judge all cases of a family.
fn judge(cases: &[Case]) {
    let mut surprises = Vec::new();
    let mut accepted = 0;
    for case in cases {
        let expected = case.expected;
        let agree = [expected.strict, expected.ours].iter().all(|one| *one == expected.rfc);
        assert_eq!(agree, expected.because.is_empty(), "{}: a difference has a reason, and only it", case.what);
        for &role in case.roles {
            let (ours, our_words) = ours::judge(case, role);
            let (strict, strict_words) = strict::judge(case, role);
            if (strict, ours) != (expected.strict, expected.ours) {
                let verdicts = format!("strict {strict:?} ({strict_words}), ours {ours:?} ({our_words})");
                surprises.push(format!("{role:?} {}: {verdicts}", case.what));
            }
            assert!(ours == Accept || !our_words.is_empty(), "{}: refused without a word", case.what);
            accepted += usize::from((expected.rfc, strict, ours) == (Accept, Accept, Accept));
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
    assert!(accepted > 0, "a family of which all are refused shows nothing");
}

#[test]
fn a_chain_ends_in_whom_is_trusted() {
    judge(&anchors::cases());
}

#[test]
fn an_authority_vouches_only_for_the_names_it_may() {
    judge(&constraints::cases());
}

#[test]
fn a_certificate_is_der_and_contradicts_nothing_in_it() {
    judge(&encodings::cases());
}

#[test]
fn an_extension_is_known_and_there_once_or_is_of_no_weight() {
    judge(&extensions::cases());
}

#[test]
fn a_certificate_names_the_host() {
    judge(&names::cases());
}

#[test]
fn a_path_leads_over_authorities_and_is_no_longer_than_they_allow() {
    judge(&paths::cases());
}

#[test]
fn a_certificate_is_used_for_what_it_is_for() {
    judge(&purposes::cases());
}

#[test]
fn every_certificate_of_a_chain_is_valid_now() {
    judge(&validity::cases());
}

#[test]
fn no_key_and_no_signature_is_weak() {
    judge(&weak::cases());
}

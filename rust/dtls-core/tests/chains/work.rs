//! What expensive chains cost: `cargo test -p dtls-core --test chains work -- --nocapture --test-threads 1` prints it.

use std::time::Duration;

use crate::case::{Accept, Case, Chain, GOOD, Path, Refuse, Role, Verdict};
use crate::certificate::Draft;
use crate::der::{UTF8, common_name, integer, oid, sequence};
use crate::extension::{Extension, General, alt_names, dns, name_constraints};
use crate::keys::{Key, p256, rsa, spelled_out};
use crate::{HOST, ours};

const ROLES: [Role; 2] = [Role::Server, Role::Client];

/// As many as OpenSSL compares: 2^20 pairs for two certificates.
const NAMES: usize = 1321;
const CONSTRAINTS: usize = 793;

/// The same name `count` times. Each is compared again.
fn many(count: usize, name: &str) -> Vec<General> {
    vec![dns(name); count]
}

/// A leaf with `count` names beside its own, below an authority that excludes `constraints` others.
fn constrained(count: usize, constraints: usize) -> Chain {
    let path = Path::new();
    let presented = [many(count - 1, "a"), vec![dns(HOST)]].concat();
    Path {
        intermediate: path.intermediate.with(name_constraints(&[], &many(constraints, "z"))),
        leaf: path.leaf.with(alt_names(&presented)),
        ..path
    }
    .chain()
}

/// Authorities with constraints over authorities with names: as much work as fits, in pairs that are not too much.
fn spread(pairs: usize) -> Chain {
    let root = Draft::authority("root");
    let mut above = root.clone();
    let mut shown = Vec::new();
    for index in 0..2 * pairs {
        let draft = Draft::authority("authority").subject(common_name(UTF8, index.to_string().as_bytes()));
        let extension =
            if index < pairs { name_constraints(&[], &many(CONSTRAINTS, "z")) } else { alt_names(&many(NAMES, "a")) };
        let draft = draft.with(extension);
        shown.push(draft.issued_by(&above));
        above = draft;
    }
    shown.push(Draft::leaf().issued_by(&above));
    shown.reverse();
    Chain { shown, key: p256("leaf"), anchors: vec![root.self_signed()] }
}

/// A line of authorities that nobody trusts.
fn line(length: usize) -> Chain {
    let mut above = Draft::authority("stranger");
    let mut shown = vec![above.self_signed()];
    for index in 0..length {
        let draft = Draft::authority("authority").subject(common_name(UTF8, index.to_string().as_bytes()));
        shown.push(draft.issued_by(&above));
        above = draft;
    }
    shown.push(Draft::leaf().issued_by(&above));
    shown.reverse();
    Chain { shown, ..Path::new().chain() }
}

/// Authorities of one name and one identifier, none of which has signed the leaf.
fn candidates(count: u8, key: &Key) -> Chain {
    let path = Path::new();
    let good = path.chain();
    let other = |number| {
        let draft = Draft { serial: integer(&[1, number]), ..path.intermediate.clone() };
        draft.key(key.clone()).issued_by(&path.root)
    };
    Chain { shown: std::iter::once(good.shown[0].clone()).chain((0..count).map(other)).collect(), ..good }
}

/// Authorities that each map two policies to both, so that one below has twice as many ways.
fn policies(length: usize) -> Chain {
    let two: Vec<Vec<u8>> = ["1.3.6.1.4.1.55555.6", "1.3.6.1.4.1.55555.7"].map(oid).to_vec();
    let listed: Vec<u8> = two.iter().flat_map(|policy| sequence(&[policy])).collect();
    let pairs = two.iter().flat_map(|from| two.iter().map(|to| sequence(&[from, to]))).collect::<Vec<_>>().concat();
    let root = Draft::authority("root");
    let mut above = root.clone();
    let mut shown = Vec::new();
    for index in 0..length {
        let draft = Draft::authority("authority").subject(common_name(UTF8, index.to_string().as_bytes()));
        let policies = Extension::new("2.5.29.32", sequence(&[&listed]));
        let draft = draft.with(policies).with(Extension::new("2.5.29.33", sequence(&[&pairs])));
        shown.push(draft.issued_by(&above));
        above = draft;
    }
    shown.push(Draft::leaf().with(Extension::new("2.5.29.32", sequence(&[&listed]))).issued_by(&above));
    shown.reverse();
    Chain { shown, key: p256("leaf"), anchors: vec![root.self_signed()] }
}

/// What is said of a chain, and its words; prints what it cost both sides.
fn judged(what: &str, role: Role, chain: Chain) -> (Verdict, String) {
    let bytes: usize = chain.shown.iter().map(Vec::len).sum();
    let count = chain.shown.len();
    let case = Case::new("", chain, GOOD);
    let start = processor_time();
    let judged = ours::judge(&case, role);
    let took = processor_time() - start;
    println!("{role:?}: {what}: {count} certificates, {bytes} bytes, {took:?}: {judged:?}");
    judged
}

/// Of this thread, whatever else the machine does; zero where Linux does not tell it.
fn processor_time() -> Duration {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = statistics.split_whitespace().next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

/// How many certificates fit, or how many pairs.
fn fitting(role: Role, [client, server]: [u8; 2]) -> u8 {
    match role {
        Role::Server => client,
        Role::Client => server,
    }
}

#[test]
fn more_names_times_constraints_than_a_million_are_not_compared() {
    for role in ROLES {
        assert_eq!(judged("a good chain", role, Path::new().chain()).0, Accept);
        assert_eq!(judged("a million", role, constrained(NAMES, CONSTRAINTS)).0, Accept);
        let (verdict, words) = judged("more", role, constrained(NAMES, CONSTRAINTS + 1));
        assert_eq!((verdict, &*words), (Refuse, "unspecified certificate verification error (depth 0)"));
    }
}

#[test]
fn the_most_names_and_constraints_of_a_handshake_are_judged() {
    for role in ROLES {
        let chain = spread(fitting(role, [5, 3]).into());
        assert_eq!(judged("names and constraints", role, chain).0, Accept);
    }
}

#[test]
fn policies_that_double_with_every_authority_are_not_followed_for_long() {
    for role in ROLES {
        assert_eq!(judged("policies of four", role, policies(4)).0, Accept);
        assert_eq!(judged("policies of many", role, policies(fitting(role, [70, 40]).into())).0, Refuse);
    }
}

#[test]
fn a_chain_is_put_together_only_up_to_a_size() {
    for role in ROLES {
        for (what, count) in [("as many as fit", fitting(role, [120, 80])), ("too many", fitting(role, [130, 90]))] {
            let (verdict, words) = judged(what, role, candidates(count, &p256("stranger")));
            // Nothing is said of a chain that is not put together.
            assert_eq!((verdict, words.is_empty()), (Refuse, what == "too many"), "{words}");
        }
    }
}

#[test]
fn a_stranger_s_chain_ends_in_a_refusal_however_it_winds() {
    for role in ROLES {
        let count = fitting(role, [100, 70]);
        assert_eq!(judged("in a line", role, line(count.into())).0, Refuse);
        for (what, key) in [("RSA of 4096 bits", rsa(4096)), ("curves spelled out", spelled_out())] {
            assert_eq!(judged(what, role, candidates(fitting(role, [50, 32]), &key)).0, Refuse);
        }
    }
}

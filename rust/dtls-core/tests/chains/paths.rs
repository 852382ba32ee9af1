//! Paths from a leaf to a trusted certificate (RFC 5280 §6.1).

use crate::case::{Accept, BAD, Case, Chain, GOOD, Path, Refuse, differ, intermediate, leaf, root};
use crate::certificate::{Der, Draft, V1, V2};
use crate::extension::{
    AUTHORITY_KEY_IDENTIFIER, BASIC_CONSTRAINTS, Extension, SUBJECT_KEY_IDENTIFIER, basic_constraints,
    issuer_identifier, key_identifier,
};
use crate::keys::p256;
use crate::reasons::{AUTHORITY_AS_LEAF, IDENTIFIER, ROOT, TRUSTED_ITSELF};

pub fn cases() -> Vec<Case> {
    [lengths(), authorities(), identifiers(), shapes(), anchored()].into_iter().flatten().collect()
}

/// A leaf below `authorities`, the first of which is trusted, each signed by the one before it.
fn line(authorities: &[Draft], leaf: &Draft) -> Chain {
    let root = &authorities[0];
    let mut shown: Vec<Der> = authorities.windows(2).map(|pair| pair[1].issued_by(&pair[0])).collect();
    shown.push(leaf.issued_by(authorities.last().unwrap()));
    shown.reverse();
    Chain { shown, key: leaf.key.clone(), anchors: vec![root.self_signed()] }
}

fn numbered(count: usize) -> Vec<Draft> {
    (0..count).map(|number| Draft::authority(&number.to_string())).collect()
}

fn lengths() -> Vec<Case> {
    let limited = |limits: &[Option<u8>]| {
        let drafts = numbered(limits.len()).into_iter().zip(limits);
        let drafts: Vec<Draft> = drafts.map(|(draft, limit)| draft.with(basic_constraints(true, *limit))).collect();
        line(&drafts, &Draft::leaf())
    };
    // An authority with the name of its issuer does not count (§4.2.1.9).
    let self_issued = || {
        let first = Draft::authority("same").with(basic_constraints(true, Some(0)));
        let second = Draft { subject: first.subject.clone(), ..Draft::authority("second of the same") };
        line(&[Draft::authority("root"), first, second], &Draft::leaf())
    };
    vec![
        Case::new("no authority below the root", line(&numbered(1), &Draft::leaf()), GOOD),
        Case::new("five authorities", line(&numbered(5), &Draft::leaf()), GOOD),
        Case::new("seven authorities", line(&numbered(7), &Draft::leaf()), GOOD),
        Case::new(
            "twelve authorities",
            line(&numbered(12), &Draft::leaf()),
            differ(Accept, Refuse, Accept, "rustls-webpki accepts six authorities at most"),
        ),
        Case::new("path length 0 and none below", limited(&[None, Some(0)]), GOOD),
        Case::new("path length 0 and one below", limited(&[None, Some(0), None]), BAD),
        Case::new("path length 1 and one below", limited(&[None, Some(1), None]), GOOD),
        Case::new("path length 1 and two below", limited(&[None, Some(1), None, None]), BAD),
        Case::new("a path length that allows less than the one above", limited(&[None, Some(3), Some(0), None]), BAD),
        Case::new("a path length that allows more than the one above", limited(&[None, Some(0), Some(3)]), BAD),
        Case::new("a root's path length 0 and one below", limited(&[Some(0), None]), ROOT),
        Case::new("a root's path length 1 and one below", limited(&[Some(1), None]), GOOD),
        Case::new(
            "path length 0 and one of the same name below",
            self_issued(),
            differ(
                Accept,
                Refuse,
                Accept,
                "RFC 5280 §4.2.1.9 does not count authorities that issued themselves; rustls-webpki does",
            ),
        ),
        Case::new("a path length on a leaf", leaf(|leaf| leaf.with(basic_constraints(false, Some(0)))), GOOD),
        Case::new(
            "a path length below 0",
            intermediate(|one| {
                one.with(Extension::new(BASIC_CONSTRAINTS, vec![0x30, 6, 1, 1, 0xff, 2, 1, 0xff]).critical())
            }),
            BAD,
        ),
    ]
}

fn authorities() -> Vec<Case> {
    let path = Path::new();
    // A leaf signs another leaf.
    let below_a_leaf = |above: Draft| {
        let evil = Draft::leaf().key(p256("evil"));
        let chain = path.chain();
        let above = Draft { key: p256("leaf"), ..above };
        Chain {
            shown: [vec![evil.issued_by(&above), above.issued_by(&path.intermediate)], chain.shown[1..].to_vec()]
                .concat(),
            key: evil.key,
            anchors: chain.anchors,
        }
    };
    vec![
        Case::new("an authority with CA:FALSE", intermediate(|one| one.with(basic_constraints(false, None))), BAD),
        Case::new("an authority without basicConstraints", intermediate(|one| one.without(BASIC_CONSTRAINTS)), BAD),
        Case::new(
            "an authority whose basicConstraints are not critical",
            intermediate(|one| one.with(basic_constraints(true, None).optional())),
            GOOD,
        ),
        Case::new(
            "an authority of version 1",
            intermediate(|one| Draft { version: V1.to_vec(), extensions: vec![], ..one }),
            BAD,
        ),
        Case::new(
            "an authority of version 2",
            intermediate(|one| Draft { version: V2.to_vec(), extensions: vec![], ..one }),
            BAD,
        ),
        Case::new(
            "an authority of version 3 without extensions",
            intermediate(|one| Draft { extensions: vec![], ..one }),
            BAD,
        ),
        Case::new("a root of version 1", root(|one| Draft { version: V1.to_vec(), extensions: vec![], ..one }), GOOD),
        Case::new("a root without basicConstraints", root(|one| one.without(BASIC_CONSTRAINTS)), GOOD),
        Case::new("a root with CA:FALSE", root(|one| one.with(basic_constraints(false, None))), ROOT),
        Case::new("a leaf with CA:TRUE", leaf(|leaf| leaf.with(basic_constraints(true, None))), AUTHORITY_AS_LEAF),
        Case::new("a leaf with CA:FALSE", leaf(|leaf| leaf.with(basic_constraints(false, None))), GOOD),
        Case::new("a leaf below a leaf", below_a_leaf(path.leaf.clone()), BAD),
        Case::new(
            "a leaf below a leaf with CA:FALSE",
            below_a_leaf(path.leaf.clone().with(basic_constraints(false, None))),
            BAD,
        ),
    ]
}

fn identifiers() -> Vec<Case> {
    vec![
        Case::new(
            "an authority key identifier of another key",
            leaf(|leaf| leaf.with(issuer_identifier(b"another key"))),
            IDENTIFIER,
        ),
        Case::new(
            "an empty authority key identifier",
            leaf(|leaf| leaf.with(Extension::new(AUTHORITY_KEY_IDENTIFIER, vec![0x30, 0]))),
            GOOD,
        ),
        Case::new(
            "a subject key identifier that is not the authority's",
            intermediate(|one| one.with(key_identifier(b"of another"))),
            IDENTIFIER,
        ),
        Case::new(
            "an authority without a subject key identifier",
            intermediate(|one| one.without(SUBJECT_KEY_IDENTIFIER)),
            GOOD,
        ),
        Case::new("a root without a subject key identifier", root(|one| one.without(SUBJECT_KEY_IDENTIFIER)), GOOD),
    ]
}

fn shapes() -> Vec<Case> {
    let path = Path::new();
    let good = path.chain();
    let [own, middle] = [&good.shown[0], &good.shown[1]].map(Clone::clone);
    let showing = |shown: Vec<Der>| Chain { shown, ..good.clone() };
    let other = Draft::authority("other root");
    let stranger = Draft::authority("stranger");
    // Two authorities that have signed each other, with no way out.
    let (one, two) = (Draft::authority("one"), Draft::authority("two"));
    let circle = showing(vec![Draft::leaf().issued_by(&one), one.issued_by(&two), two.issued_by(&one)]);
    let cross = path.root.issued_by(&other);
    let same_name = Draft { key: p256("same name"), ..path.intermediate.clone() };
    vec![
        Case::new("a chain in order", good.clone(), GOOD),
        Case::new("the authority is missing", showing(vec![own.clone()]), BAD),
        Case::new("the authority is shown twice", showing(vec![own.clone(), middle.clone(), middle.clone()]), GOOD),
        Case::new(
            "an unrelated certificate in between",
            showing(vec![own.clone(), stranger.self_signed(), middle.clone()]),
            GOOD,
        ),
        Case::new("the leaf is shown again", showing(vec![own.clone(), own.clone(), middle.clone()]), GOOD),
        Case::new("the authority first", showing(vec![middle.clone(), own.clone()]), BAD),
        Case::new("two authorities that signed each other", circle, BAD),
        Case::new(
            "a loop beside the path",
            showing(vec![own.clone(), path.root.issued_by(&one), one.issued_by(&path.root), middle.clone()]),
            GOOD,
        ),
        Case::new(
            "a root signed by another that is trusted",
            Chain {
                shown: vec![own.clone(), middle.clone(), cross.clone()],
                anchors: vec![other.self_signed()],
                ..good.clone()
            },
            GOOD,
        ),
        Case::new(
            "a root signed by a stranger too",
            showing(vec![own.clone(), middle.clone(), path.root.issued_by(&stranger)]),
            GOOD,
        ),
        Case::new(
            "a root signed by a stranger only",
            Chain {
                shown: vec![own.clone(), middle.clone(), cross],
                anchors: vec![stranger.self_signed()],
                ..good.clone()
            },
            BAD,
        ),
        Case::new(
            "another key under the authority's name before it",
            showing(vec![own.clone(), same_name.issued_by(&path.root), middle.clone()]),
            differ(Accept, Accept, Refuse, "OpenSSL tries one path only, which limits its work"),
        ),
        Case::new(
            "another key under the authority's name",
            showing(vec![own.clone(), same_name.issued_by(&path.root)]),
            BAD,
        ),
        Case::new(
            "an authority of the right name that signed itself",
            showing(vec![own.clone(), path.intermediate.self_signed()]),
            BAD,
        ),
        Case::new(
            "an expired authority before the valid one",
            showing(vec![
                own.clone(),
                path.intermediate.clone().valid(crate::certificate::years(2000, 2010)).issued_by(&path.root),
                middle,
            ]),
            GOOD,
        ),
    ]
}

/// Trust in others than a root.
fn anchored() -> Vec<Case> {
    let path = Path::new();
    let good = path.chain();
    let trusting = |anchors: Vec<Der>| Chain { anchors, ..good.clone() };
    let only = |leaf: &Draft| {
        let own = leaf.self_signed();
        Chain { shown: vec![own.clone()], key: leaf.key.clone(), anchors: vec![own] }
    };
    vec![
        Case::new("the authority in the middle is trusted", trusting(vec![good.shown[1].clone()]), GOOD),
        Case::new("the leaf is trusted", trusting(vec![good.shown[0].clone()]), TRUSTED_ITSELF),
        Case::new("a leaf signed by itself is trusted", only(&Draft::leaf()), GOOD),
        Case::new(
            "a trusted certificate with CA:TRUE that is shown",
            only(&Draft::leaf().with(basic_constraints(true, None))),
            AUTHORITY_AS_LEAF,
        ),
        Case::new(
            "another leaf of the same authority is trusted",
            trusting(vec![Draft::leaf().key(p256("sibling")).issued_by(&path.intermediate)]),
            BAD,
        ),
        Case::new(
            "a leaf of the same name and another key is trusted",
            trusting(vec![Draft::leaf().key(p256("sibling")).self_signed()]),
            BAD,
        ),
        Case::new(
            "the leaf is trusted and shows another",
            Chain {
                shown: vec![Draft::leaf().key(p256("evil")).issued_by(&Draft::leaf())],
                key: p256("evil"),
                anchors: vec![Draft::leaf().self_signed()],
            },
            differ(Refuse, Accept, Refuse, "rustls-webpki treats every trusted certificate as an authority"),
        ),
    ]
}

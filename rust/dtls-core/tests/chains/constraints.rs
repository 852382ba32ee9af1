//! Which names an authority may vouch for (RFC 5280 §4.2.1.10).

use crate::case::{Accept, BAD, Case, GOOD, Opinions, Path, Refuse, differ};
use crate::der::{UTF8, common_name, sequence, tlv};
use crate::extension::{
    Extension, General, NAME_CONSTRAINTS, SUBJECT_ALT_NAME, alt_names, directory, dns, email, ip, name_constraints, uri,
};
use crate::reasons::CONSTRAINT_KIND;

const V4: [u8; 4] = [192, 0, 2, 1];

/// A leaf with `presented`, below an authority with `constraints`.
fn limited(
    what: &'static str,
    host: &'static str,
    constraints: Extension,
    presented: &[General],
    expected: Opinions,
) -> Case {
    let path = Path::new();
    let subject = common_name(UTF8, b"a player");
    let chain = Path {
        intermediate: path.intermediate.with(constraints),
        leaf: path.leaf.subject(subject).with(alt_names(presented)),
        ..path
    }
    .chain();
    Case::of_host(what, host, chain, expected)
}

fn permitted(names: &[General]) -> Extension {
    name_constraints(names, &[])
}

fn excluded(names: &[General]) -> Extension {
    name_constraints(&[], names)
}

pub fn cases() -> Vec<Case> {
    [dns_names(), addresses(), other_kinds(), subjects(), places(), malformed()].into_iter().flatten().collect()
}

fn dns_names() -> Vec<Case> {
    const WILDCARD: Opinions = differ(
        Accept,
        Refuse,
        Accept,
        "we also compare the constraints with the host that the client asked for, and it is not excluded",
    );
    let game = &[dns("game.example")];
    let at = "game.example";
    vec![
        limited("the host is permitted", at, permitted(&[dns("game.example")]), game, GOOD),
        limited("its domain is permitted", at, permitted(&[dns("example")]), game, GOOD),
        limited("its domain in capitals is permitted", at, permitted(&[dns("EXAMPLE")]), game, GOOD),
        limited("its domain is permitted with a dot before it", at, permitted(&[dns(".example")]), game, GOOD),
        limited("every name is permitted", at, permitted(&[dns("")]), game, GOOD),
        limited("one of two domains is permitted", at, permitted(&[dns("test"), dns("example")]), game, GOOD),
        limited("another domain is permitted", at, permitted(&[dns("test")]), game, BAD),
        limited("a domain that ends like its is permitted", at, permitted(&[dns("ample")]), game, BAD),
        limited("a host below it is permitted", at, permitted(&[dns("a.game.example")]), game, BAD),
        limited("hosts below it are permitted", at, permitted(&[dns(".game.example")]), game, BAD),
        limited("a dot is permitted", at, permitted(&[dns(".")]), game, BAD),
        limited("a wildcard is permitted", at, permitted(&[dns("*.example")]), game, BAD),
        limited("its domain with a dot at its end is permitted", at, permitted(&[dns("example.")]), game, BAD),
        limited("a domain with a NUL is permitted", at, permitted(&[General::new(0x82, b"example\0")]), game, BAD),
        limited("another domain is excluded", at, excluded(&[dns("test")]), game, GOOD),
        limited("a domain that ends like its is excluded", at, excluded(&[dns("ample")]), game, GOOD),
        limited("the host is excluded", at, excluded(&[dns("game.example")]), game, BAD),
        limited("its domain is excluded", at, excluded(&[dns("example")]), game, BAD),
        limited("its domain in capitals is excluded", at, excluded(&[dns("EXAMPLE")]), game, BAD),
        limited("its domain is excluded with a dot before it", at, excluded(&[dns(".example")]), game, BAD),
        limited("every name is excluded", at, excluded(&[dns("")]), game, BAD),
        limited(
            "the host is excluded and its domain permitted",
            at,
            name_constraints(&[dns("example")], &[dns("game.example")]),
            game,
            BAD,
        ),
        limited("the same is permitted and excluded", at, name_constraints(game, game), game, BAD),
        limited("a second name is not permitted", at, permitted(game), &[dns("game.example"), dns("other.test")], BAD),
        limited("a second name is excluded", at, excluded(&[dns("test")]), &[dns("game.example"), dns("a.test")], BAD),
        limited(
            "a wildcard in a permitted domain",
            "a.play.example",
            permitted(&[dns("play.example")]),
            &[dns("*.play.example")],
            GOOD,
        ),
        limited(
            "a wildcard that reaches an excluded host",
            "a.play.example",
            excluded(&[dns("evil.play.example")]),
            &[dns("*.play.example")],
            WILDCARD,
        ),
        limited(
            "an excluded host by a wildcard",
            "evil.play.example",
            excluded(&[dns("evil.play.example")]),
            &[dns("*.play.example")],
            BAD,
        ),
        limited(
            "a host below an excluded one by a wildcard",
            "a.evil.example",
            excluded(&[dns("a.evil.example")]),
            &[dns("*.evil.example")],
            BAD,
        ),
        limited(
            "a wildcard that reaches beyond what is permitted",
            "a.play.example",
            permitted(&[dns("a.play.example")]),
            &[dns("*.play.example")],
            BAD,
        ),
        limited(
            "a name with a NUL in a permitted domain",
            "other.test",
            permitted(&[dns("example")]),
            &[General::new(0x82, b"other.test\0.example")],
            BAD,
        ),
    ]
}

fn addresses() -> Vec<Case> {
    let at = "192.0.2.1";
    let v4 = &[ip(&V4)];
    let net = |net: [u8; 4], mask: [u8; 4]| ip(&[net, mask].concat());
    let its = net([192, 0, 2, 0], [255, 255, 255, 0]);
    let v6 = |last: u8| ip(&[&[0x20, 1, 0x0d, 0xb8][..], &[0; 11], &[last]].concat());
    let v6_net = ip(&[&[0x20, 1, 0x0d, 0xb8][..], &[0; 12], &[0xff; 4], &[0; 12]].concat());
    vec![
        limited("its network is permitted", at, permitted(std::slice::from_ref(&its)), v4, GOOD),
        limited("every network is permitted", at, permitted(&[net([0; 4], [0; 4])]), v4, GOOD),
        limited("another network is permitted", at, permitted(&[net([10, 0, 0, 0], [255, 0, 0, 0])]), v4, BAD),
        limited("its network is excluded", at, excluded(&[its]), v4, BAD),
        limited("every network is excluded", at, excluded(&[net([0; 4], [0; 4])]), v4, BAD),
        limited("another network is excluded", at, excluded(&[net([10, 0, 0, 0], [255, 0, 0, 0])]), v4, GOOD),
        limited(
            "its IPv6 network is permitted",
            "2001:db8::1",
            permitted(std::slice::from_ref(&v6_net)),
            &[v6(1)],
            GOOD,
        ),
        limited("its IPv6 network is excluded", "2001:db8::1", excluded(std::slice::from_ref(&v6_net)), &[v6(1)], BAD),
        limited("an IPv6 network is permitted and IPv4 is shown", at, permitted(&[v6_net]), v4, BAD),
        limited(
            "a mask with gaps",
            at,
            permitted(&[net([192, 0, 2, 1], [255, 0, 255, 255])]),
            v4,
            differ(Refuse, Refuse, Accept, "OpenSSL compares the bits that the mask selects, and they match"),
        ),
        limited("a network of five bytes", at, permitted(&[ip(&[192, 0, 2, 0, 24])]), v4, BAD),
        limited("a network without a mask", at, permitted(&[ip(&V4)]), v4, BAD),
        limited("DNS names are permitted and an address is shown", at, permitted(&[dns("example")]), v4, GOOD),
        limited(
            "an IP address beside the host that is not permitted",
            "game.example",
            permitted(&[net([10, 0, 0, 0], [255, 0, 0, 0])]),
            &[dns("game.example"), ip(&V4)],
            BAD,
        ),
    ]
}

fn other_kinds() -> Vec<Case> {
    let at = "game.example";
    let with = |name: General| [dns("game.example"), name];
    vec![
        limited(
            "an email address that is permitted",
            at,
            permitted(&[email("me@mail.example")]),
            &with(email("me@mail.example")),
            CONSTRAINT_KIND,
        ),
        limited(
            "an email host that is permitted",
            at,
            permitted(&[email("mail.example")]),
            &with(email("me@mail.example")),
            CONSTRAINT_KIND,
        ),
        limited(
            "another email host is permitted",
            at,
            permitted(&[email("mail.test")]),
            &with(email("me@mail.example")),
            BAD,
        ),
        limited(
            "an email host that is excluded",
            at,
            excluded(&[email("mail.example")]),
            &with(email("me@mail.example")),
            BAD,
        ),
        limited(
            "another URI host is permitted",
            at,
            permitted(&[uri("pages.test")]),
            &with(uri("https://pages.example/")),
            BAD,
        ),
        limited(
            "a URI host that is permitted",
            at,
            permitted(&[uri("pages.example")]),
            &with(uri("https://pages.example/")),
            CONSTRAINT_KIND,
        ),
        limited(
            "a URI host that is excluded",
            at,
            excluded(&[uri("pages.example")]),
            &with(uri("https://pages.example/")),
            BAD,
        ),
        limited(
            "email is constrained and not shown",
            at,
            permitted(&[email("mail.example")]),
            &[dns("game.example")],
            GOOD,
        ),
        limited(
            "a registeredID is constrained",
            at,
            permitted(&[General::new(0x88, &[42, 3])]),
            &[dns("game.example")],
            GOOD,
        ),
        limited(
            "a registeredID is constrained and shown",
            at,
            permitted(&[General::new(0x88, &[42, 3])]),
            &with(General::new(0x88, &[42, 3, 4])),
            BAD,
        ),
    ]
}

fn subjects() -> Vec<Case> {
    let at = "game.example";
    let subject = |what, subject: &[u8], constraints: Extension, keep_names: bool, expected| {
        let path = Path::new();
        let leaf = path.leaf.subject(subject.to_vec());
        let leaf = if keep_names { leaf } else { leaf.without(SUBJECT_ALT_NAME) };
        let chain = Path { intermediate: path.intermediate.with(constraints), leaf, ..path }.chain();
        Case::of_host(what, at, chain, expected)
    };
    let name = |text: &[u8]| common_name(UTF8, text);
    vec![
        subject(
            "a common name outside the permitted subtree",
            &name(b"game.example"),
            permitted(&[dns("test")]),
            false,
            BAD,
        ),
        subject("a common name that is excluded", &name(b"game.example"), excluded(&[dns("example")]), false, BAD),
        subject(
            "a subject that is permitted",
            &name(b"player"),
            permitted(&[directory(&name(b"player"))]),
            true,
            CONSTRAINT_KIND,
        ),
        subject("another subject is permitted", &name(b"player"), permitted(&[directory(&name(b"other"))]), true, BAD),
        subject("a subject that is excluded", &name(b"player"), excluded(&[directory(&name(b"player"))]), true, BAD),
        subject(
            "a subject in other capitals that is excluded",
            &name(b"PLAYER"),
            excluded(&[directory(&name(b"player"))]),
            true,
            BAD,
        ),
        subject("every subject is excluded", &name(b"player"), excluded(&[directory(&sequence(&[]))]), true, BAD),
    ]
}

/// Constraints elsewhere than on the one authority of a chain.
fn places() -> Vec<Case> {
    let at = "game.example";
    let build =
        |what, change: &dyn Fn(Path) -> Path, expected| Case::of_host(what, at, change(Path::new()).chain(), expected);
    let wrong = || permitted(&[dns("test")]);
    let right = || permitted(&[dns("example")]);
    vec![
        build("a root that permits the host", &|path| Path { root: path.root.with(right()), ..path }, GOOD),
        build("a root that permits another domain", &|path| Path { root: path.root.with(wrong()), ..path }, BAD),
        build(
            "a root that excludes the host",
            &|path| Path { root: path.root.with(excluded(&[dns("example")])), ..path },
            BAD,
        ),
        build(
            "an authority that permits what the root does not",
            &|path| Path { root: path.root.with(wrong()), intermediate: path.intermediate.with(right()), ..path },
            BAD,
        ),
        build("a leaf that constrains itself", &|path| Path { leaf: path.leaf.with(wrong()), ..path }, GOOD),
        build(
            "name constraints that are not critical",
            &|path| Path { intermediate: path.intermediate.with(wrong().optional()), ..path },
            BAD,
        ),
        build(
            "name constraints twice",
            &|path| Path { intermediate: path.intermediate.with(right()).and(right()), ..path },
            BAD,
        ),
    ]
}

fn malformed() -> Vec<Case> {
    let at = "game.example";
    let game = &[dns("game.example")];
    let raw = |value: Vec<u8>| Extension::new(NAME_CONSTRAINTS, value).critical();
    let base = |minimum: &[u8]| {
        let subtree = sequence(&[&[0x82, 7], b"example", minimum]);
        raw(sequence(&[&tlv(0xa0, &[&subtree])]))
    };
    vec![
        limited("empty name constraints", at, raw(sequence(&[])), game, GOOD),
        limited(
            "an empty list of permitted subtrees",
            at,
            raw(sequence(&[&tlv(0xa0, &[])])),
            game,
            differ(Refuse, Accept, Accept, "both read an empty list as no list"),
        ),
        limited("name constraints that are no SEQUENCE", at, raw(vec![5, 0]), game, BAD),
        limited(
            "name constraints with bytes after them",
            at,
            raw([sequence(&[&tlv(0xa0, &[&sequence(&[&[0x82, 7], b"example"])])]), vec![5, 0]].concat()),
            game,
            BAD,
        ),
        limited(
            "a minimum of a subtree of 0, which is the default",
            at,
            base(&[0x80, 1, 0]),
            game,
            differ(Refuse, Refuse, Accept, "0 is meant where no minimum is given"),
        ),
        limited("a minimum of a subtree", at, base(&[0x80, 1, 1]), game, BAD),
        limited("a maximum of a subtree", at, base(&[0x81, 1, 9]), game, BAD),
    ]
}

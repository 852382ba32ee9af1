//! Whom a certificate names (RFC 9525 §6): DNS names, wildcards, addresses, common names.

use crate::case::{Accept, BAD, Case, GOOD, Opinions, Refuse, differ, leaf};
use crate::der::{UTF8, common_name, sequence};
use crate::extension::{General, SUBJECT_ALT_NAME, alt_names, directory, dns, email, ip, uri};
use crate::reasons::OLD_NAME;

const V4: &[u8] = &[192, 0, 2, 1];
const V6: &[u8] = &[0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const V4_IN_V6: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1];

/// A leaf for `presented`, whose subject is another host.
fn named(what: &'static str, host: &'static str, presented: &[General], expected: Opinions) -> Case {
    let chain = leaf(|leaf| leaf.subject(common_name(UTF8, b"subject.example")).with(alt_names(presented)));
    Case::of_host(what, host, chain, expected)
}

/// A leaf without alternative names.
fn only_common_name(what: &'static str, host: &'static str, name: &[u8], expected: Opinions) -> Case {
    let chain = leaf(|leaf| leaf.subject(common_name(UTF8, name)).without(SUBJECT_ALT_NAME));
    Case::of_host(what, host, chain, expected)
}

pub fn cases() -> Vec<Case> {
    [dns_names(), wildcards(), internationalised(), addresses(), common_names()].into_iter().flatten().collect()
}

fn dns_names() -> Vec<Case> {
    let raw = |bytes: &[u8]| [General::new(0x82, bytes)];
    vec![
        named("the host", "game.example", &[dns("game.example")], GOOD),
        named("the host in capitals", "GAME.example", &[dns("game.EXAMPLE")], GOOD),
        named("the host among many", "c.example", &["a.example", "b.example", "c.example"].map(dns), GOOD),
        named("a host with a dot at its end", "game.example.", &[dns("game.example")], GOOD),
        named("a name with a dot at its end", "game.example", &[dns("game.example.")], BAD),
        named("a host with an underscore", "game_1.example", &[dns("game_1.example")], GOOD),
        named("a host of one label", "localhost", &[dns("localhost")], GOOD),
        named("another host", "game.example", &[dns("other.example")], BAD),
        named("a host below the name", "a.game.example", &[dns("game.example")], BAD),
        named("a host above the name", "example", &[dns("game.example")], BAD),
        named("a name that ends like the host", "game.example", &[dns("evilgame.example")], BAD),
        named("a name that the host ends like", "evilgame.example", &[dns("game.example")], BAD),
        named("a name that begins like the host", "game.example", &[dns("game.example.evil.test")], BAD),
        named("a name with a dot at its beginning", "game.example", &[dns(".example")], BAD),
        named("a name with two dots", "game.example", &[dns("game..example")], BAD),
        named("an empty name", "game.example", &[dns("")], BAD),
        named("an empty subjectAltName", "game.example", &[], BAD),
        named("the host before a NUL", "game.example", &raw(b"game.example\0.evil.test"), BAD),
        named("the host before a NUL at its end", "game.example", &raw(b"game.example\0"), BAD),
        named("the host after a NUL", "game.example", &raw(b"\0game.example"), BAD),
        named("a space before the host", "game.example", &[dns(" game.example")], BAD),
        named("a space after the host", "game.example", &[dns("game.example ")], BAD),
        named("a line break after the host", "game.example", &[dns("game.example\n")], BAD),
        named("two hosts in one name", "game.example", &[dns("game.example,other.example")], BAD),
        named("the host with its port", "game.example", &[dns("game.example:4433")], BAD),
        named("the host as a URI", "game.example", &[uri("https://game.example")], BAD),
        named("the host as an email address", "game.example", &[email("game.example")], BAD),
        named("the host within an email address", "game.example", &[email("me@game.example")], BAD),
        named(
            "the host within a directoryName",
            "game.example",
            &[directory(&common_name(UTF8, b"game.example"))],
            BAD,
        ),
        named(
            "the host beside a name with a NUL",
            "game.example",
            &[General::new(0x82, b"a\0b"), dns("game.example")],
            GOOD,
        ),
        named("the host beside an empty name", "game.example", &[dns(""), dns("game.example")], GOOD),
        named("the host as an otherName", "game.example", &[other_name()], BAD),
        named("the host beside an otherName", "game.example", &[other_name(), dns("game.example")], GOOD),
    ]
}

/// A name that only a program that knows its kind can read.
fn other_name() -> General {
    let text = crate::der::tlv(0xa0, &[&crate::der::tlv(UTF8, &[b"game.example"])]);
    General::new(0xa0, &[crate::der::oid("1.3.6.1.4.1.311.20.2.3"), text].concat())
}

fn wildcards() -> Vec<Case> {
    const ASKED: &str = "the user gave this text as the host or the common name override; the engine accepts it, too";
    vec![
        named("a wildcard", "game.play.example", &[dns("*.play.example")], GOOD),
        named("a wildcard and capitals", "GAME.play.example", &[dns("*.PLAY.example")], GOOD),
        named("a wildcard for two labels", "a.b.play.example", &[dns("*.play.example")], BAD),
        named("a wildcard for no label", "play.example", &[dns("*.play.example")], BAD),
        named("a wildcard alone", "game", &[dns("*")], BAD),
        named("a wildcard alone for a host of two labels", "game.example", &[dns("*")], BAD),
        named("a wildcard below a top-level domain", "game.com", &[dns("*.com")], BAD),
        named("a wildcard and a dot at the end", "game.com", &[dns("*.com.")], BAD),
        named("two wildcards", "a.b.example", &[dns("*.*.example")], BAD),
        named("a wildcard in the middle", "a.b.play.example", &[dns("a.*.play.example")], BAD),
        named("a wildcard at the end", "game.example", &[dns("game.*")], BAD),
        named("a wildcard after letters", "foo.play.example", &[dns("f*.play.example")], BAD),
        named("a wildcard before letters", "foo.play.example", &[dns("*o.play.example")], BAD),
        named("a wildcard among letters", "foo.play.example", &[dns("f*o.play.example")], BAD),
        named("two wildcards in one label", "game.play.example", &[dns("**.play.example")], BAD),
        named("a wildcard after a dot", "game.play.example", &[dns(".*.play.example")], BAD),
        named("a wildcard without a dot", "game.example", &[dns("*example")], BAD),
        named("a wildcard in an A-label", "xn--foo.play.example", &[dns("xn--*.play.example")], BAD),
        named("a wildcard for an A-label", "xn--bcher-kva.play.example", &[dns("*.play.example")], GOOD),
        named("a wildcard for an address", "192.0.2.1", &[dns("*.0.2.1")], BAD),
        named("a wildcard with a NUL", "game.play.example", &[General::new(0x82, b"*.play.example\0")], BAD),
        named(
            "a wildcard as the host",
            "*.play.example",
            &[dns("*.play.example")],
            differ(Refuse, Refuse, Accept, ASKED),
        ),
    ]
}

fn internationalised() -> Vec<Case> {
    let utf8 = |text: &str| [General::new(0x82, text.as_bytes())];
    vec![
        named("an A-label", "xn--bcher-kva.example", &[dns("xn--bcher-kva.example")], GOOD),
        named("an A-label in capitals", "xn--bcher-kva.example", &[dns("XN--BCHER-KVA.example")], GOOD),
        named("a U-label in UTF-8", "xn--bcher-kva.example", &utf8("bücher.example"), BAD),
        named("a U-label in Latin-1", "xn--bcher-kva.example", &[General::new(0x82, b"b\xfccher.example")], BAD),
        named("a name with a Cyrillic letter", "game.example", &utf8("gаme.example"), BAD),
        named("a full-width dot", "game.example", &utf8("game．example"), BAD),
        named("a name with an invisible letter", "game.example", &utf8("game\u{200b}.example"), BAD),
        named("bytes that are no text", "game.example", &[General::new(0x82, b"\xff\xfe")], BAD),
    ]
}

fn addresses() -> Vec<Case> {
    vec![
        named("an IPv4 address", "192.0.2.1", &[ip(V4)], GOOD),
        named("an IPv6 address", "2001:db8::1", &[ip(V6)], GOOD),
        named("an IPv6 address in full", "2001:0DB8:0:0:0:0:0:1", &[ip(V6)], GOOD),
        named("another IPv4 address", "192.0.2.2", &[ip(V4)], BAD),
        named("another IPv6 address", "2001:db8::2", &[ip(V6)], BAD),
        named("an address as a DNS name", "192.0.2.1", &[dns("192.0.2.1")], BAD),
        named("an IPv6 address as a DNS name", "2001:db8::1", &[dns("2001:db8::1")], BAD),
        named("an IPv6 address in brackets as a DNS name", "2001:db8::1", &[dns("[2001:db8::1]")], BAD),
        named("an address as text in an iPAddress", "192.0.2.1", &[ip(b"192.0.2.1")], BAD),
        named("an IPv4-mapped IPv6 address for IPv4", "192.0.2.1", &[ip(V4_IN_V6)], BAD),
        named("an IPv4 address for its IPv4-mapped form", "::ffff:192.0.2.1", &[ip(V4)], BAD),
        named("an iPAddress with a mask", "192.0.2.1", &[ip(&[192, 0, 2, 1, 255, 255, 255, 255])], BAD),
        named("an iPAddress of three bytes", "192.0.2.0", &[ip(&[192, 0, 2])], BAD),
        named("an empty iPAddress", "192.0.2.1", &[ip(&[])], BAD),
        named("an address as a URI", "192.0.2.1", &[uri("https://192.0.2.1")], BAD),
        named("an address for a host", "game.example", &[ip(V4)], BAD),
        named("an address in hexadecimal", "0xc0.0.2.1", &[ip(V4)], BAD),
        only_common_name("an address as a common name", "192.0.2.1", b"192.0.2.1", BAD),
        only_common_name("an IPv6 address as a common name", "2001:db8::1", b"2001:db8::1", BAD),
        only_common_name("the bytes of an address as a common name", "192.0.2.1", V4, BAD),
    ]
}

fn common_names() -> Vec<Case> {
    let host = b"game.example";
    let beside = |what, presented: &[General], expected| {
        let chain = leaf(|leaf| leaf.subject(common_name(UTF8, host)).with(alt_names(presented)));
        Case::of_host(what, "game.example", chain, expected)
    };
    let two = |first: &[u8], second: &[u8]| {
        let names = [common_name(UTF8, first), common_name(UTF8, second)];
        let parts: Vec<u8> = names.iter().flat_map(|name| crate::der::split(name).1).copied().collect();
        leaf(|leaf| leaf.subject(sequence(&[&parts])).without(SUBJECT_ALT_NAME))
    };
    vec![
        only_common_name("a common name only", "game.example", host, OLD_NAME),
        only_common_name("a common name with a wildcard", "game.example", b"*.play.example", BAD),
        only_common_name("a common name with a NUL", "game.example", b"game.example\0.evil.test", BAD),
        only_common_name("another common name", "game.example", b"other.example", BAD),
        only_common_name("a common name with a space", "game.example", b"game.example ", BAD),
        only_common_name("a common name that is text", "game.example", b"The game.example", BAD),
        Case::of_host("two common names", "game.example", two(b"other.example", host), OLD_NAME),
        Case::of_host("two other common names", "game.example", two(b"a.example", b"b.example"), BAD),
        beside("a common name beside another DNS name", &[dns("other.example")], BAD),
        beside("a common name beside an empty subjectAltName", &[], OLD_NAME),
        beside("a common name beside an empty DNS name", &[dns("")], BAD),
        beside("a common name beside an IP address", &[ip(V4)], OLD_NAME),
        beside("a common name beside an email address", &[email("me@other.example")], OLD_NAME),
        beside("a common name beside a URI", &[uri("https://other.example")], OLD_NAME),
        Case::of_host(
            "a common name in UTF-16",
            "game.example",
            leaf(|leaf| {
                let wide: Vec<u8> = host.iter().flat_map(|byte| [0, *byte]).collect();
                leaf.subject(common_name(0x1e, &wide)).without(SUBJECT_ALT_NAME)
            }),
            OLD_NAME,
        ),
        Case::of_host(
            "no subject and a DNS name",
            "game.example",
            leaf(|leaf| leaf.subject(sequence(&[])).with(alt_names(&[dns("game.example")]).critical())),
            GOOD,
        ),
        Case::of_host(
            "neither a subject nor a subjectAltName",
            "game.example",
            leaf(|leaf| leaf.subject(sequence(&[])).without(SUBJECT_ALT_NAME)),
            BAD,
        ),
    ]
}

//! When certificates are valid (RFC 5280 §4.1.2.5).

use crate::case::{Accept, BAD, Case, GOOD, Refuse, differ, intermediate, leaf, root};
use crate::certificate::{Der, generalized_time, utc_time, years};
use crate::der::sequence;
use crate::reasons::{ROOT, YEAR};

fn valid(what: &'static str, from: Der, to: Der, expected: crate::case::Opinions) -> Case {
    Case::new(what, leaf(|leaf| leaf.valid(sequence(&[&from, &to]))), expected)
}

pub fn cases() -> Vec<Case> {
    let (past, future) = (utc_time("200101000000Z"), generalized_time("21200101000000Z"));
    let (past, future) = (|| past.clone(), || future.clone());
    vec![
        Case::new("a leaf that is valid", leaf(|leaf| leaf.valid(years(2020, 2040))), GOOD),
        Case::new("a leaf that has expired", leaf(|leaf| leaf.valid(years(2000, 2020))), BAD),
        Case::new("a leaf that is not yet valid", leaf(|leaf| leaf.valid(years(2100, 2120))), BAD),
        Case::new("a leaf that ends before it begins", leaf(|leaf| leaf.valid(years(2120, 2020))), BAD),
        Case::new("a leaf that ended before it began", leaf(|leaf| leaf.valid(years(2019, 2001))), BAD),
        Case::new("an authority that has expired", intermediate(|one| one.valid(years(2000, 2020))), BAD),
        Case::new("an authority that is not yet valid", intermediate(|one| one.valid(years(2100, 2120))), BAD),
        Case::new("a root that has expired", root(|one| one.valid(years(2000, 2020))), ROOT),
        Case::new("a root that is not yet valid", root(|one| one.valid(years(2100, 2120))), ROOT),
        Case::new("an authority that ends before its leaf", intermediate(|one| one.valid(years(2020, 2040))), GOOD),
        Case::new(
            "a leaf that is valid since 1950",
            leaf(|leaf| leaf.valid(sequence(&[&utc_time("500101000000Z"), &future()]))),
            differ(Accept, Refuse, Accept, "rustls-webpki cannot read times before 1970"),
        ),
        valid("a leaf that ends in 9999", past(), generalized_time("99991231235959Z"), GOOD),
        valid("a GeneralizedTime before 2050 as the beginning", generalized_time("20200101000000Z"), future(), YEAR),
        valid("a GeneralizedTime before 2050 as the end", past(), generalized_time("20490101000000Z"), YEAR),
        valid("a UTCTime in 2049", past(), utc_time("491231235959Z"), GOOD),
        valid("a UTCTime in 1950 as the end", past(), utc_time("500101000000Z"), BAD),
        valid("a time without seconds", utc_time("2001010000Z"), future(), BAD),
        valid("a time with a zone", utc_time("200101000000+0100"), future(), BAD),
        valid("a time without a Z", utc_time("200101000000"), future(), BAD),
        valid("a time with fractions of a second", past(), generalized_time("21200101000000.5Z"), BAD),
        valid("a 13th month", past(), generalized_time("21201301000000Z"), BAD),
        valid("a 30th of February", past(), generalized_time("21200230000000Z"), BAD),
        valid("a 25th hour", past(), generalized_time("21200101250000Z"), BAD),
        valid("a leap second", past(), generalized_time("21201231235960Z"), BAD),
        valid("letters in a time", utc_time("2001010000zzZ"), future(), BAD),
        valid("an empty time", utc_time(""), future(), BAD),
        valid("a time with a NUL", utc_time("200101000000Z\0"), future(), BAD),
        valid("a time that is a number", crate::der::integer(&[1]), future(), BAD),
        Case::new("a beginning only", leaf(|leaf| leaf.valid(sequence(&[&past()]))), BAD),
        Case::new("three times", leaf(|leaf| leaf.valid(sequence(&[&past(), &future(), &future()]))), BAD),
    ]
}

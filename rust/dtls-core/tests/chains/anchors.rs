//! Which certificates a chain may end in.

use crate::case::{BAD, Case, Chain, GOOD, Path};
use crate::certificate::Draft;
use crate::keys::p256;

pub fn cases() -> Vec<Case> {
    let path = Path::new();
    let own = Draft::leaf();
    let good = path.chain();
    let stranger = Draft::authority("stranger");
    let posing = path.root.clone().key(p256("another root"));
    let trusting = |anchors| Chain { anchors, ..good.clone() };
    vec![
        Case::new("a chain to its root", good.clone(), GOOD),
        Case::new(
            "a root of another name and key",
            Chain { anchors: vec![stranger.self_signed()], ..good.clone() },
            BAD,
        ),
        Case::new(
            "a root of the right name and another key",
            Chain { anchors: vec![path.root.clone().key(p256("another root")).self_signed()], ..good.clone() },
            BAD,
        ),
        Case::new(
            "a leaf signed by itself that nobody trusts",
            Chain { shown: vec![own.self_signed()], ..good.clone() },
            BAD,
        ),
        Case::new(
            "a stranger's root is shown",
            Path { root: stranger.clone(), ..path.clone() }.shown_with_root(&good.anchors),
            BAD,
        ),
        Case::new(
            "a root that poses as the trusted one is shown",
            Path { root: posing, ..path.clone() }.shown_with_root(&good.anchors),
            BAD,
        ),
        Case::new("two roots are trusted", trusting(vec![stranger.self_signed(), path.root.self_signed()]), GOOD),
        Case::new(
            "two strangers are trusted",
            trusting(vec![stranger.self_signed(), Draft::authority("another").self_signed()]),
            BAD,
        ),
        Case::new("nobody is trusted", Chain { anchors: vec![], ..good.clone() }, BAD),
        Case::new(
            "the root is shown too",
            Chain { shown: [&good.shown[..], &good.anchors].concat(), ..good.clone() },
            GOOD,
        ),
    ]
}

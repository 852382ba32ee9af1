//! A chain, and what three judges say about it.

use crate::HOST;
use crate::certificate::{Der, Draft};
use crate::keys::Key;

/// Whether a chain is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Accept,
    Refuse,
}

pub use Verdict::{Accept, Refuse};

/// Who shows the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Server,
    Client,
}

/// What each judge is expected to say.
#[derive(Clone, Copy)]
pub struct Opinions {
    /// RFC 5280 and RFC 9525, as the author of the case reads them.
    pub rfc: Verdict,
    /// rustls-webpki.
    pub strict: Verdict,
    pub ours: Verdict,
    /// Why they differ; empty where they do not.
    pub because: &'static str,
}

pub const GOOD: Opinions = Opinions { rfc: Accept, strict: Accept, ours: Accept, because: "" };
pub const BAD: Opinions = Opinions { rfc: Refuse, strict: Refuse, ours: Refuse, because: "" };

/// Opinions of RFC, rustls-webpki and ours that differ.
pub const fn differ(rfc: Verdict, strict: Verdict, ours: Verdict, because: &'static str) -> Opinions {
    Opinions { rfc, strict, ours, because }
}

/// What is shown, and what is trusted.
#[derive(Clone)]
pub struct Chain {
    /// The own certificate first.
    pub shown: Vec<Der>,
    pub key: Key,
    pub anchors: Vec<Der>,
}

pub struct Case {
    pub what: &'static str,
    pub chain: Chain,
    pub host: &'static str,
    pub roles: &'static [Role],
    pub expected: Opinions,
}

impl Case {
    /// A chain for [`HOST`] that is the same to judge whoever shows it.
    pub fn new(what: &'static str, chain: Chain, expected: Opinions) -> Self {
        Self { what, chain, host: HOST, roles: &[Role::Server, Role::Client], expected }
    }

    /// A chain whose names matter: they do when a server shows it.
    pub fn of_host(what: &'static str, host: &'static str, chain: Chain, expected: Opinions) -> Self {
        Self { host, roles: &[Role::Server], ..Self::new(what, chain, expected) }
    }

    /// A chain that `role` shows.
    pub fn of(role: &'static [Role], what: &'static str, chain: Chain, expected: Opinions) -> Self {
        Self { roles: role, ..Self::new(what, chain, expected) }
    }
}

/// An authority that is trusted, one below it, and a leaf.
#[derive(Clone)]
pub struct Path {
    pub root: Draft,
    pub intermediate: Draft,
    pub leaf: Draft,
}

impl Path {
    pub fn new() -> Self {
        Self { root: Draft::authority("root"), intermediate: Draft::authority("intermediate"), leaf: Draft::leaf() }
    }

    pub fn chain(&self) -> Chain {
        let shown = vec![self.leaf.issued_by(&self.intermediate), self.intermediate.issued_by(&self.root)];
        Chain { shown, key: self.leaf.key.clone(), anchors: vec![self.root.self_signed()] }
    }

    /// The whole path, its root too, to whom `anchors` are trusted.
    pub fn shown_with_root(&self, anchors: &[Der]) -> Chain {
        let Chain { mut shown, key, anchors: own_root } = self.chain();
        shown.extend(own_root);
        Chain { shown, key, anchors: anchors.to_vec() }
    }
}

/// A good path but for its leaf.
pub fn leaf(change: impl FnOnce(Draft) -> Draft) -> Chain {
    let path = Path::new();
    Path { leaf: change(path.leaf), ..path }.chain()
}

/// A good path but for the authority in its middle.
pub fn intermediate(change: impl FnOnce(Draft) -> Draft) -> Chain {
    let path = Path::new();
    Path { intermediate: change(path.intermediate), ..path }.chain()
}

/// A good path but for its root.
pub fn root(change: impl FnOnce(Draft) -> Draft) -> Chain {
    let path = Path::new();
    Path { root: change(path.root), ..path }.chain()
}

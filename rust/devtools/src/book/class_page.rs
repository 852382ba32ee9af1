//! The page of a class, from the XML that the editor shows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Context, Result, ensure};
use roxmltree::{Document, Node};

use super::bbcode::to_markdown;

const ENGINE: &str = "https://docs.godotengine.org/en/stable/classes";

/// The members of our classes, to which help may refer.
pub(crate) struct Members(BTreeMap<String, BTreeSet<String>>);

impl Members {
    pub(crate) fn of(documents: &[Document]) -> Self {
        let members = |document: &Document| {
            let class = document.root_element();
            let is_member = |node: &Node| matches!(node.tag_name().name(), "method" | "member" | "constant");
            let names = class.descendants().filter(is_member).map(|node| name(node).to_owned());
            (name(class).to_owned(), names.collect())
        };
        Self(documents.iter().map(members).collect())
    }

    pub(crate) fn link_class(&self, class: &str) -> String {
        format!("[{class}]({})", self.page_of(class))
    }

    /// A link to what `[method …]` and the like name on the page of `class`.
    pub(crate) fn link(&self, kind: &str, target: &str, class: &str) -> Result<String> {
        let (owner, member) = target.split_once('.').unwrap_or((class, target));
        let text = format!("{target}{}", if kind == "method" { "()" } else { "" });
        let page = self.page_of(owner);
        let Some(members) = self.0.get(owner) else {
            return Ok(format!("[`{text}`]({page})"));
        };
        ensure!(members.contains(member), "there is no {kind} {target}");
        Ok(format!("[`{text}`]({page}#{kind}-{member})"))
    }

    fn page_of(&self, class: &str) -> String {
        if self.0.contains_key(class) {
            format!("{class}.md")
        } else {
            format!("{ENGINE}/class_{}.html", class.to_lowercase())
        }
    }

    /// The type of a property, a parameter or a result: `int`, `Class`, `Class[]`, `Error` or `Class.Enum`.
    fn link_type(&self, node: Node) -> String {
        let named = node.attribute("enum").or(node.attribute("type")).unwrap_or("void");
        let (class, suffix) = named.strip_suffix("[]").map_or((named, ""), |class| (class, "[]"));
        match class.split_once('.') {
            Some((owner, _)) => format!("[{class}]({}#constants)", self.page_of(owner)),
            None if class == "void" => "void".to_owned(),
            None if class == "Error" => format!("[Error]({ENGINE}/class_@globalscope.html#enum-globalscope-error)"),
            None => format!("{}{}", self.link_class(class), suffix.replace("[]", "\\[\\]")),
        }
    }
}

pub(crate) fn page(class: Node, members: &Members) -> Result<String> {
    let class_name = name(class);
    let help = |node: Node, tag: &str| to_markdown(text(node, tag), class_name, members);
    let mut page = format!(
        "# {class_name}\n\nInherits {}.\n\n",
        members.link_class(class.attribute("inherits").context("no base")?)
    );
    writeln!(page, "{}\n\n{}", help(class, "brief_description")?, help(class, "description")?)?;

    section(&mut page, class, "member", "Properties", |page, property| {
        writeln!(page, "{} **{}**\n", members.link_type(property), name(property))?;
        Ok(writeln!(page, "{}\n", to_markdown(property.text().unwrap_or_default(), class_name, members)?)?)
    })?;
    section(&mut page, class, "method", "Methods", |page, method| {
        writeln!(page, "{}\n", signature(method, members))?;
        Ok(writeln!(page, "{}\n", help(method, "description")?)?)
    })?;
    section(&mut page, class, "constant", "Constants", |page, constant| {
        let value = constant.attribute("value").context("a constant without a value")?;
        let group = constant.attribute("enum").map(|group| format!(" ({class_name}.{group})")).unwrap_or_default();
        Ok(writeln!(page, "{value}{group}\n")?)
    })?;
    Ok(page)
}

/// The members of one kind, each under a heading that links can name.
fn section(
    page: &mut String,
    class: Node,
    kind: &str,
    heading: &str,
    write: impl Fn(&mut String, Node) -> Result<()>,
) -> Result<()> {
    let members: Vec<Node> = class.descendants().filter(|node| node.has_tag_name(kind)).collect();
    if !members.is_empty() {
        writeln!(page, "## {heading}\n")?;
    }
    for member in members {
        writeln!(page, "### {} {{#{kind}-{}}}\n", name(member).replace('_', "\\_"), name(member))?;
        write(page, member)?;
    }
    Ok(())
}

fn signature(method: Node, members: &Members) -> String {
    let returned = method.children().find(|node| node.has_tag_name("return"));
    let returned = returned.map_or_else(|| "void".to_owned(), |node| members.link_type(node));
    let parameters: Vec<String> = (method.children().filter(|node| node.has_tag_name("param")))
        .map(|parameter| {
            let default = parameter.attribute("default").map(|value| format!(" = `{value}`")).unwrap_or_default();
            format!("{}: {}{default}", name(parameter).replace('_', "\\_"), members.link_type(parameter))
        })
        .collect();
    let qualifiers = method.attribute("qualifiers").map(|words| format!(" *{words}*")).unwrap_or_default();
    format!("{returned} **{}**({}){qualifiers}", name(method), parameters.join(", "))
}

fn name<'a>(node: Node<'a, '_>) -> &'a str {
    node.attribute("name").unwrap_or_default()
}

fn text<'a>(node: Node<'a, '_>, tag: &str) -> &'a str {
    node.children().find(|child| child.has_tag_name(tag)).and_then(|child| child.text()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELP: &str = r#"<class name="Peer" inherits="RefCounted">
        <brief_description>One side.</brief_description>
        <methods><method name="ask" qualifiers="const">
            <return type="int" enum="Peer.Status" />
            <param index="0" name="of_whom" type="Peer[]" default="null" />
            <description>See [member limit].</description>
        </method></methods>
        <members><member name="limit" type="int">How many.</member></members>
        <constants><constant name="BUSY" value="1" enum="Status" /></constants>
    </class>"#;

    #[test]
    fn a_page_has_every_member_with_its_types_under_a_heading_of_its_own() -> Result<()> {
        let documents = [Document::parse(HELP)?];
        let page = page(documents[0].root_element(), &Members::of(&documents))?;
        let lines: Vec<&str> = page.lines().filter(|line| !line.is_empty()).collect();
        let expected = [
            "# Peer",
            "Inherits [RefCounted](https://docs.godotengine.org/en/stable/classes/class_refcounted.html).",
            "One side.",
            "## Properties",
            "### limit {#member-limit}",
            "[int](https://docs.godotengine.org/en/stable/classes/class_int.html) **limit**",
            "How many.",
            "## Methods",
            "### ask {#method-ask}",
            "[Peer.Status](Peer.md#constants) **ask**(of\\_whom: [Peer](Peer.md)\\[\\] = `null`) *const*",
            "See [`limit`](Peer.md#member-limit).",
            "## Constants",
            "### BUSY {#constant-BUSY}",
            "1 (Peer.Status)",
        ];
        assert_eq!(lines, expected);
        Ok(())
    }
}

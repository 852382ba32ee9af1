//! The BBCode of Godot's class help as Markdown.

use anyhow::{Context, Result, bail};

use super::class_page::Members;

/// What help in BBCode on the page of `class` says, as Markdown. Unknown tags and members that there are not are errors.
pub(crate) fn to_markdown(bbcode: &str, class: &str, members: &Members) -> Result<String> {
    let mut markdown = String::new();
    let mut rest = bbcode.trim();
    while let Some((text, after)) = rest.split_once('[') {
        markdown.push_str(&escape(text));
        let (tag, after) = after.split_once(']').with_context(|| format!("a tag without an end: [{after}"))?;
        let (name, argument) = tag.split_once(' ').unwrap_or((tag, ""));
        rest = match name {
            "codeblock" | "code" => {
                let end = format!("[/{name}]");
                let (code, after) = after.split_once(&end).with_context(|| format!("{end} is missing"))?;
                markdown.push_str(&if name == "code" { format!("`{code}`") } else { code_block(code) });
                after
            }
            _ => {
                let piece = match name {
                    "br" => "\n".to_owned(),
                    "param" => format!("`{argument}`"),
                    "method" | "member" | "constant" | "enum" | "signal" => members.link(name, argument, class)?,
                    _ if argument.is_empty() && name.starts_with(char::is_uppercase) => members.link_class(name),
                    _ => bail!("unknown tag [{tag}]"),
                };
                markdown.push_str(&piece);
                after
            }
        };
    }
    markdown.push_str(&escape(rest));
    // gdext writes a list as lines that begin with a bullet.
    Ok(markdown.replace("\n• ", "\n- "))
}

fn code_block(code: &str) -> String {
    // The doctool indents all lines but the first by spaces. GDScript is indented by tabs here.
    let lines: Vec<&str> = code.lines().map(|line| line.trim_start_matches(' ')).collect();
    format!("\n```gdscript\n{}\n```\n", lines.join("\n").trim())
}

fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if matches!(character, '*' | '_' | '`' | '<' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn markdown(bbcode: &str) -> Result<String> {
        let help = "<class name=\"Server\"><methods><method name=\"listen\"/></methods></class>";
        let documents = [roxmltree::Document::parse(help)?];
        to_markdown(bbcode, "Server", &Members::of(&documents))
    }

    #[test]
    fn text_keeps_its_letters_and_code_its_form() -> Result<()> {
        assert_eq!(markdown("a_b[br][br][code]x_y[/code] of [param z]")?, "a\\_b\n\n`x_y` of `z`");
        let block = markdown("Do:[br][br][codeblock lang=gdscript]if x:\n  \tpass[/codeblock]")?;
        assert_eq!(block, "Do:\n\n\n```gdscript\nif x:\n\tpass\n```\n");
        Ok(())
    }

    #[test]
    fn references_lead_to_our_pages_or_to_the_engine_s() -> Result<()> {
        assert_eq!(markdown("[method listen]")?, "[`listen()`](Server.md#method-listen)");
        assert_eq!(markdown("[Server]s")?, "[Server](Server.md)s");
        let engine = "[`UDPServer.poll()`](https://docs.godotengine.org/en/stable/classes/class_udpserver.html)";
        assert_eq!(markdown("[method UDPServer.poll]")?, engine);
        Ok(())
    }

    #[test]
    fn mistakes_are_told() {
        assert!(markdown("[method lisen]").is_err(), "a member that there is not");
        assert!(markdown("[blink]").is_err(), "a tag that there is not");
        assert!(markdown("[code]x").is_err(), "code without an end");
    }
}

//! A small reader of HTML for tests: strict where browsers are forgiving, since our pages should need no forgiveness.
//!
//! It builds a tree, decodes entities, collapses white space, and reports every tag that is not closed in order. That
//! is all that the tests need, and no parser crate has to be compiled for it.

use std::collections::BTreeMap;

const VOID: [&str; 12] = ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"];
/// Elements whose content is text up to their own end tag.
const TEXT_ONLY: [&str; 4] = ["script", "style", "textarea", "title"];

/// An element or a run of text.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// A tag with what is inside it.
    Element(Element),
    /// Text with its white space collapsed, never empty.
    Text(String),
}

/// A tag, its attributes by name, and its children.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Element {
    pub name: String,
    pub attributes: BTreeMap<String, String>,
    pub children: Vec<Node>,
}

impl Element {
    /// The value of an attribute, if it is there.
    pub fn get(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute).map(String::as_str)
    }

    /// The elements directly inside.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// This element and all below it, in document order.
    pub fn all(&self) -> Vec<&Element> {
        let mut found = vec![self];
        for child in self.elements() {
            found.extend(child.all());
        }
        found
    }

    /// All text inside, joined by single spaces.
    pub fn text(&self) -> String {
        let pieces = self.children.iter().map(|child| match child {
            Node::Element(element) => element.text(),
            Node::Text(text) => text.clone(),
        });
        pieces.collect::<Vec<_>>().join(" ")
    }
}

/// A tree under a nameless root, and what was wrong with the nesting.
pub fn parse(html: &str) -> (Element, Vec<String>) {
    let mut reader = Reader { open: vec![Element::default()], faults: Vec::new() };
    reader.read(html);
    while reader.open.len() > 1 {
        let name = reader.open.last().unwrap().name.clone();
        reader.faults.push(format!("<{name}> is never closed"));
        reader.close();
    }
    (reader.open.remove(0), reader.faults)
}

struct Reader {
    open: Vec<Element>,
    faults: Vec<String>,
}

impl Reader {
    fn read(&mut self, mut rest: &str) {
        while let Some(at) = rest.find('<') {
            self.text(&rest[..at]);
            rest = &rest[at..];
            rest = if let Some(comment) = rest.strip_prefix("<!--") {
                comment.split_once("-->").map_or("", |(_, after)| after)
            } else if rest.starts_with("<!") {
                rest.split_once('>').map_or("", |(_, after)| after)
            } else if let Some(end) = rest.strip_prefix("</") {
                let (name, after) = end.split_once('>').unwrap_or((end, ""));
                self.end(&name.trim().to_lowercase());
                after
            } else {
                self.start(&rest[1..])
            };
        }
        self.text(rest);
    }

    /// Reads a start tag after its `<`, and gives what follows it.
    fn start<'a>(&mut self, mut rest: &'a str) -> &'a str {
        let (name, after) = split_at(rest, |c| c.is_whitespace() || c == '>' || c == '/');
        let mut element = Element { name: name.to_lowercase(), ..Element::default() };
        rest = after.trim_start();
        let mut closed = false;
        while !rest.is_empty() && !rest.starts_with('>') {
            if let Some(after) = rest.strip_prefix('/') {
                closed = true;
                rest = after.trim_start();
                continue;
            }
            let (key, after) = split_at(rest, |c| c.is_whitespace() || matches!(c, '=' | '>' | '/'));
            rest = after.trim_start();
            let mut value = String::new();
            if let Some(after) = rest.strip_prefix('=') {
                let after = after.trim_start();
                let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
                let (raw, after) = match quote {
                    Some(quote) => after[1..].split_once(quote).unwrap_or((after, "")),
                    None => split_at(after, |c| c.is_whitespace() || c == '>'),
                };
                value = decoded(raw);
                rest = after.trim_start();
            }
            if key == "class" {
                value = collapsed(&value);
            }
            if element.attributes.insert(key.to_lowercase(), value).is_some() {
                self.faults.push(format!("<{name}> has {key} twice"));
            }
        }
        rest = rest.strip_prefix('>').unwrap_or(rest);
        let name = element.name.clone();
        self.open.push(element);
        if VOID.contains(&name.as_str()) || closed {
            self.close();
        } else if TEXT_ONLY.contains(&name.as_str()) {
            let (text, after) = rest.split_once(&format!("</{name}")).unwrap_or((rest, ""));
            self.text(text);
            self.close();
            rest = after.split_once('>').map_or("", |(_, after)| after);
        }
        rest
    }

    fn end(&mut self, name: &str) {
        if self.open.len() > 1 && self.open.last().unwrap().name == name {
            self.close();
        } else {
            let inside = self.open.last().unwrap().name.clone();
            self.faults.push(format!("</{name}> inside <{inside}>"));
        }
    }

    fn close(&mut self) {
        let element = self.open.pop().unwrap();
        self.open.last_mut().unwrap().children.push(Node::Element(element));
    }

    fn text(&mut self, raw: &str) {
        let text = collapsed(&decoded(raw));
        if !text.is_empty() {
            let siblings = &mut self.open.last_mut().unwrap().children;
            // Text on both sides of a comment is one text.
            if let Some(Node::Text(before)) = siblings.last_mut() {
                before.push(' ');
                before.push_str(&text);
            } else {
                siblings.push(Node::Text(text));
            }
        }
    }
}

fn split_at(text: &str, stop: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(stop).unwrap_or(text.len()))
}

fn collapsed(text: &str) -> String {
    text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

fn decoded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let entity = after.split_once(';').and_then(|(name, after)| Some((character(name)?, after)));
        if let Some((decoded, after)) = entity {
            out.push(decoded);
            rest = after;
        } else {
            out.push('&');
            rest = after;
        }
    }
    out + rest
}

fn character(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        "copy" => Some('©'),
        numbered => {
            let number = numbered.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

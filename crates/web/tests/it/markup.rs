//! Checks of markup that automatic accessibility tools leave out or report too late, on trees that we rendered.
//!
//! Each rule is proven by a page that breaks it and nothing else (`planted faults`, below).

use std::collections::BTreeMap;

use crate::dom::{Element, Node, parse};

/// Everything wrong with a page, one line each; empty if nothing is.
pub fn faults(html: &str) -> Vec<String> {
    let (root, mut faults) = parse(html);
    let all = root.all();
    let ids = ids(&all, &mut faults);
    for element in &all {
        for name in element.attributes.keys().filter(|name| *name == "style" || name.starts_with("on")) {
            faults.push(format!("<{}> has inline {name}", element.name));
        }
        match element.name.as_str() {
            "style" => faults.push("<style> in the page".to_owned()),
            "script" if element.get("src").is_none() => {
                faults.push("<script> without a file".to_owned());
            }
            "a" => link(element, &ids, &mut faults),
            "input" | "select" | "textarea" => control(element, &all, &ids, &mut faults),
            "button" if element.text().is_empty() => {
                faults.push("<button> without words".to_owned());
            }
            "img" if element.get("alt").is_none() => faults.push("<img> without alt".to_owned()),
            "svg" => picture(element, &mut faults),
            "table" => table(element, &mut faults),
            "dd" if element.text().is_empty() => faults.push("empty <dd>".to_owned()),
            "fieldset" if element.elements().next().is_none_or(|first| first.name != "legend" || first.text().is_empty()) => {
                faults.push("<fieldset> does not start with its <legend>".to_owned());
            }
            _ => {}
        }
        for name in ["aria-describedby", "aria-labelledby", "aria-controls", "for"] {
            for id in element.get(name).unwrap_or_default().split_whitespace().filter(|id| !ids.contains_key(*id)) {
                faults.push(format!("<{}> {name} names #{id}, which is not there", element.name));
            }
        }
    }
    groups(&root, false, &mut faults);
    neighbours(&root, &mut faults);
    headings(&all, &mut faults);
    faults
}

/// Every id with its element; an id that stands twice is a fault.
fn ids<'a>(all: &[&'a Element], faults: &mut Vec<String>) -> BTreeMap<&'a str, &'a Element> {
    let mut ids = BTreeMap::new();
    for element in all {
        if let Some(id) = element.get("id")
            && ids.insert(id, *element).is_some()
        {
            faults.push(format!("#{id} stands twice"));
        }
    }
    ids
}

fn link(element: &Element, ids: &BTreeMap<&str, &Element>, faults: &mut Vec<String>) {
    let href = element.get("href").unwrap_or_default();
    if href.is_empty() || href == "#" {
        faults.push(format!("link `{}` leads nowhere", element.text()));
    }
    if element.text().is_empty() {
        faults.push(format!("link to {href} has no words"));
    }
    if let Some(id) = href.strip_prefix('#').filter(|id| !id.is_empty())
        && !ids.contains_key(id)
    {
        faults.push(format!("link `{}` leads to #{id}, which is not there", element.text()));
    }
}

fn control(element: &Element, all: &[&Element], ids: &BTreeMap<&str, &Element>, faults: &mut Vec<String>) {
    if matches!(element.get("type"), Some("hidden" | "submit" | "button")) {
        return;
    }
    let name = element.get("name").unwrap_or("?");
    let label = |id| all.iter().find(|other| other.name == "label" && other.get("for") == Some(id));
    let labelled = element.get("id").and_then(label).is_some_and(|label| !label.text().is_empty())
        || element.get("aria-label").is_some_and(|label| !label.is_empty())
        || element.get("aria-labelledby").is_some();
    if !labelled {
        faults.push(format!("<{}> {name} has no label", element.name));
    }
    let marked = element.get("class").is_some_and(|class| class.contains("--error"));
    let described = element.get("aria-describedby").unwrap_or_default();
    let told = described.split_whitespace().any(|id| ids.get(id).is_some_and(|error| !error.text().is_empty()));
    // The three inputs of a date are described by their fieldset.
    let is_in_date = element.get("class").is_some_and(|class| class.contains("date-input"));
    if marked && !told && !is_in_date {
        faults.push(format!("{name} is marked as wrong without saying why"));
    }
}

/// Radio buttons and checkboxes belong in a fieldset, and so do the parts of a date.
fn groups(element: &Element, in_fieldset: bool, faults: &mut Vec<String>) {
    let in_fieldset = in_fieldset || element.name == "fieldset";
    let is_choice = matches!(element.get("type"), Some("radio" | "checkbox"));
    let is_date_part = element.get("class").is_some_and(|class| class.contains("govuk-date-input__input"));
    if !in_fieldset && (is_choice || is_date_part) {
        faults.push(format!("{} is not in a fieldset", element.get("name").unwrap_or("?")));
    }
    for child in element.elements() {
        groups(child, in_fieldset, faults);
    }
}

/// Two links side by side to one place are heard twice.
fn neighbours(element: &Element, faults: &mut Vec<String>) {
    for pair in element.children.windows(2) {
        if let [Node::Element(one), Node::Element(two)] = pair
            && one.name == "a"
            && two.name == "a"
            && one.get("href") == two.get("href")
        {
            faults.push(format!("two links side by side to {}", one.get("href").unwrap_or_default()));
        }
    }
    for child in element.elements() {
        neighbours(child, faults);
    }
}

/// A picture is either hidden from assistive technology, or named.
fn picture(element: &Element, faults: &mut Vec<String>) {
    let hidden = element.get("aria-hidden") == Some("true");
    let titled = element.elements().any(|child| child.name == "title" && !child.text().is_empty());
    if !hidden && !titled {
        faults.push("<svg> has neither a title nor aria-hidden".to_owned());
    }
}

fn table(element: &Element, faults: &mut Vec<String>) {
    if element.elements().all(|child| child.name != "caption") {
        faults.push("<table> without <caption>".to_owned());
    }
    for header in element.all().into_iter().filter(|cell| cell.name == "th") {
        if header.get("scope").is_none() || header.text().is_empty() {
            faults.push(format!("<th> `{}` without scope or words", header.text()));
        }
    }
}

/// One main heading; and no level left out on the way down.
fn headings(all: &[&Element], faults: &mut Vec<String>) {
    let is_page = all.iter().any(|element| element.name == "body");
    let level = |element: &&Element| element.name.strip_prefix('h')?.parse::<u32>().ok().filter(|level| *level <= 6);
    // What the layout puts around the page (the error summary, a banner) comes before the main heading.
    let main: Vec<_> = all.iter().filter(|element| element.name == "main").flat_map(|main| main.all()).collect();
    let levels: Vec<u32> = main.iter().filter_map(level).skip_while(|level| *level != 1).collect();
    let count = main.iter().filter(|element| element.name == "h1").count();
    if is_page && count != 1 {
        faults.push(format!("{count} main headings"));
    }
    for pair in levels.windows(2) {
        if pair[1] > pair[0] + 1 {
            faults.push(format!("<h{}> follows <h{}>", pair[1], pair[0]));
        }
    }
}

/// Each fault is planted alone in markup that is otherwise clean, and must be the only one found.
#[test]
fn planted_faults_are_found() {
    let planted = [
        (r#"<input type="radio" id="a" name="a"><label for="a">Yes</label>"#, "not in a fieldset"),
        (r#"<fieldset><input type="radio" id="a" name="a"><label for="a">Yes</label></fieldset>"#, "its <legend>"),
        (r#"<input id="a" name="a">"#, "has no label"),
        (r#"<input id="a" name="a"><label for="a"> </label>"#, "has no label"),
        (r##"<a href="#gone">Enter a date</a>"##, "leads to #gone"),
        (r#"<p id="a">One</p><p id="a">Two</p>"#, "#a stands twice"),
        (r#"<p style="color: red">Red</p>"#, "inline style"),
        (r#"<p onclick="go()">Go</p>"#, "inline onclick"),
        ("<script>go()</script>", "<script> without a file"),
        ("<style>p { color: red }</style>", "<style> in the page"),
        (r#"<a href="">Change</a>"#, "leads nowhere"),
        (r#"<a href="/a"><span></span></a>"#, "has no words"),
        (r#"<a href="/a">One</a> <a href="/a">Two</a>"#, "side by side"),
        ("<dl><dt>School</dt><dd> </dd></dl>", "empty <dd>"),
        (r#"<p aria-describedby="gone">Text</p>"#, "names #gone"),
        (r#"<svg viewBox="0 0 1 1"></svg>"#, "neither a title"),
        ("<table><tr><td>1</td></tr></table>", "without <caption>"),
        ("<div><p>Text</div>", "never closed"),
        ("<body><main><h2>Text</h2></main></body>", "0 main headings"),
        ("<body><main><h1>One</h1><h3>Three</h3></main></body>", "<h3> follows <h1>"),
        (r#"<input class="govuk-input--error" id="a" name="a"><label for="a">Date</label>"#, "without saying why"),
    ];
    for (html, expected) in planted {
        let found = faults(html);
        assert!(found.iter().any(|fault| fault.contains(expected)), "{html}: wanted `{expected}`, found {found:?}");
    }
    let clean = r##"<a href="#a">Choose one</a><fieldset><legend>Siblings?</legend><input type="radio" id="a" name="a">
        <label for="a">Yes</label></fieldset>"##;
    assert_eq!(faults(clean), Vec::<String>::new());
}

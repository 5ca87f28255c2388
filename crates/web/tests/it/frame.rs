//! What the layout and the blocks write out by hand is what GOV.UK's components would make.

use std::error::Error as _;

use serde_json::{Value, json};
use web::blocks::{Block, Cell};
use web::templates::{render, render_text};
use web::view::{Link, Page};

use crate::dom::{Element, parse};
use crate::samples::officer;

/// The first element with this class in its list.
fn with_class<'a>(root: &'a Element, class: &str) -> &'a Element {
    let all = root.all();
    let found = all.into_iter().find(|element| element.get("class").unwrap_or_default().split_whitespace().any(|one| one == class));
    found.unwrap_or_else(|| panic!("no .{class}"))
}

fn component(source: &str, data: &Value) -> Element {
    let html = render_text(source, data).unwrap_or_else(|error| panic!("{error}: {:?}", error.source()));
    parse(&html).0
}

#[test]
fn what_is_written_out_equals_the_components() {
    let officer = Page { home: "/board".to_owned(), ..officer("Referrals & more") };
    let row = vec![Cell::tag("Draft <b>", "yellow")];
    let acts = vec![Link::new("Send & keep", "/1/send?a=1&b=2"), Link::new("Decline", "/1/decline")];
    let blocks = [
        Block::Acts { links: acts },
        Block::State { text: "Out to market".to_owned(), colour: "blue" },
        Block::table("Referrals", &["State"], vec![row], ""),
    ];
    let page = json!({ "page": officer, "data": { "caption": null, "blocks": blocks } });
    let whole = parse(&render("pages/blocks.html", &page).unwrap().0).0;
    let cases = [
        ("govuk-skip-link", "{{ govukSkipLink({'href': '#main-content', 'text': 'Skip to main content'}) }}"),
        (
            "govuk-service-navigation",
            "{{ govukServiceNavigation({'navigation': page.navigation, 'navigationLabel': 'Nearhome', 'collapseNavigationOnMobile': false}) }}",
        ),
        (
            "govuk-phase-banner",
            "{{ govukPhaseBanner({'tag': {'text': 'Sample'}, 'attributes': {'role': 'region', 'aria-label': 'About this database'}, \
             'text': 'This database holds synthetic children and providers. Sample accounts exist only here.'}) }}",
        ),
        ("govuk-button", "{{ govukButton({'text': 'Send & keep', 'href': '/1/send?a=1&b=2'}) }}"),
        ("govuk-button--secondary", "{{ govukButton({'text': 'Decline', 'href': '/1/decline', 'classes': 'govuk-button--secondary'}) }}"),
        ("govuk-tag--blue", "{{ govukTag({'text': 'Out to market', 'classes': 'govuk-tag--blue'}) }}"),
        ("govuk-tag--yellow", "{{ govukTag({'text': 'Draft <b>', 'classes': 'govuk-tag--yellow'}) }}"),
    ];
    for (class, source) in cases {
        assert_eq!(with_class(&whole, class), with_class(&component(source, &page), class), "{class}");
    }
    let header = component("{{ govukGenericHeader({'url': page.home, 'logoText': 'Nearhome'}) }}", &page);
    let (ours, theirs) = (with_class(&whole, "govuk-generic-header"), with_class(&header, "govuk-generic-header"));
    assert_eq!(ours.text().trim(), theirs.text().trim());
    let outline = |element: &Element| {
        let all = element.all().into_iter().filter(|element| matches!(element.name.as_str(), "div" | "a"));
        all.map(|element| (element.name.clone(), element.attributes.clone())).collect::<Vec<_>>()
    };
    assert_eq!(outline(ours), outline(theirs));
}

//! Every template rendered with sample data, strictly, and checked. The samples are invented.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use web::blocks::{Block, Cell};
use web::templates::{self, render_text};
use web::view::{Account, Answer, Choice, Field, FieldKind, Form, Link, NavigationLink, Notice, Page, Problem};

use crate::markup::faults;

/// A rendered sample: its file name, the templates that it covers, and its markup.
pub struct Sample {
    pub name: &'static str,
    pub covers: &'static [&'static str],
    pub html: String,
}

fn sample(name: &'static str, covers: &'static [&'static str], page: &Page, main: &str, data: &Value) -> Sample {
    let source = format!(
        "{{% extends 'layout/page.html' %}}\
         {{% import 'parts/form.html' as form %}}{{% import 'parts/summary.html' as summary %}}\
         {{% import 'parts/tasks.html' as tasks %}}{{% import 'parts/timeline.html' as timeline %}}\
         {{% import 'parts/gates.html' as gates %}}{{% import 'parts/score.html' as score %}}\
         {{% import 'parts/map.html' as map %}}\
         {{% block main %}}<h1 class=\"govuk-heading-l\">{{{{ page.title }}}}</h1>{main}{{% endblock %}}"
    );
    let html = render_text(&source, &json!({ "page": page, "data": data }));
    let html = html.unwrap_or_else(|error| panic!("{name}: {error}: {:?}", error.source()));
    Sample { name, covers, html }
}

pub fn officer(title: &str) -> Page {
    let navigation = [("Referrals", "/referrals"), ("Places", "/places"), ("Contracts", "/contracts"), ("Money", "/money")];
    Page {
        title: title.to_owned(),
        home: "/".to_owned(),
        navigation: navigation
            .map(|(text, href)| NavigationLink { text: text.to_owned(), href: href.to_owned(), current: href == "/referrals" })
            .to_vec(),
        account: Some(Account {
            name: "Priya Shah".to_owned(),
            organisation: "Nottingham City Council".to_owned(),
            role: "placement officer".to_owned(),
            switch: Some("/account".to_owned()),
            sign_out: "/sign-out".to_owned(),
        }),
        is_sample: true,
        footer: vec![Link::new("Help", "/help"), Link::new("Accessibility", "/accessibility")],
        ..Page::default()
    }
}

pub fn field(kind: FieldKind, key: &str, label: &str) -> Field {
    Field { kind, key: key.to_owned(), label: label.to_owned(), required: true, ..Field::default() }
}

fn choices(count: usize, hinted: bool) -> Vec<Choice> {
    let choice = |number| Choice {
        code: format!("CODE_{number}"),
        label: format!("Choice {number}"),
        hint: hinted.then(|| format!("What choice {number} means")),
    };
    (1..=count).map(choice).collect()
}

/// One field of every kind, as it is first shown.
pub fn questions() -> Form {
    let hint = |text: &str| Some(text.to_owned());
    let options = [("Residential home", "Staffed day and night"), ("Foster home", "With an approved carer")];
    let options = options.map(|(label, help)| Choice { code: label.to_uppercase(), label: label.to_owned(), hint: hint(help) });
    let fields = vec![
        field(FieldKind::Text, "reference", "Your reference"),
        Field {
            hint: hint("What a carer must know from the first day"),
            max_chars: Some(1_200),
            ..field(FieldKind::LongText, "needs", "Needs & strengths")
        },
        Field { required: false, ..field(FieldKind::LongText, "remarks", "Remarks") },
        Field { hint: hint("Whole years"), ..field(FieldKind::Number, "age", "Age") },
        Field { hint: hint("What you would pay each week, without VAT"), ..field(FieldKind::Money, "weekly_ceiling", "Weekly ceiling") },
        Field { hint: hint("For example, 27 3 2027"), ..field(FieldKind::Date, "starts_on", "When is the home needed?") },
        field(FieldKind::YesNo, "is_solo", "Must the child live without other children?"),
        Field { options: options.to_vec(), ..field(FieldKind::OneOf, "service", "Which kind of home?") },
        Field { options: choices(9, false), ..field(FieldKind::OneOf, "district", "Which district?") },
        Field { options: choices(4, true), ..field(FieldKind::ManyOf, "skills", "Which skills are needed?") },
        field(FieldKind::Postcode, "school_postcode", "Postcode of the school"),
        field(FieldKind::Secret, "passphrase", "Passphrase of your opening key"),
        Field { max_words: Some(250), ..field(FieldKind::LongText, "care", "Care that fits the child") },
        field(FieldKind::File, "file", "Your policy"),
    ];
    Form {
        action: "/referrals/1/needs".to_owned(),
        idempotency_key: "k-1".to_owned(),
        version: Some(7),
        fields,
        submit: "Save and continue".to_owned(),
    }
}

/// The same form with an answer and an error in every field, hostile text included.
fn refused() -> Form {
    let mut form = questions();
    for field in &mut form.fields {
        field.error = Some(format!("Enter {} again", field.label.to_lowercase()));
        field.value = match field.kind {
            FieldKind::Date => Answer::Date { day: "31".to_owned(), month: "<b>".to_owned(), year: "2026".to_owned() },
            FieldKind::ManyOf => Answer::Codes(vec!["CODE_1".to_owned(), "CODE_3".to_owned()]),
            FieldKind::YesNo => Answer::Text("no".to_owned()),
            FieldKind::OneOf => Answer::Text("CODE_2".to_owned()),
            FieldKind::Secret | FieldKind::File => Answer::Nothing,
            FieldKind::Text | FieldKind::LongText | FieldKind::Number | FieldKind::Money | FieldKind::Postcode => {
                Answer::Text("\"><script>alert(1)</script>".to_owned())
            }
        };
    }
    form
}

fn shortlist() -> Value {
    let row = |place: &str, href: &str, answer: &str, colour, distance: &str, price: &str| {
        vec![Cell::link(place, href), Cell::tag(answer, colour), Cell::text(distance), Cell::text(price)]
    };
    let rows = vec![
        row("Sherwood House (synthetic)", "/places/1", "Offered", "green", "4.2 miles", "£5,635.25"),
        row("Trent View (synthetic)", "/places/2", "Looking", "yellow", "17.9 miles", "£4,980.00"),
    ];
    json!({
        "places": Block::table("Places that answered", &["Place", "Answer", "#Distance", "#Weekly price"], rows, ""),
        "gates": [
            {"rule": "Registered for the child's age", "outcome": "MET", "reason": "Registered for 8 to 17; the child is 14."},
            {"rule": "A single room is free from the start", "outcome": "TO_CHECK", "reason": "Last confirmed 9 days ago."},
            {"rule": "Within 20 miles of Nottingham city centre", "outcome": "NOT_MET", "reason": null},
        ],
        "parts": [
            {"name": "Quality", "points": "31.50", "out_of": "40.00", "share": 79, "why": "Moderated score of the framework bid."},
            {"name": "Closeness", "points": "24.00", "out_of": "30.00", "share": 80, "why": "4.2 miles from the school."},
            {"name": "Price", "points": "21.75", "out_of": "30.00", "share": 73, "why": "Against the lowest price offered."},
        ],
        "total": {"points": "77.25", "out_of": "100.00", "share": 77},
        "map": {
            "key": "places", "title": "Places and their distance", "description": "Two places: one 4.2 miles north, one 17.9 miles east of the reference point.",
            "view_box": "0 0 400 300", "areas": [{"name": "Outline of an example area", "path": "M40 30 L330 20 L370 160 L260 280 L90 250 Z"}],
            "has_home": true,
            "circle": {"x": 190, "y": 150, "radius": 110, "label": "20 miles from Nottingham city centre"},
            "points": [
                {"number": "N", "label": "Nottingham city centre", "x": 190, "y": 150, "note": null, "kind": "REFERENCE", "from_home": "About 1 mile"},
                {"number": "H", "label": "The child’s home area, NG7 (not the address)", "x": 180, "y": 146, "note": "0.9 miles west", "kind": "HOME", "from_home": null},
                {"number": "3", "label": "Nowhere yet (synthetic)", "x": null, "y": null, "note": null, "kind": "OFFER", "from_home": null},
                {"number": "1", "label": "Sherwood House (synthetic)", "x": 200, "y": 118, "note": "4.2 miles", "kind": "OFFER", "from_home": "About 5 miles"},
                {"number": "2", "label": "Trent View (synthetic)", "x": 290, "y": 170, "note": "17.9 miles", "kind": "OFFER", "from_home": "About 5 miles"},
            ],
        },
    })
}

fn case() -> Value {
    json!({
        "rows": [
            {"key": "Reference", "value": "R-2026-0142", "change": null},
            {"key": "School", "value": ["An example academy", "NG1 5DT"], "change": "/referrals/1/school"},
            {"key": "Contact address", "value": null, "change": "/referrals/1/contact"},
        ],
        "tasks": [
            {"title": "About the child", "hint": null, "href": "/referrals/1/child", "status": "DONE"},
            {"title": "Needs", "hint": "About ten minutes", "href": "/referrals/1/needs", "status": "STARTED"},
            {"title": "Where", "hint": null, "href": "/referrals/1/where", "status": "TODO"},
            {"title": "Money", "hint": null, "href": "/referrals/1/money", "status": "PROBLEM"},
            {"title": "Check and send", "hint": null, "href": "/referrals/1/check", "status": "BLOCKED"},
        ],
        "events": [
            {"title": "Sent to providers", "at": "2026-11-20T15:04:05Z", "by": "Priya Shah, Nottingham City Council", "said": null},
            {"title": "Started", "at": "2026-07-01T08:00:00.123456Z", "by": "Priya Shah, Nottingham City Council", "said": null},
        ],
    })
}

fn samples() -> Vec<Sample> {
    let mut all = parts();
    all.extend(crate::page_samples::samples());
    all
}

fn parts() -> Vec<Sample> {
    let shortlist_main = "{{ score.strip(data.total) }}{{ data.places.html | safe }}\
        <h2 class=\"govuk-heading-m\">Why this place is first</h2>{{ gates.list(data.gates) }}\
        {{ score.table('Points', data.parts, data.total) }}{{ map.show(data.map) }}";
    let case_main = "{{ summary.list(data.rows) }}{{ summary.card('The same as a card', data.rows) }}\
        <h2 class=\"govuk-heading-m\">What is left to do</h2>{{ tasks.list(data.tasks) }}\
        <h2 class=\"govuk-heading-m\">History</h2>{{ timeline.list(data.events) }}";
    let notice = Notice {
        is_success: true,
        text: "The referral was sent to 14 places.".to_owned(),
        link: Some(Link::new("See them", "/referrals/1/sent")),
    };
    let crumbs = vec![Link::new("Referrals", "/referrals"), Link::new("R-2026-0142", "/referrals/1")];
    let back = Some(Link::new("Back to the list of tasks", "/referrals/1"));
    let heading = Form { fields: vec![], ..questions() };
    let visitor = Page { title: "Sign in".to_owned(), home: "/".to_owned(), ..Page::default() };
    let mut problems = refused().problems();
    problems.push(Problem { text: "Somebody else changed this page while you wrote".to_owned(), href: None });
    vec![
        sample(
            "shortlist",
            &["layout/page.html", "parts/gates.html", "parts/score.html", "parts/map.html"],
            &Page { breadcrumbs: crumbs.clone(), ..officer("Shortlist for R-2026-0142") },
            shortlist_main,
            &shortlist(),
        ),
        sample(
            "case",
            &["parts/summary.html", "parts/tasks.html", "parts/timeline.html"],
            &Page { notice: Some(notice), breadcrumbs: crumbs, ..officer("Referral R-2026-0142") },
            case_main,
            &case(),
        ),
        sample(
            "form",
            &["parts/form.html"],
            &Page { back: back.clone(), ..officer("Needs") },
            "{{ form.whole(data) }}",
            &json!(questions()),
        ),
        sample("form-refused", &[], &Page { back, problems, ..officer("Needs") }, "{{ form.whole(data) }}", &json!(refused())),
        sample("visitor", &[], &visitor, "{{ form.whole(data) }}", &json!(heading)),
    ]
}

#[test]
fn every_template_has_a_sample_and_every_sample_is_clean() {
    let samples = samples();
    let covered: BTreeSet<&str> = samples.iter().flat_map(|sample| sample.covers.iter().copied()).collect();
    let missing: Vec<String> = templates::names().filter(|name| !covered.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "templates without a sample: {missing:?}");
    for sample in &samples {
        assert_eq!(faults(&sample.html), Vec::<String>::new(), "in {}", sample.name);
        assert!(sample.html.len() < 80_000, "{} is {} bytes", sample.name, sample.html.len());
    }
}

#[test]
fn typed_text_is_given_back_and_never_becomes_markup() {
    let sample = samples().into_iter().find(|sample| sample.name == "form-refused").unwrap();
    assert!(!sample.html.contains("<script>alert"), "hostile text came through");
    assert!(sample.html.contains("&lt;script&gt;alert(1)"), "typed text was lost");
    assert!(sample.html.contains("<title>Error: Needs – Nearhome</title>"));
    assert!(sample.html.contains("href=\"#starts_on-day\""), "the summary does not lead to the day");
}

#[test]
fn a_date_and_a_list_keep_what_was_chosen() {
    let html = samples().into_iter().find(|sample| sample.name == "form-refused").unwrap().html;
    let (root, _) = crate::dom::parse(&html);
    let value = |id: &str| root.all().into_iter().find(|element| element.get("id") == Some(id)).unwrap().clone();
    assert_eq!(value("starts_on-day").get("value"), Some("31"));
    assert_eq!(value("starts_on-month").get("value"), Some("<b>"));
    assert!(value("skills").get("checked").is_some());
    assert!(value("skills-2").get("checked").is_none());
    assert!(value("is_solo-2").get("checked").is_some());
    let district = value("district");
    let chosen = district.elements().find(|option| option.get("selected").is_some()).unwrap();
    assert_eq!(chosen.get("value"), Some("CODE_2"));
}

#[test]
fn an_unanswered_form_is_empty() {
    let html = samples().into_iter().find(|sample| sample.name == "form").unwrap().html;
    let (root, _) = crate::dom::parse(&html);
    let typed = |element: &crate::dom::Element| match element.get("type") {
        Some("text") | None => element.get("value").unwrap_or_default().to_owned() + &element.text(),
        Some(_) => element.get("checked").unwrap_or_default().to_owned(),
    };
    for element in root.all() {
        if matches!(element.name.as_str(), "input" | "textarea") {
            assert_eq!(typed(element), "", "{element:?}");
        }
    }
}

#[test]
fn a_misspelt_name_is_an_error_in_our_templates_and_at_the_door_of_the_macros() {
    for source in [
        "{{ nothing }}",
        "{{ data.wrong }}",
        "{% if data.wrong %}{% endif %}",
        "{{ govukTag({'text': data.wrong}) }}",
        "{{ govukTag({'text': 'a', 'attributes': {'title': data.wrong}}) }}",
        "{{ govukBreadcrumbs({'items': [{'text': data.wrong}]}) }}",
        "{{ asset('no-such-file.css') }}",
        "{{ '2026-13-01' | day }}",
    ] {
        assert!(render_text(source, &json!({ "data": {} })).is_err(), "{source} was rendered");
    }
    let lenient = render_text("{{ govukTag({'text': 'Met', 'classes': none}) }}", &json!({})).unwrap();
    assert!(lenient.contains("Met"), "{lenient}");
}

#[test]
fn the_filters_read_as_on_paper() {
    let source = "{{ 563525 | pounds }}|{{ '2026-12-18' | day }}|{{ '2026-12-18T14:05:00Z' | moment }}|{{ 7.25 | miles }}";
    let read = render_text(source, &json!({})).unwrap();
    assert_eq!(read, "£5,635.25|18 December 2026|18 December 2026 at 2:05pm GMT|7.2 miles");
}

/// Writes the samples with their assets to a folder, to be looked at in a browser.
#[test]
#[ignore = "only writes files, to look at"]
fn write_the_samples() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("samples");
    let assets = folder.join("assets");
    fs::create_dir_all(&assets).unwrap();
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("built/static")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), assets.join(file.file_name())).unwrap();
    }
    for sample in samples() {
        fs::write(folder.join(format!("{}.html", sample.name)), sample.html).unwrap();
    }
    println!("{}", folder.display());
}

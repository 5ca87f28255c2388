//! A sample of every page's template. The people and children are invented.

use std::error::Error as _;

use serde_json::{Value, json};
use web::blocks::{Block, Cell, Event, Fact, GateShown, PartShown, Task, TotalShown};
use web::templates::render;
use web::view::{Link, Page, Problem};

use crate::samples::{Sample, officer, questions};

fn whole(name: &'static str, template: &'static [&'static str], page: &Page, data: &Value) -> Sample {
    let html = render(template[0], &json!({ "page": page, "data": data }));
    let html = html.unwrap_or_else(|error| panic!("{name}: {error}: {:?}", error.source())).0;
    Sample { name, covers: template, html }
}

pub fn samples() -> Vec<Sample> {
    let mut all = at_the_door();
    all.extend(plain());
    all.push(blocks());
    all
}

fn at_the_door() -> Vec<Sample> {
    let visitor = |title: &str| Page { title: title.to_owned(), home: "/".to_owned(), ..Page::default() };
    let wrong = |text: &str, href: &str| vec![Problem { text: text.to_owned(), href: Some(href.to_owned()) }];
    let not_right = "The email address or the password is not right";
    let qr = json!({ "secret": "ABCD EFGH", "modules": 33, "path": "M0 0h1v1h-1z" });
    let door = &["pages/sign_in.html"];
    let code = &["pages/sign_in_code.html"];
    let invitation = |has_account: bool| {
        json!({
            "token": "t", "email": "robin@council.example", "organisation": "Derby City Council", "role": "Administrator",
            "has_account": has_account, "password_error": null,
        })
    };
    let invited = &["pages/invitation.html"];
    vec![
        whole("invitation", invited, &visitor("Set your password"), &invitation(false)),
        whole("invitation-again", invited, &visitor("Take up your new role"), &invitation(true)),
        whole("sign-in", door, &visitor("Sign in"), &json!({ "email": "", "back_to": null, "email_error": null })),
        whole(
            "sign-in-refused",
            door,
            &Page { problems: wrong(not_right, "#email"), ..visitor("Sign in") },
            &json!({ "email": "\"><script>", "back_to": "/board?page=2", "email_error": not_right }),
        ),
        whole("code", code, &visitor("Enter the code"), &json!({ "back_to": null, "enrolment": null, "code_error": null })),
        whole("enrol", code, &visitor("Set up your app"), &json!({ "back_to": "/board", "enrolment": qr, "code_error": null })),
    ]
}

/// One block of every kind.
fn blocks() -> Sample {
    let total = TotalShown { points: "57.30".to_owned(), out_of: "100.00".to_owned(), share: 57 };
    let (name, out_of) = ("Quality".to_owned(), "60.00".to_owned());
    let part = PartShown { name, points: "57.30".to_owned(), out_of, share: 95, why: "Mean score of 4.8 out of 5.".to_owned() };
    let gate = GateShown { rule: "Ofsted rating".to_owned(), outcome: "MET", reason: Some("Good since March.".to_owned()) };
    let event = Event {
        title: "Submitted".to_owned(),
        at: "2026-11-20T15:04:05Z".to_owned(),
        by: "Priya Shah".to_owned(),
        said: Some("Which school?".to_owned()),
    };
    let task = Task { title: "Price".to_owned(), hint: None, href: Some("/inbox/1/offer/price".to_owned()), status: "TODO" };
    let row = vec![
        Cell::link("R-2026-0007", "/referrals/1"),
        Cell::text("£5,000.00"),
        Cell::tag("Draft", "yellow"),
        Cell::folded("Points 57.30", vec!["Care: 30".to_owned(), "Price: <27.30>".to_owned()]),
    ];
    let columns = ["Referral", "#Weekly price", "State", "Why"];
    let table = |rows| Block::table("Referrals", &columns, rows, "There is none.");
    let change = Some("/referrals/1/section/needs".to_owned());
    let facts = vec![Fact::new("Age", "14 years"), Fact { change, ..Fact::new("Needs", "") }];
    let all = vec![
        Block::State { text: "Out to market".to_owned(), colour: "blue" },
        Block::Acts { links: vec![Link::new("Send", "/1/send"), Link::new("Decline", "/1/decline")] },
        Block::facts(facts.clone()),
        Block::Facts { title: Some("The child".to_owned()), rows: facts },
        Block::heading("What is left"),
        Block::Tasks { tasks: vec![task] },
        table(vec![row]),
        table(vec![]),
        Block::text("A line"),
        Block::Warning { text: "The profile names a school.".to_owned() },
        Block::Links { links: vec![Link::new("Elsewhere", "/elsewhere")] },
        Block::Pages {
            of: Some("Referrals".to_owned()),
            first: Some(Link::new("First page", "/board")),
            next: Some(Link::new("Next page", "/board?after=1")),
        },
        Block::heading("Why"),
        Block::Gates { gates: vec![gate] },
        Block::Score { caption: "Points".to_owned(), parts: vec![part], total },
        Block::heading("History"),
        Block::Timeline { events: vec![event] },
        Block::Form { form: questions() },
    ];
    let data = json!({ "caption": "Nottingham City Council", "blocks": all });
    whole("blocks", &["pages/blocks.html"], &officer("Referral R-2026-0007"), &data)
}

fn plain() -> Vec<Sample> {
    let lines = json!({ "lines": ["Nothing was done."], "reference": "7c1f" });
    vec![
        whole("problem", &["pages/problem.html"], &officer("Sorry, there is a problem"), &lines),
        whole("help", &["pages/help.html"], &officer("Help"), &json!({})),
        whole("home", &["pages/home.html"], &officer("Nothing waits for you here"), &json!({ "role": "Contract officer" })),
        whole("plain-form", &["pages/form.html"], &officer("Needs"), &json!({ "form": questions() })),
    ]
}

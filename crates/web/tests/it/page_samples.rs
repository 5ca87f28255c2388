//! A sample of every page's template. The people and children are invented.

use std::error::Error as _;

use serde_json::{Value, json};
use web::templates::render;
use web::view::{Page, Problem};

use crate::samples::{Sample, officer, questions};

fn whole(name: &'static str, template: &'static [&'static str], page: &Page, data: &Value) -> Sample {
    let html = render(template[0], &json!({ "page": page, "data": data }));
    let html = html.unwrap_or_else(|error| panic!("{name}: {error}: {:?}", error.source())).0;
    Sample { name, covers: template, html }
}

pub fn samples() -> Vec<Sample> {
    let mut all = at_the_door();
    all.extend(plain());
    all
}

fn at_the_door() -> Vec<Sample> {
    let visitor = |title: &str| Page { title: title.to_owned(), home: "/".to_owned(), ..Page::default() };
    let wrong = |text: &str, href: &str| vec![Problem { text: text.to_owned(), href: Some(href.to_owned()) }];
    let not_right = "The email address or the password is not right";
    let qr = json!({ "secret": "ABCD EFGH", "modules": 33, "path": "M0 0h1v1h-1z" });
    let door = &["pages/sign_in.html"];
    let code = &["pages/sign_in_code.html"];
    vec![
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

fn plain() -> Vec<Sample> {
    let lines = json!({ "lines": ["Nothing was done."], "reference": "7c1f" });
    vec![
        whole("problem", &["pages/problem.html"], &officer("Sorry, there is a problem"), &lines),
        whole("help", &["pages/help.html"], &officer("Help"), &json!({})),
        whole("home", &["pages/home.html"], &officer("Nothing waits for you here"), &json!({ "role": "Contract officer" })),
        whole("plain-form", &["pages/form.html"], &officer("Needs"), &json!({ "form": questions() })),
    ]
}

//! The pages, grouped by capability. A handler reads the request, calls one use case, and draws or redirects.

pub(crate) mod home;
pub(crate) mod sign_in;

use axum::http::StatusCode;
use axum::response::{Html, Response};
use domain::Code as _;
use domain::access::could;
use serde::Serialize;
use service::Failure;
use service::people::sign_in::SignedIn;

use crate::forms;
use crate::problem::{Stopped, Wrong};
use crate::routes;
use crate::server::Site;
use crate::templates::{self, RenderError};
use crate::view::{Account, Field, Form, Link, NavigationLink, Page};

/// The service navigation in its order. A role sees the entries whose page it could ever open.
const NAVIGATION: &[(&str, &str)] = &[
    ("Referrals", "/referrals"),
    ("Board", "/board"),
    ("Referrals received", "/inbox"),
    ("Approvals", "/approvals"),
    ("Placements", "/placements"),
    ("Commitments", "/commitments"),
    ("Frameworks", "/frameworks"),
    ("People", "/people"),
];

/// What handlers answer: a page, a redirect, or what stopped them.
pub(crate) type Answered = Result<Response, Stopped>;

/// Everything around the main part of a page, for whoever is signed in.
pub(crate) fn page(_: &Site, signed_in: Option<&SignedIn>, title: impl Into<String>) -> Page {
    let footer = vec![Link::new("Help", "/help")];
    let visitors = Page { title: title.into(), home: "/".to_owned(), footer, ..Page::default() };
    let Some(person) = signed_in else { return visitors };
    Page {
        navigation: navigation(person).map(|(text, href)| NavigationLink { text, href, current: false }).collect(),
        account: Some(Account {
            name: person.person_name.clone(),
            organisation: person.organisation_name.clone(),
            role: person.role.label().to_owned(),
            switch: (person.roles.len() > 1).then(|| "/account".to_owned()),
            sign_out: "/sign-out".to_owned(),
        }),
        is_sample: person.is_sample_world,
        ..visitors
    }
}

/// The navigation entries for this person: words and path.
pub(crate) fn navigation(person: &SignedIn) -> impl Iterator<Item = (String, String)> {
    let role = person.role;
    let open = NAVIGATION.iter().filter(move |(_, href)| routes::action_of(href).is_some_and(|action| could(role, action)));
    open.map(|(text, href)| ((*text).to_owned(), (*href).to_owned()))
}

impl Page {
    /// Marks the entry of the service navigation to which this page belongs.
    pub(crate) fn within(mut self, href: &str) -> Self {
        for entry in &mut self.navigation {
            entry.current = entry.href == href;
        }
        self
    }
}

/// Fills the template with the page and its own data.
pub(crate) fn draw<D: Serialize>(template: &str, page: &Page, data: &D) -> Result<Html<String>, RenderError> {
    #[derive(Serialize)]
    struct Context<'a, D> {
        page: &'a Page,
        data: &'a D,
    }
    templates::render(template, &Context { page, data })
}

/// Shows in a form what was typed and what is wrong with it, and lists all of it on the page. Gives the status to answer with.
pub(crate) fn refuse(page: &mut Page, form: &mut Form, posted: &forms::Posted, wrong: &Wrong) -> StatusCode {
    let loose = forms::as_typed(&mut form.fields, &posted.raw, &wrong.problems);
    page.problems = form.problems();
    page.problems.extend(loose);
    wrong.status
}

/// A field of a page's own form, without answer and required.
pub(crate) fn field(kind: crate::view::FieldKind, key: &str, label: &str) -> Field {
    Field { kind, key: key.to_owned(), label: label.to_owned(), required: true, ..Field::default() }
}

/// There is no such page.
pub(crate) async fn nowhere() -> Stopped {
    Failure::absent().into()
}

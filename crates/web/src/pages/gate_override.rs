//! A red check that a senior manager lets pass: which, and why. What the law forbids is shown without a way to pass it.

use axum::extract::{Path, State};
use domain::Code as _;
use domain::purchasing::gates::{Gate, GateCode, GateColour, GateForce};
use service::people::sign_in::SignedIn;
use service::purchasing::evaluation::OfferCompared;
use service::purchasing::gate_override::OverrideGate;
use service::{Failure, perform};

use super::offers::{comparison, named, offer_in, page, path};
use super::{Answered, Done, done};
use crate::blocks::Block;
use crate::caller::Who;
use crate::forms::{self, Posted};
use crate::pages;
use crate::problem::Wrong;
use crate::server::Site;
use crate::view::{Choice, Field, FieldKind};

const TITLE: &str = "Let a failed check pass";

/// The red checks of an offer that stand and that a senior manager may let pass.
pub(crate) fn open_to_override(offer: &OfferCompared) -> Vec<&Gate> {
    let is_open = |gate: &&Gate| {
        // A price has an approval of its own.
        gate.colour == GateColour::Red
            && gate.force == GateForce::Local
            && gate.code != GateCode::Price
            && !gate.is_overridden(&offer.overrides)
    };
    offer.gates.iter().filter(is_open).collect()
}

/// `GET /referrals/{id}/offers/{offer}/override`
pub(crate) async fn ask(State(site): State<Site>, Who(who): Who, Path(ids): Path<(String, String)>) -> Answered {
    ask_again(&site, &who, &ids, None).await
}

async fn ask_again(site: &Site, who: &SignedIn, ids: &(String, String), again: Option<(&Posted, &Wrong)>) -> Answered {
    let case = comparison(site, who, &ids.0).await?;
    let offer = offer_in(&case, &ids.1)?;
    let mut above = vec![Block::text(format!("{}, {}", offer.service.name, offer.weekly))];
    let unlawful = offer.gates.iter().filter(|gate| gate.colour == GateColour::Red && gate.force == GateForce::Statutory);
    above.extend(unlawful.map(|gate| Block::Warning {
        text: format!("{}: {}. The law forbids this placement, so nobody may let it pass.", gate.code.label(), gate.reason),
    }));
    let open = open_to_override(offer);
    let page = page(site, who, TITLE, &case);
    if open.is_empty() && again.is_none() {
        above.push(Block::text("No check of this offer waits for your decision."));
        return Ok(pages::show(&page, None, &above)?);
    }
    let option =
        |gate: &&Gate| Choice { code: gate.code.code().to_owned(), label: gate.code.label().to_owned(), hint: Some(gate.reason.clone()) };
    let fields = vec![
        Field { options: open.iter().map(option).collect(), ..pages::field(FieldKind::OneOf, "code", "Which check may pass?") },
        Field {
            hint: Some("It is kept with your role, and whoever approves the placement reads it".to_owned()),
            ..pages::field(FieldKind::LongText, "reason", "Why may this child be placed there all the same?")
        },
    ];
    let form = forms::form(site, format!("{}/{}/override", path(case.referral), offer.id), None, fields, "Let this check pass");
    pages::ask(page, form, above, again)
}

/// `POST /referrals/{id}/offers/{offer}/override`
pub(crate) async fn override_gate(State(site): State<Site>, Who(who): Who, Path(ids): Path<(String, String)>, posted: Posted) -> Answered {
    let offer = named(&site, &who, &ids).await?;
    let outcome = match GateCode::from_code(posted.value("code")) {
        Err(_) => Err(Failure::invalid("code", "Select the check that may pass")),
        Ok(code) => {
            let command = OverrideGate { offer, code, reason: posted.value("reason").to_owned() };
            perform(&site.nearhome, &who.caller, posted.key, &command).await
        }
    };
    match outcome {
        Ok(_) => Ok(done(&format!("{}/{offer}", path(pages::id(&ids.0)?)), Done::LetPass)),
        Err(failure) => ask_again(&site, &who, &ids, Some((&posted, &Wrong::with(failure)?))).await,
    }
}

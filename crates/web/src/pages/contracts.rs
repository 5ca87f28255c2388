//! What follows for framework agreements in force: changes, suspension, the end of one, the end of all; and who stays on a framework that
//! is awarded again.

use axum::extract::{Path, State};
use domain::Code as _;
use domain::calendar::Day;
use domain::ids::{FrameworkContractId, OrganisationId};
use domain::procurement::contract::Standing;
use domain::procurement::reopening::CarryOver;
use domain::purchasing::fields::{Answers, Field as Asked, FieldKind as Kind};
use service::people::sign_in::SignedIn;
use service::procurement::agreement::ContractLine;
use service::procurement::award::AwardView;
use service::procurement::contract::{EndContract, LiftSuspension, SuspendContract, TerminateFramework, VaryContract};
use service::procurement::framework::{Candidate, CarryOverProvider, GetCarryOver};
use service::procurement::tender::Tender;
use service::{Command, Failure, ask, perform};

use super::award::{award, here, standing};
use super::decisions::answered;
use super::tenders::page;
use super::{Answered, Done, done};
use crate::blocks::{Block, Cell};
use crate::caller::Who;
use crate::forms::{self, Posted};
use crate::pages;
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::{Choice, Field, FieldKind};

/// An act on one agreement, or on all of them, as its page puts it.
struct Act {
    path: &'static str,
    title: &'static str,
    says: &'static str,
    button: &'static str,
    asks: &'static [Asked],
    /// To which agreements it can be done; to the framework as a whole when there are none to choose from.
    to: Option<fn(Standing) -> bool>,
}

const fn day(key: &'static str, label: &'static str, needed: &'static str) -> Asked {
    Asked::new(Kind::Date, key, label, needed).mandatory()
}

const fn words(key: &'static str, label: &'static str, needed: &'static str) -> Asked {
    Asked::new(Kind::LongText, key, label, needed).hint("The provider reads this").mandatory()
}

const VARY: Act = Act {
    path: "vary",
    title: "Change an agreement",
    says: "The change gets the next number. The agreement as it was signed stays on record.",
    button: "Record the change",
    asks: &[day("from", "From which day does it hold?", "Enter the day"), words("what", "What changes?", "Enter what changes")],
    to: Some(|standing| matches!(standing, Standing::InForce | Standing::Suspended)),
};

const SUSPEND: Act = Act {
    path: "suspend",
    title: "Suspend a provider",
    says: "No council sends referrals to the provider under this framework while it is suspended. Children who live with it stay.",
    button: "Suspend the provider",
    asks: &[
        day("from", "First day", "Enter the first day"),
        Asked::new(Kind::Date, "until", "Last day", "Enter the last day").hint("Leave this empty if it is open"),
        words("reason", "Why is it suspended?", "Enter why it is suspended"),
    ],
    to: Some(|standing| standing == Standing::InForce),
};

const LIFT: Act = Act {
    path: "lift",
    title: "Lift a suspension",
    says: "From today the provider is sent referrals again.",
    button: "Lift the suspension",
    asks: &[words("reason", "Why is it lifted?", "Enter why it is lifted")],
    // A suspension may lie ahead, while the agreement reads as in force.
    to: Some(|standing| matches!(standing, Standing::InForce | Standing::Suspended)),
};

const END: Act = Act {
    path: "end",
    title: "Remove a provider",
    says: "Its agreement ends. Placements that were made under it go on by their own terms.",
    button: "End the agreement",
    asks: &[day("on", "First day on which it is no more", "Enter the day"), words("reason", "Why does it end?", "Enter why it ends")],
    to: Some(|standing| standing != Standing::Ended),
};

const TERMINATE: Act = Act {
    path: "terminate",
    title: "End the framework before its time",
    says: "Every agreement under it ends. Placements that were made under it go on by their own terms.",
    button: "End the framework",
    asks: &[day("on", "First day on which it is no more", "Enter the day"), words("reason", "Why does it end?", "Enter why it ends")],
    to: None,
};

fn act_page(site: &Site, who: &SignedIn, view: &AwardView, act: &Act, again: Option<(&Posted, &Wrong)>) -> Answered {
    let here = here(view.tender.id);
    let mut fields = Vec::new();
    if let Some(is_open_to) = act.to {
        let option = |line: &ContractLine| Choice {
            code: line.id.to_string(),
            label: line.provider.clone(),
            hint: Some(standing(line.standing).0.to_owned()),
        };
        let options = view.contracts.iter().filter(|line| is_open_to(line.standing)).map(option);
        fields.push(Field { options: options.collect(), ..pages::field(FieldKind::OneOf, "contract", "Whose agreement?") });
    }
    fields.extend(act.asks.iter().map(|asked| forms::question(asked, &Answers::default())));
    let form = forms::form(site, format!("{here}/{}", act.path), None, fields, act.button);
    pages::ask(page(site, who, act.title, here), form, vec![Block::text(act.says)], again)
}

async fn ask_act(site: &Site, who: &SignedIn, id: &str, act: &Act) -> Answered {
    act_page(site, who, &award(site, who, id).await?, act, None)
}

/// Does an act if its form can be read, or asks again with what is wrong.
async fn take<C: Command>(
    site: &Site,
    who: &SignedIn,
    id: &str,
    posted: &Posted,
    act: &Act,
    command: impl FnOnce(&AwardView, Option<FrameworkContractId>, &Answers) -> Result<C, Failure>,
) -> Answered {
    let view = award(site, who, id).await?;
    let chosen = posted.value("contract").parse::<FrameworkContractId>().ok();
    let outcome = match answered(act.asks, posted).and_then(|answers| command(&view, chosen, &answers)) {
        Ok(command) => perform(&site.nearhome, &who.caller, posted.key, &command).await.map(drop),
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(()) => Ok(done(&here(view.tender.id), Done::MovedOn)),
        Err(failure) => act_page(site, who, &award(site, who, id).await?, act, Some((posted, &Wrong::with(failure)?))),
    }
}

fn one(chosen: Option<FrameworkContractId>) -> Result<FrameworkContractId, Failure> {
    chosen.ok_or_else(|| Failure::invalid("contract", "Select an agreement"))
}

fn text(answers: &Answers, key: &str) -> String {
    answers.text(key).unwrap_or_default().to_owned()
}

fn on(answers: &Answers, key: &'static str) -> Result<Day, Failure> {
    answers.day(key).ok_or_else(|| Failure::invalid(key, "Enter the day"))
}

/// `GET /tenders/{id}/award/vary`
pub(crate) async fn ask_vary(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    ask_act(&site, &who, &id, &VARY).await
}

/// `POST /tenders/{id}/award/vary`
pub(crate) async fn vary(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    take(&site, &who, &id, &posted, &VARY, |view, chosen, answers| {
        Ok(VaryContract { tender: view.tender.id, contract: one(chosen)?, from: on(answers, "from")?, what: text(answers, "what") })
    })
    .await
}

/// `GET /tenders/{id}/award/suspend`
pub(crate) async fn ask_suspend(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    ask_act(&site, &who, &id, &SUSPEND).await
}

/// `POST /tenders/{id}/award/suspend`
pub(crate) async fn suspend(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    take(&site, &who, &id, &posted, &SUSPEND, |view, chosen, answers| {
        let (from, until) = (on(answers, "from")?, answers.day("until"));
        Ok(SuspendContract { tender: view.tender.id, contract: one(chosen)?, from, until, reason: text(answers, "reason") })
    })
    .await
}

/// `GET /tenders/{id}/award/lift`
pub(crate) async fn ask_lift(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    ask_act(&site, &who, &id, &LIFT).await
}

/// `POST /tenders/{id}/award/lift`
pub(crate) async fn lift(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    take(&site, &who, &id, &posted, &LIFT, |view, chosen, answers| {
        Ok(LiftSuspension { tender: view.tender.id, contract: one(chosen)?, reason: text(answers, "reason") })
    })
    .await
}

/// `GET /tenders/{id}/award/end`
pub(crate) async fn ask_end(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    ask_act(&site, &who, &id, &END).await
}

/// `POST /tenders/{id}/award/end`
pub(crate) async fn end(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    take(&site, &who, &id, &posted, &END, |view, chosen, answers| {
        Ok(EndContract { tender: view.tender.id, contract: one(chosen)?, on: on(answers, "on")?, reason: text(answers, "reason") })
    })
    .await
}

/// `GET /tenders/{id}/award/terminate`
pub(crate) async fn ask_terminate(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    ask_act(&site, &who, &id, &TERMINATE).await
}

/// `POST /tenders/{id}/award/terminate`
pub(crate) async fn terminate(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    take(&site, &who, &id, &posted, &TERMINATE, |view, _, answers| {
        Ok(TerminateFramework { tender: view.tender.id, on: on(answers, "on")?, reason: text(answers, "reason") })
    })
    .await
}

/// What can be done about agreements in force: words and last part of the address of each page.
pub(super) const LINKS: [(&str, &str); 5] = [
    (VARY.title, VARY.path),
    (SUSPEND.title, SUSPEND.path),
    (LIFT.title, LIFT.path),
    (END.title, END.path),
    (TERMINATE.title, TERMINATE.path),
];

async fn candidates(site: &Site, who: &SignedIn, id: &str) -> Result<(Tender, Vec<Candidate>), Stopped> {
    Ok(ask(&site.nearhome, &who.caller, &GetCarryOver { tender: pages::id(id)? }).await?)
}

fn carry_over_page(site: &Site, who: &SignedIn, tender: &Tender, candidates: &[Candidate], again: Option<(&Posted, &Wrong)>) -> Answered {
    let rows = candidates.iter().map(|one| {
        let keeps = one.keeps.iter().map(|kept| format!("{}: {} at {} a week", kept.category, kept.name, kept.weekly));
        let ground = match (one.has_tendered, one.ground) {
            (true, _) => CarryOver::NewTender.label(),
            (false, Some(ground)) => ground.label(),
            (false, None) => "Not decided",
        };
        vec![Cell::text(&one.name), Cell::text(keeps.collect::<Vec<_>>().join("\n")), Cell::text(one.loses.join("\n")), Cell::text(ground)]
    });
    let columns = ["Provider", "Would keep", "Would lose", "Ground"];
    let table = Block::table("Providers on the framework", &columns, rows.collect(), "Nobody is on the framework on the day before.");
    let says = "On an open framework a provider can stay when the whole of it is awarded again: because it is on it, by its earlier tender, or \
                by a new one. It keeps its services at the prices that it asked, below the new highest prices.";
    let open = candidates.iter().filter(|one| one.ground.is_none() && !one.has_tendered);
    let options = open.map(|one| Choice { code: one.provider.to_string(), label: one.name.clone(), hint: None });
    let grounds = [CarryOver::Status, CarryOver::EarlierTender];
    let grounds = grounds.map(|ground| Choice { code: ground.code().to_owned(), label: ground.label().to_owned(), hint: None });
    let fields = vec![
        Field { options: options.collect(), ..pages::field(FieldKind::OneOf, "provider", "Which provider stays?") },
        Field { options: grounds.into(), ..pages::field(FieldKind::OneOf, "ground", "On what ground?") },
        pages::field(FieldKind::LongText, "reason", "Why?"),
    ];
    let here = here(tender.id);
    let form = forms::form(site, format!("{here}/carry-over"), None, fields, "It stays");
    pages::ask(page(site, who, "Who stays on the framework", here), form, vec![Block::text(says), table], again)
}

/// `GET /tenders/{id}/award/carry-over`
pub(crate) async fn ask_carry_over(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    let (tender, candidates) = candidates(&site, &who, &id).await?;
    carry_over_page(&site, &who, &tender, &candidates, None)
}

/// `POST /tenders/{id}/award/carry-over`
pub(crate) async fn carry_over(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let (tender, found) = candidates(&site, &who, &id).await?;
    let provider = posted.value("provider").parse::<OrganisationId>().map_err(|_| Failure::invalid("provider", "Select a provider"));
    let ground = CarryOver::from_code(posted.value("ground")).map_err(|_| Failure::invalid("ground", "Select a ground"));
    let outcome = match (provider, ground) {
        (Ok(provider), Ok(ground)) => {
            let command = CarryOverProvider { tender: tender.id, provider, ground, reason: posted.exact("reason").to_owned() };
            perform(&site.nearhome, &who.caller, posted.key, &command).await.map(drop)
        }
        (Err(failure), _) | (_, Err(failure)) => Err(failure),
    };
    match outcome {
        Ok(()) => Ok(done(&here(tender.id), Done::MovedOn)),
        Err(failure) => carry_over_page(&site, &who, &tender, &found, Some((&posted, &Wrong::with(failure)?))),
    }
}

//! The form with which a council's decision is recorded: one of each kind of resolution. What is longer is entered from a file.

use axum::extract::State;
use domain::consortium::{Consortium, CouncilCode, Origin};
use domain::governance::decision::{
    ApprovalToProcure, Decision, Delegation, Exemption, ExpenditureCeiling, GovernedAct, Resolution, Ruling,
};
use domain::purchasing::fields::{Answer, Answers, Field as Asked, FieldKind as Kind};
use service::governance::decision::RecordDecision;
use service::people::sign_in::SignedIn;
use service::{Failure, perform};

use super::decisions::{answered, choice, consortium, own_code, page};
use super::{Answered, Done, done};
use crate::blocks::Block;
use crate::caller::Who;
use crate::forms::{self, Posted};
use crate::pages;
use crate::problem::Wrong;
use crate::server::Site;
use crate::view::{self, Choice, FieldKind};

const ONE_A_LINE: &str = "One on each line";

/// What the record of a decision says, before what was resolved.
const RECORD: &[Asked] = &[
    Asked::new(Kind::Text, "body", "Who decided?", "Enter the committee, or the officer’s post").mandatory(),
    Asked::new(Kind::Date, "met_on", "When?", "Enter the day of the decision").mandatory(),
    Asked::new(Kind::Text, "item", "Item of the agenda, or number", "Enter the item or the number").mandatory(),
    Asked::new(Kind::Text, "title", "What is it about?", "Enter what it is about").mandatory(),
    Asked::new(Kind::YesNo, "is_key", "Is it a key decision?", "Select yes or no").mandatory(),
    Asked::new(Kind::Date, "call_in_until", "Last day of the call-in period", "Enter the last day")
        .hint("Leave it empty when the decision is not subject to call-in"),
    Asked::new(Kind::LongText, "urgency_reason", "Reason for urgency", "Enter the reason"),
    Asked::new(Kind::LongText, "exempt_category", "Category of exempt information", "Enter the category"),
    Asked::new(Kind::LongText, "exempt_explanation", "Why it is kept from the public", "Enter why"),
    Asked::new(Kind::LongText, "reasons", "Reasons for the decision", "Enter the reasons").hint(ONE_A_LINE).mandatory(),
    Asked::new(Kind::LongText, "alternatives", "Alternative options considered", "Enter the alternatives").hint(ONE_A_LINE),
    Asked::new(Kind::LongText, "conflicts", "Interests declared", "Enter the interests").hint(ONE_A_LINE),
    Asked::new(Kind::LongText, "subject", "What is to be procured?", "Enter what is to be procured")
        .hint("Leave it empty when nothing is approved to be procured"),
    Asked::new(Kind::LongText, "consultees", "Who must be consulted before the award?", "Enter their posts").hint(ONE_A_LINE),
    Asked::new(Kind::YesNo, "partners_agree", "Must the partner councils agree before the award?", "Select yes or no"),
    Asked::new(Kind::Text, "budget", "From which budget is it paid?", "Enter the budget"),
    Asked::new(Kind::Money, "amount", "No more may be spent than", "Enter the amount"),
    Asked::new(Kind::Text, "price_base_year", "In the prices of", "Enter the year").hint("For example, 2026/27"),
];

/// The acts that the form delegates, each to a post of the council.
const ACTS: [(GovernedAct, &str, &str); 3] = [
    (GovernedAct::AwardFramework, "award_to", "Which post awards the framework?"),
    (GovernedAct::SignContracts, "sign_to", "Which post signs the contracts?"),
    (GovernedAct::SignInterAuthorityAgreement, "agreement_to", "Which post signs the agreement between the councils?"),
];

/// `GET /decisions/new`
pub(crate) async fn ask_new(State(site): State<Site>, Who(who): Who) -> Answered {
    new_page(&site, &who, None).await
}

async fn new_page(site: &Site, who: &SignedIn, again: Option<(&Posted, &Wrong)>) -> Answered {
    let known = consortium(site, who).await?;
    let code = own_code(site, who).await?;
    let form = forms::form(site, "/decisions/new", None, fields(&known, &code), "Record the decision");
    let words = "A recorded decision is never edited: a later one supersedes it.";
    pages::ask(page(site, who, "Record a decision", "/decisions".to_owned()), form, vec![Block::text(words)], again)
}

fn fields(known: &Consortium, code: &CouncilCode) -> Vec<view::Field> {
    let mut fields: Vec<view::Field> = RECORD.iter().map(|field| forms::question(field, &Answers::default())).collect();
    let several = |options: Vec<Choice>, key: &str, label: &str| view::Field {
        options,
        required: false,
        ..pages::field(FieldKind::ManyOf, key, label)
    };
    let councils: Vec<Choice> =
        known.councils.iter().map(|council| Choice { code: council.code.to_string(), label: council.name.clone(), hint: None }).collect();
    let frameworks =
        known.frameworks.iter().map(|framework| Choice { hint: Some(framework.title.clone()), ..choice(&framework.reference) });
    fields.push(several(frameworks.collect(), "frameworks", "Frameworks that come of it"));
    let lead = view::Field { options: councils.clone(), required: false, ..pages::field(FieldKind::OneOf, "lead", "Lead council") };
    fields.push(lead);
    fields.push(several(councils, "partners", "Councils that procure together"));
    let posts: Vec<Choice> = known.council(code).into_iter().flat_map(|council| &council.posts).map(|post| choice(&post.title)).collect();
    fields.extend(ACTS.iter().map(|(_, key, label)| view::Field {
        options: posts.clone(),
        required: false,
        hint: Some("Leave it empty when this is not delegated".to_owned()),
        ..pages::field(FieldKind::OneOf, key, label)
    }));
    fields
}

/// `POST /decisions/new`
pub(crate) async fn record(State(site): State<Site>, Who(who): Who, posted: Posted) -> Answered {
    let code = own_code(&site, &who).await?;
    let outcome = match entered(code, &posted) {
        Ok(decision) => perform(&site.nearhome, &who.caller, posted.key, &RecordDecision { decision }).await,
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(id) => Ok(done(&format!("/decisions/{id}"), Done::MovedOn)),
        Err(failure) => new_page(&site, &who, Some((&posted, &Wrong::with(failure)?))).await,
    }
}

fn lines(answers: &Answers, key: &str) -> Vec<String> {
    let text = answers.text(key).unwrap_or_default();
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn entered(council: CouncilCode, posted: &Posted) -> Result<Decision, Failure> {
    let answers = answered(RECORD, posted)?;
    let text = |key: &str| answers.text(key).unwrap_or_default().to_owned();
    let exempt = Exemption { category: text("exempt_category"), explanation: text("exempt_explanation") };
    Ok(Decision {
        council,
        body: text("body"),
        met_on: answers.day("met_on").ok_or_else(|| Failure::invalid("met_on", "Enter the day of the decision"))?,
        item: text("item"),
        title: text("title"),
        is_key: is_yes(&answers, "is_key"),
        call_in_until: answers.day("call_in_until"),
        urgency_reason: answers.text("urgency_reason").map(str::to_owned),
        exempt: (!exempt.category.is_empty() || !exempt.explanation.is_empty()).then_some(exempt),
        reasons: lines(&answers, "reasons"),
        alternatives: lines(&answers, "alternatives"),
        conflicts: lines(&answers, "conflicts"),
        resolutions: resolutions(&answers, posted)?,
        origin: Origin::Agreed,
        examples: Vec::new(),
    })
}

fn is_yes(answers: &Answers, key: &str) -> bool {
    matches!(answers.get(key), Some(Answer::Yes(true)))
}

/// In the order of minutes: what is procured, who acts, what it may cost.
fn resolutions(answers: &Answers, posted: &Posted) -> Result<Vec<Resolution>, Failure> {
    let codes = |key: &str| posted.raw.values(key).filter(|code| !code.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let partners: Vec<CouncilCode> = codes("partners").into_iter().map(CouncilCode).collect();
    let mut rulings = Vec::new();
    if let Some(subject) = answers.text("subject") {
        if posted.value("lead").is_empty() {
            return Err(Failure::invalid("lead", "Select the lead council"));
        }
        let (frameworks, lead) = (codes("frameworks"), CouncilCode(posted.value("lead").to_owned()));
        let (subject, partners) = (subject.to_owned(), partners.clone());
        rulings.push(Ruling::ApproveToProcure(ApprovalToProcure { subject, frameworks, lead, partners }));
    }
    for (act, key, _) in ACTS.into_iter().filter(|(_, key, _)| !posted.value(key).is_empty()) {
        let is_award = act == GovernedAct::AwardFramework;
        rulings.push(Ruling::Delegate(Delegation {
            act,
            to: posted.value(key).to_owned(),
            frameworks: Vec::new(),
            // Contracts are what an award leads to.
            after: if act == GovernedAct::SignContracts { vec![GovernedAct::AwardFramework] } else { Vec::new() },
            consultees: if is_award { lines(answers, "consultees") } else { Vec::new() },
            partners: if is_award && is_yes(answers, "partners_agree") { partners.clone() } else { Vec::new() },
        }));
    }
    if let Some(amount_pence) = answers.pence("amount") {
        let text = |key: &str| answers.text(key).unwrap_or_default().to_owned();
        let (budget, price_base_year, frameworks) = (text("budget"), text("price_base_year"), Vec::new());
        rulings.push(Ruling::ExpenditureCeiling(ExpenditureCeiling { budget, amount_pence, price_base_year, frameworks }));
    }
    if rulings.is_empty() {
        return Err(Failure::invalid("subject", "Enter what was resolved: a procurement, a delegation or a ceiling"));
    }
    Ok((1..).zip(rulings).map(|(number, ruling)| Resolution { number, ruling }).collect())
}

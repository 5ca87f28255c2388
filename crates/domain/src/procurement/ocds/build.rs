//! Releases of our own procurements. Each tells everything that may be told by then, so that it can be read by itself; what is new in
//! it is in its tag and its documents. Releases are never edited: what changes is told by the next one.

use chrono::SecondsFormat;
use chrono_tz::Europe::London;
use serde_json::{Value, json};
use thiserror::Error;

use super::allowed::only_allowed;
use crate::Code as _;
use crate::calendar::{Day, Instant};
use crate::consortium::framework::{Lot, Regime};
use crate::pence::Pence;
use crate::procurement::notice::{Notice, NoticeRule, Stage};
use crate::procurement::plan::{QualityQuestion, TenderPlan};
use crate::procurement::public_facts::{
    AwardedLot, PublicAward, PublicBody, PublicContract, PublicFacts, Published, RegisterNumber, Supplier,
};

codes! {
    /// What a release tells.
    pub enum Telling("kind of release") {
        /// Talks with providers.
        Engagement = "ENGAGEMENT", "Market engagement";
        /// That a tender is coming.
        Planned = "PLANNED", "Planned procurement";
        /// The tender.
        Tender = "TENDER", "Tender";
        /// A change of the tender.
        TenderChange = "TENDER_CHANGE", "Change of the tender";
        /// That the tender was given up.
        Cancellation = "CANCELLATION", "Tender given up";
        /// To whom the award goes; the standstill begins.
        Award = "AWARD", "Award";
        /// What was signed.
        Contracts = "CONTRACTS", "Signed contracts";
        /// That a contract ended.
        Ending = "ENDING", "End of a contract";
    }
}

impl Telling {
    /// The notice that the release is.
    #[must_use]
    pub fn notice(self) -> Notice {
        match self {
            Self::Engagement => Notice::MarketEngagement,
            Self::Planned => Notice::PlannedProcurement,
            Self::Tender | Self::TenderChange => Notice::Tender,
            Self::Cancellation => Notice::ProcurementTermination,
            Self::Award => Notice::ContractAward,
            Self::Contracts => Notice::ContractDetails,
            Self::Ending => Notice::ContractTermination,
        }
    }

    fn tags(self, facts: &PublicFacts) -> &'static [&'static str] {
        match self {
            Self::Engagement | Self::Planned if facts.published.is_empty() => &["planning"],
            Self::Engagement | Self::Planned => &["planningUpdate"],
            Self::Tender => &["tender"],
            Self::TenderChange => &["tenderUpdate"],
            Self::Cancellation => &["tenderCancellation"],
            Self::Award => &["award"],
            Self::Contracts if facts.first(Notice::ContractDetails).is_none() => &["award", "contract"],
            Self::Contracts => &["contract"],
            Self::Ending => &["contractTermination"],
        }
    }

    fn names_the_award(self) -> bool {
        match self {
            Self::Award | Self::Contracts | Self::Ending => true,
            Self::Engagement | Self::Planned | Self::Tender | Self::TenderChange | Self::Cancellation => false,
        }
    }
}

/// Why a release is not made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotTold {
    /// The tender notice is not out, or was given up.
    #[error("the tender notice must be out first")]
    NoTender,
    /// It is out.
    #[error("the tender notice is out: publish a change of it")]
    Tendered,
    /// There is nothing new to tell.
    #[error("there is nothing to tell: {0}")]
    Nothing(&'static str),
    /// Bidders hear first.
    #[error("each bidder must have its assessment summary first")]
    NoSummaries,
    /// The standstill is not worked out.
    #[error("the last day of the standstill must be known first")]
    NoStandstill,
}

/// The release that tells this, numbered from 1 within the procurement.
///
/// # Errors
/// [`NotTold`] when it is not its turn.
pub fn release(facts: &PublicFacts, rule: &NoticeRule, telling: Telling, number: i64, at: Instant) -> Result<Value, NotTold> {
    may_tell(facts, telling)?;
    let making = Making { facts, rule, telling, new: Published { notice: telling.notice(), number, at } };
    let names_award = telling.names_the_award();
    let award = facts.award.as_ref().filter(|_| names_award);
    let release = json!({
        "ocid": facts.ocid,
        "id": format!("{}-{number}", facts.ocid),
        // Merging orders releases by this text, so it is always in UTC.
        "date": at.utc().to_rfc3339_opts(SecondsFormat::Secs, true),
        "tag": telling.tags(facts),
        "initiationType": "tender",
        "language": "en",
        "parties": making.parties(award),
        "buyer": facts.councils.first().map(council_named),
        "planning": making.planning(),
        "tender": making.tender(),
        "bids": award.map(bids),
        "awards": award.map(|award| award.lots.iter().map(|lot| making.award(award, lot)).collect::<Value>()),
        "contracts": names_award.then(|| making.contracts()),
        "relatedProcesses": related(facts),
    });
    Ok(only_allowed(release))
}

/// The process that this one renews, or whose framework it buys under.
fn related(facts: &PublicFacts) -> Option<Value> {
    let prior = facts.renews.as_ref().map(|ocid| ("prior", ocid));
    let framework = facts.under.as_ref().map(|ocid| ("framework", ocid));
    let one = |(number, (relationship, ocid)): (usize, (&str, &String))| json!({ "id": number.to_string(), "relationship": [relationship], "scheme": "ocid", "identifier": ocid });
    let all: Vec<Value> = (1..).zip(prior.into_iter().chain(framework)).map(one).collect();
    (!all.is_empty()).then(|| Value::Array(all))
}

fn may_tell(facts: &PublicFacts, telling: Telling) -> Result<(), NotTold> {
    let is_out = facts.first(Notice::Tender).is_some();
    let unless = |holds: bool, refusal: NotTold| if holds { Ok(()) } else { Err(refusal) };
    match telling {
        Telling::Engagement => {
            unless(!is_out, NotTold::Tendered)?;
            unless(facts.engagement.is_some(), NotTold::Nothing("no talks with providers are on record"))
        }
        Telling::Planned => unless(!is_out, NotTold::Tendered),
        Telling::Tender => {
            unless(!is_out, NotTold::Tendered)?;
            unless(facts.timetable.published_at.is_some() && facts.cancelled.is_none(), NotTold::Nothing("the tender is not published"))
        }
        Telling::TenderChange => {
            unless(is_out && facts.cancelled.is_none(), NotTold::NoTender)?;
            let told = facts.latest(Notice::Tender);
            unless(facts.changes.iter().any(|change| Some(change.at) > told), NotTold::Nothing("nothing changed since the last notice"))
        }
        Telling::Cancellation => {
            unless(is_out, NotTold::NoTender)?;
            unless(facts.cancelled.is_some(), NotTold::Nothing("the tender was not given up"))
        }
        Telling::Award => {
            unless(is_out && facts.cancelled.is_none(), NotTold::NoTender)?;
            let award = facts.award.as_ref().ok_or(NotTold::Nothing("the award is not decided"))?;
            unless(facts.first(Notice::ContractAward).is_none(), NotTold::Nothing("the award notice is out"))?;
            unless(award.summaries_sent_at.is_some(), NotTold::NoSummaries)?;
            let keeps_standstill = facts.plan.standstill.kind != crate::procurement::plan::StandstillKind::None;
            unless(!keeps_standstill || award.standstill_until.is_some(), NotTold::NoStandstill)
        }
        Telling::Contracts => {
            unless(facts.first(Notice::ContractAward).is_some(), NotTold::Nothing("the award notice comes first"))?;
            let told = facts.latest(Notice::ContractDetails);
            let is_new = |contract: &PublicContract| Some(contract.signed_at) > told;
            unless(facts.contracts.iter().any(is_new), NotTold::Nothing("no contract was signed since the last notice"))
        }
        Telling::Ending => {
            unless(facts.first(Notice::ContractDetails).is_some(), NotTold::Nothing("the contract details notice comes first"))?;
            let told = facts.latest(Notice::ContractTermination).map(Day::in_uk);
            let is_new = |contract: &PublicContract| contract.ended_on.is_some_and(|day| told.is_none_or(|told| day > told));
            unless(facts.contracts.iter().any(is_new), NotTold::Nothing("no contract ended since the last notice"))
        }
    }
}

/// A release while it is made.
struct Making<'a> {
    facts: &'a PublicFacts,
    rule: &'a NoticeRule,
    telling: Telling,
    new: Published,
}

impl Making<'_> {
    fn plan(&self) -> &TenderPlan {
        &self.facts.plan
    }

    fn parties(&self, award: Option<&PublicAward>) -> Value {
        let mut parties: Vec<Value> = Vec::new();
        for (index, council) in self.facts.councils.iter().enumerate() {
            let roles: &[&str] = if index == 0 { &["buyer", "procuringEntity"] } else { &["buyer"] };
            parties.push(json!({
                "id": council_id(council), "name": council.name, "roles": roles,
                "identifier": council.register_number.as_ref().map(|number| json!({ "scheme": "GB-PPON", "id": number, "legalName": council.name })),
                "address": { "country": "GB", "countryName": "United Kingdom" },
                "contactPoint": { "email": council.email },
                "details": { "classifications": [{ "scheme": "UK_CA_TYPE", "id": "publicAuthoritySubCentralGovernment",
                                                   "description": "Public authority - sub-central government" }] },
            }));
        }
        let is_supplier =
            |id| award.is_some_and(|award| award.lots.iter().flat_map(|lot| &lot.suppliers).any(|supplier| supplier.id == id));
        let mut named = std::collections::BTreeSet::new();
        let awarded = award.iter().flat_map(|award| &award.lots).flat_map(|lot| &lot.suppliers);
        let bidders = award.iter().flat_map(|award| &award.bids).map(|bid| &bid.bidder);
        for supplier in awarded.chain(bidders).filter(|supplier| named.insert(supplier.id)) {
            let roles: &[&str] = if is_supplier(supplier.id) { &["tenderer", "supplier"] } else { &["tenderer"] };
            parties.push(party(supplier, roles));
        }
        Value::Array(parties)
    }

    /// The notices of a stage that are out, this one among them.
    fn documents(&self, stage: Stage) -> Value {
        let out = self.facts.published.iter().chain([&self.new]);
        let document = |one: &Published| {
            json!({
                "id": format!("{}-{}", self.facts.ocid, one.number), "documentType": one.notice.document_type(), "noticeType": one.notice.code(),
                "title": one.notice.label(), "datePublished": moment(one.at),
            })
        };
        out.filter(|one| one.notice.stage() == stage).map(document).collect()
    }

    fn planning(&self) -> Value {
        let talks = self.facts.engagement.as_ref();
        let milestone = |talks: &crate::procurement::public_facts::Engagement| {
            let is_over = talks.to < Day::in_uk(self.new.at);
            json!([{ "id": "engagement", "type": "engagement", "description": talks.about, "dueDate": last_second(talks.to),
                     "status": if is_over { "met" } else { "scheduled" } }])
        };
        json!({
            "documents": self.documents(Stage::Planning),
            "milestones": talks.map(milestone),
            "noEngagementNoticeRationale": talks.and_then(|talks| talks.no_notice_because.as_ref()),
        })
    }

    fn status(&self) -> &'static str {
        match self.telling {
            Telling::Engagement => "planning",
            Telling::Planned => "planned",
            Telling::Tender | Telling::TenderChange | Telling::Award => "active",
            Telling::Cancellation => "cancelled",
            Telling::Contracts | Telling::Ending => "complete",
        }
    }

    fn tender(&self) -> Value {
        let (facts, plan) = (self.facts, self.plan());
        let lots = &plan.framework.lots;
        let names_deadlines = !matches!(self.telling, Telling::Engagement | Telling::Planned);
        json!({
            "id": facts.ocid, "title": facts.title, "description": plan.description, "status": self.status(),
            "statusDetails": facts.cancelled.as_ref().filter(|_| self.telling == Telling::Cancellation).map(|end| &end.reason),
            "legalBasis": { "scheme": "UKPGA", "id": "2023/54", "uri": "https://www.legislation.gov.uk/ukpga/2023/54/contents" },
            "procuringEntity": facts.councils.first().map(council_named),
            "procurementMethod": self.method().0, "procurementMethodDetails": self.method().1, "mainProcurementCategory": "services",
            "specialRegime": ["lightTouch"], "aboveThreshold": self.is_above_threshold(),
            "value": facts.value().map(value), "valueCalculationMethod": facts.value().map(|_| WHOLE_FRAMEWORK),
            "submissionMethod": ["electronicSubmission"], "submissionMethodDetails": facts.site,
            "enquiryPeriod": names_deadlines.then(|| json!({ "endDate": moment(facts.timetable.questions_until) })),
            "tenderPeriod": names_deadlines.then(|| {
                json!({ "startDate": facts.timetable.published_at.map(moment), "endDate": moment(facts.timetable.deadline) })
            }),
            "selectionCriteria": { "criteria": selection(plan) },
            "techniques": self.techniques(),
            "items": lots.iter().map(|lot| item(plan, lot)).collect::<Value>(),
            "lots": lots.iter().map(|lot| self.lot(lot)).collect::<Value>(),
            "documents": self.documents(Stage::Tender),
            "amendments": facts.changes.iter().map(|change| {
                json!({ "id": change.number.to_string(), "date": moment(change.at), "rationale": change.text })
            }).collect::<Value>(),
        })
    }

    fn is_above_threshold(&self) -> Option<bool> {
        self.facts.value().map(|value| value >= self.rule.threshold_pence)
    }

    /// How suppliers come to the award: the code of the standard and the words of the notices.
    fn method(&self) -> (&'static str, &'static str) {
        match &self.plan().exercise {
            None => ("open", "Open procedure"),
            Some(exercise) if exercise.direct.is_none() => ("selective", "Competition among the suppliers of a framework"),
            Some(_) => ("limited", "Award under a framework without a competition"),
        }
    }

    fn techniques(&self) -> Option<Value> {
        // What is bought under a framework is none.
        if self.plan().exercise.is_some() {
            return None;
        }
        let framework = &self.plan().framework;
        let is_open = framework.regime == Regime::Pa2023Open;
        let at_the_end = if framework.continue_on_expiry { MAY_FINISH } else { END_WITH_IT };
        let (method, rules) = if framework.allows_direct_award {
            (
                "withAndWithoutReopeningCompetition",
                "Placements are awarded by the framework’s objective mechanism, or by competition among its providers.",
            )
        } else {
            ("withReopeningCompetition", "Placements are awarded by competition among the framework’s providers.")
        };
        let users = self.facts.councils.iter().filter(|council| framework.users.contains(&council.code));
        Some(json!({
            "hasFrameworkAgreement": true,
            "frameworkAgreement": {
                "method": method, "description": format!("{rules} {at_the_end}"), "isOpenFrameworkScheme": is_open,
                "openFrameworkSchemeEndDate": is_open.then(|| last_second(framework.ends_on)),
                "period": self.term(),
                "buyerCategories": users.map(|council| council.name.as_str()).collect::<Vec<_>>().join("; "),
            }
        }))
    }

    fn term(&self) -> Value {
        let framework = &self.plan().framework;
        json!({ "startDate": moment(self.plan().begins_on().starts_at()), "endDate": last_second(framework.ends_on) })
    }

    fn lot(&self, lot: &Lot) -> Value {
        let plan = self.plan();
        let quality: u32 = plan.questions_of(&lot.code).map(|question| question.weight_percent).fold(0, u32::saturating_add);
        let criteria = plan.questions_of(&lot.code).map(quality_criterion).chain([price_criterion(plan)]);
        let is_without_supplier = |award: &PublicAward| award.lots.iter().any(|one| one.lot == lot.code && one.suppliers.is_empty());
        let has_failed = self.telling.names_the_award() && self.facts.award.as_ref().is_some_and(is_without_supplier);
        json!({
            "id": lot.code, "title": lot.name, "status": if has_failed { "unsuccessful" } else { self.status() },
            "contractPeriod": self.term(), "hasRenewal": false, "hasOptions": false,
            "awardCriteria": {
                "weightingDescription": format!("Quality {quality}%, price {}%", plan.price_weight_percent),
                "criteria": criteria.collect::<Value>(),
            },
        })
    }

    fn award(&self, award: &PublicAward, lot: &AwardedLot) -> Value {
        let status = match self.telling {
            _ if lot.suppliers.is_empty() => "unsuccessful",
            Telling::Contracts | Telling::Ending => "active",
            Telling::Engagement | Telling::Planned | Telling::Tender | Telling::TenderChange | Telling::Cancellation | Telling::Award => {
                "pending"
            }
        };
        let is_alone = award.lots.len() == 1;
        json!({
            "id": lot.lot, "title": self.plan().lot(&lot.lot).map(|lot| &lot.name), "status": status, "date": award.decided_at.map(moment),
            "suppliers": lot.suppliers.iter().map(supplier_named).collect::<Value>(), "relatedLots": [lot.lot],
            // The framework has one value for all its lots together.
            "value": self.facts.value().filter(|_| is_alone).map(value),
            "valueCalculationMethod": self.facts.value().map(|_| WHOLE_FRAMEWORK),
            "aboveThreshold": self.is_above_threshold(), "mainProcurementCategory": "services",
            "assessmentSummariesDateSent": award.summaries_sent_at.map(moment),
            "standstillPeriod": { "endDate": award.standstill_until.map(last_second) },
            "contractPeriod": self.term(),
            "documents": self.documents(Stage::Award),
        })
    }

    /// One for each lot of a signed agreement, since a contract belongs to one award.
    fn contracts(&self) -> Value {
        let framework = &self.plan().framework;
        let one = |contract: &PublicContract, lot: &String| {
            let ends_on = contract.ended_on.unwrap_or(framework.ends_on);
            let has_ended = contract.ended_on.is_some_and(|day| day < Day::in_uk(self.new.at));
            // A framework may be signed for before it begins.
            let starts_at = self.plan().begins_on().max(Day::in_uk(contract.signed_at)).min(ends_on).starts_at();
            json!({
                "id": format!("{}-{lot}", contract.id), "awardID": lot, "title": contract.supplier.name,
                "status": if has_ended { "terminated" } else { "active" },
                "dateSigned": moment(contract.signed_at), "aboveThreshold": self.is_above_threshold(),
                "period": { "startDate": moment(starts_at), "endDate": last_second(ends_on) },
                "documents": self.documents(Stage::Contract),
            })
        };
        self.facts.contracts.iter().flat_map(|contract| contract.lots.iter().map(move |lot| one(contract, lot))).collect()
    }
}

const MAY_FINISH: &str = "Competitions under it that have begun when it is superseded or expires may finish.";
const END_WITH_IT: &str = "Competitions under it end with it.";

const WHOLE_FRAMEWORK: &str = "The most that all councils together may spend under the whole framework, all its lots included. Placements of \
    children are exempt from VAT, so both amounts are the same.";

fn council_id(council: &PublicBody) -> String {
    council.register_number.as_ref().map_or_else(|| format!("council-{}", council.code), |number| format!("GB-PPON-{number}"))
}

fn council_named(council: &PublicBody) -> Value {
    json!({ "id": council_id(council), "name": council.name })
}

fn supplier_id(supplier: &Supplier) -> String {
    match supplier.register_number() {
        Some(RegisterNumber::Company(number)) => format!("GB-COH-{number}"),
        Some(RegisterNumber::Charity(number)) => format!("GB-CHC-{number}"),
        None => format!("supplier-{}", supplier.id),
    }
}

fn supplier_named(supplier: &Supplier) -> Value {
    json!({ "id": supplier_id(supplier), "name": supplier.name })
}

fn party(supplier: &Supplier, roles: &[&str]) -> Value {
    let identifier = |scheme: &str, number: String| json!({ "scheme": scheme, "id": number, "legalName": supplier.name });
    json!({
        "id": supplier_id(supplier), "name": supplier.name, "roles": roles,
        "identifier": supplier.register_number().map(|number| match number {
            RegisterNumber::Company(number) => identifier("GB-COH", number),
            RegisterNumber::Charity(number) => identifier("GB-CHC", number),
        }),
        "details": { "scale": supplier.is_small.map(|is_small| if is_small { "sme" } else { "large" }), "vcse": supplier.is_voluntary },
    })
}

fn item(plan: &TenderPlan, lot: &Lot) -> Value {
    json!({
        "id": lot.code, "relatedLot": lot.code, "additionalClassifications": [{ "scheme": "CPV", "id": plan.cpv }],
        "deliveryAddresses": [{ "region": plan.area, "country": "GB", "countryName": "United Kingdom" }],
    })
}

fn quality_criterion(question: &QualityQuestion) -> Value {
    json!({ "type": "quality", "name": question.title, "description": question.text,
            "numbers": [{ "number": question.weight_percent, "weight": "percentageExact" }] })
}

fn price_criterion(plan: &TenderPlan) -> Value {
    json!({ "type": "price", "name": "Price", "description": plan.price_formula.label(),
            "numbers": [{ "number": plan.price_weight_percent, "weight": "percentageExact" }] })
}

/// What every bidder must show.
fn selection(plan: &TenderPlan) -> Value {
    let ratings: Vec<&str> = plan.framework.allowed_ratings.iter().map(|rating| rating.label()).collect();
    let rated = json!({ "type": "suitability", "description": format!("Registered with Ofsted and rated: {}", ratings.join(", ")) });
    let insured = plan.insurances.iter().map(|insurance| {
        json!({ "type": "economic", "description": format!("{}: {} at least for any one claim", insurance.name, insurance.at_least_pence) })
    });
    let declared = plan.declarations.iter().map(|declaration| json!({ "type": "suitability", "description": declaration }));
    (!ratings.is_empty()).then_some(rated).into_iter().chain(insured).chain(declared).collect()
}

fn bids(award: &PublicAward) -> Value {
    let of_lot = |lot: &AwardedLot| award.bids.iter().filter(|bid| bid.lot == lot.lot).count();
    let statistic =
        |lot: &AwardedLot| json!({ "id": format!("bids-{}", lot.lot), "measure": "bids", "value": of_lot(lot), "relatedLot": lot.lot });
    let details =
        award.bids.iter().map(|bid| json!({ "id": bid.id, "date": moment(bid.submitted_at), "tenderers": [supplier_named(&bid.bidder)] }));
    json!({ "statistics": award.lots.iter().map(statistic).collect::<Value>(), "details": details.collect::<Value>() })
}

/// In pounds, as the standard wants it; the pence are kept exactly.
fn value(amount: Pence) -> Value {
    let pounds = if amount.0 % 100 == 0 { json!(amount.0 / 100) } else { pounds(amount) };
    json!({ "amount": pounds, "amountGross": pounds, "currency": "GBP" })
}

fn pounds(amount: Pence) -> Value {
    let text = format!("{}.{:02}", amount.0 / 100, amount.0 % 100);
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

/// As a clock in the United Kingdom shows it, with its distance from UTC.
fn moment(at: Instant) -> String {
    at.utc().with_timezone(&London).to_rfc3339_opts(SecondsFormat::AutoSi, false)
}

/// The last second of a day.
fn last_second(day: Day) -> String {
    let end = day.ends_at().utc() - chrono::TimeDelta::seconds(1);
    moment(Instant::new(end))
}

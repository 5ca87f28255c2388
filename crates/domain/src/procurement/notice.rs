//! The notices of the Procurement Act 2023, UK1 to UK17: which of them a procurement needs, by when, and what is still missing in each.
//!
//! The Act's days are kept as configuration ([`NoticeRule`]), since the law on light-touch services differs from the general one and
//! changes by regulation.

use serde::{Deserialize, Serialize};

use super::ocds::public_text::points_at_a_child;
use super::public_facts::{PublicFacts, Supplier};
use crate::calendar::{Day, Instant};
use crate::consortium::framework::Regime;
use crate::pence::Pence;

codes! {
    /// A notice of the Procurement Act 2023.
    pub enum Notice("notice") {
        /// What the council will buy in the coming year and a half, once a year.
        Pipeline = "UK1", "Pipeline notice";
        /// Talks with providers before the tender.
        MarketEngagement = "UK2", "Preliminary market engagement notice";
        /// That a tender is coming; early enough, it shortens the time for bids.
        PlannedProcurement = "UK3", "Planned procurement notice";
        /// The invitation to bid.
        Tender = "UK4", "Tender notice";
        /// That a contract is to be awarded directly.
        Transparency = "UK5", "Transparency notice";
        /// To whom the award goes; the standstill begins with it.
        ContractAward = "UK6", "Contract award notice";
        /// What was signed.
        ContractDetails = "UK7", "Contract details notice";
        /// What was paid under a contract.
        ContractPayment = "UK8", "Contract payment notice";
        /// How a supplier performs.
        ContractPerformance = "UK9", "Contract performance notice";
        /// That a contract is to be changed.
        ContractChange = "UK10", "Contract change notice";
        /// That a contract ended.
        ContractTermination = "UK11", "Contract termination notice";
        /// That a tender was given up.
        ProcurementTermination = "UK12", "Procurement termination notice";
        /// That a dynamic market is coming.
        DynamicMarketIntention = "UK13", "Dynamic market intention notice";
        /// That a dynamic market is open.
        DynamicMarketEstablishment = "UK14", "Dynamic market establishment notice";
        /// That a dynamic market changed.
        DynamicMarketModification = "UK15", "Dynamic market modification notice";
        /// That a dynamic market closed.
        DynamicMarketCessation = "UK16", "Dynamic market cessation notice";
        /// How quickly the council pays, twice a year.
        PaymentsCompliance = "UK17", "Payments compliance notice";
    }
}

codes! {
    /// The part of a procurement to which a notice belongs.
    pub enum Stage("stage of a procurement") {
        /// Before the tender.
        Planning = "PLANNING", "Planning";
        /// From the tender notice to the award.
        Tender = "TENDER", "Tender";
        /// From the award to the signature.
        Award = "AWARD", "Award";
        /// From the signature on.
        Contract = "CONTRACT", "Contract";
        /// A market that suppliers join at any time.
        DynamicMarket = "DYNAMIC_MARKET", "Dynamic market";
        /// The council as a whole.
        Council = "COUNCIL", "The council as a whole";
    }
}

codes! {
    /// What a notice must say or presuppose.
    pub enum Requirement("field of a notice") {
        /// What the procurement is called.
        Title = "TITLE", "Title";
        /// What is bought.
        Description = "DESCRIPTION", "Description";
        /// The councils, each with its number in the register of procuring organisations.
        Councils = "COUNCILS", "Councils and their register numbers";
        /// Where suppliers write to.
        Contact = "CONTACT", "Contact";
        /// The estimated value.
        Value = "VALUE", "Estimated value, including VAT";
        /// The code of what is bought.
        Cpv = "CPV", "Procurement vocabulary code";
        /// The area.
        Area = "AREA", "Area of delivery";
        /// First and last day of the framework.
        Term = "TERM", "Term of the framework";
        /// The talks with providers.
        Engagement = "ENGAGEMENT", "Market engagement";
        /// Why no notice of the talks went out.
        EngagementReason = "ENGAGEMENT_REASON", "Reason for having no market engagement notice";
        /// The deadline for bids.
        Deadline = "DEADLINE", "Deadline for bids";
        /// The deadline for questions.
        Questions = "QUESTIONS", "Deadline for questions";
        /// Where bids are made.
        Submission = "SUBMISSION", "How bids are made";
        /// Criteria and weights of each lot.
        Criteria = "CRITERIA", "Award criteria of each lot";
        /// Who may call off, and how suppliers are chosen.
        CallOff = "CALL_OFF", "Who may use the framework, and how";
        /// By when an open framework is awarded again, and when the scheme ends.
        OpenScheme = "OPEN_SCHEME", "End of the open framework scheme";
        /// That the tender notice is out.
        TenderNotice = "TENDER_NOTICE", "Tender notice";
        /// The decision on the bids.
        Decision = "DECISION", "Award decision";
        /// That each bidder has its assessment summary.
        Summaries = "SUMMARIES", "Assessment summaries";
        /// Whom the award goes to.
        Suppliers = "SUPPLIERS", "Suppliers and their register numbers";
        /// The last day of the standstill.
        Standstill = "STANDSTILL", "Standstill";
        /// That the award notice is out.
        AwardNotice = "AWARD_NOTICE", "Contract award notice";
        /// When the contracts were signed.
        Signatures = "SIGNATURES", "Signed contracts";
        /// That a contract ended.
        Ending = "ENDING", "End of a contract";
        /// That the tender was given up.
        Cancellation = "CANCELLATION", "Decision to give up the procurement";
        /// That no text speaks of one child.
        NoChild = "NO_CHILD", "Nothing about one child";
    }
}

/// Something that a notice lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// What.
    pub what: Requirement,
    /// What would help, in the user's words.
    pub why: String,
}

/// The figures of the law; each is configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoticeRule {
    /// Whether the council pays so much a year under contracts that it must publish its pipeline (£100 million).
    pub has_pipeline: bool,
    /// The pipeline names procurements of a value above this.
    pub pipeline_above_pence: Pence,
    /// Days from 1 April, that day among them, within which the pipeline is published.
    pub pipeline_days: u32,
    /// A planned procurement notice shortens the time for bids when it went out so many days before the tender notice or more.
    pub planned_days_at_least: u32,
    /// The same: so many months before at the most.
    pub planned_months_at_most: u32,
    /// Days for the contract details notice, the day of the signature among them: 120 for light-touch services, otherwise 30.
    pub details_days: u32,
    /// Days for the contract termination notice, the day of the ending among them.
    pub termination_days: u32,
    /// Light-touch contracts of this value or more, VAT included, are above the threshold of the law.
    pub threshold_pence: Pence,
}

impl Default for NoticeRule {
    fn default() -> Self {
        Self {
            has_pipeline: true,
            pipeline_above_pence: Pence(200_000_000),
            pipeline_days: 56,
            planned_days_at_least: 40,
            planned_months_at_most: 12,
            details_days: 120,
            termination_days: 30,
            threshold_pence: Pence(66_354_000),
        }
    }
}

impl NoticeRule {
    /// Whether a planned procurement notice of one day shortens the time for bids under a tender notice of another.
    #[must_use]
    pub fn shortens(self, planned_on: Day, tender_on: Day) -> bool {
        planned_on.days_until(tender_on) >= i64::from(self.planned_days_at_least)
            && planned_on.plus_months(self.planned_months_at_most) >= tender_on
    }

    /// The last day of a period of so many days that begins with a day.
    fn last_of(days: u32, from: Day) -> Day {
        from.plus_days(i64::from(days) - 1)
    }

    /// The last day for the pipeline that is published next.
    fn pipeline_by(self, today: Day) -> Day {
        let (year, ..) = today.parts();
        let in_year = |year| Day::of(year, 4, 1).map_or(today, |first| Self::last_of(self.pipeline_days, first));
        if today <= in_year(year) { in_year(year) } else { in_year(year + 1) }
    }
}

/// Whether and by when a notice is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// It is out.
    Published(Instant),
    /// The law does not ask for it here, and why.
    NotAsked(&'static str),
    /// It may be published, and what it is good for.
    Optional(&'static str),
    /// Its time has not come, and what comes first.
    After(&'static str),
    /// It comes before a step that waits for it.
    Before(&'static str),
    /// As soon as possible.
    Now,
    /// By the end of this day.
    By(Day),
}

impl Due {
    /// Whether somebody should do something about it.
    #[must_use]
    pub fn is_open(self) -> bool {
        match self {
            Self::Before(_) | Self::Now | Self::By(_) => true,
            Self::Published(_) | Self::NotAsked(_) | Self::Optional(_) | Self::After(_) => false,
        }
    }
}

const AFTER_SIGNATURE: Due = Due::After("the first contract is signed");
const NO_DYNAMIC_MARKET: Due = Due::NotAsked("A framework is no dynamic market.");

impl Notice {
    /// Where in the procurement it belongs.
    #[must_use]
    pub fn stage(self) -> Stage {
        match self {
            Self::Pipeline | Self::MarketEngagement | Self::PlannedProcurement => Stage::Planning,
            Self::Tender | Self::ProcurementTermination => Stage::Tender,
            Self::Transparency | Self::ContractAward => Stage::Award,
            Self::ContractDetails
            | Self::ContractPayment
            | Self::ContractPerformance
            | Self::ContractChange
            | Self::ContractTermination => Stage::Contract,
            Self::DynamicMarketIntention
            | Self::DynamicMarketEstablishment
            | Self::DynamicMarketModification
            | Self::DynamicMarketCessation => Stage::DynamicMarket,
            Self::PaymentsCompliance => Stage::Council,
        }
    }

    /// What the standard calls a document of this kind.
    #[must_use]
    pub fn document_type(self) -> &'static str {
        match self {
            Self::MarketEngagement => "marketEngagementNotice",
            Self::Pipeline | Self::PlannedProcurement => "plannedProcurementNotice",
            Self::Tender | Self::DynamicMarketIntention | Self::DynamicMarketEstablishment | Self::DynamicMarketModification => {
                "tenderNotice"
            }
            Self::Transparency | Self::ContractAward => "awardNotice",
            Self::ContractDetails | Self::ContractChange => "contractNotice",
            Self::ContractPayment | Self::ContractPerformance | Self::PaymentsCompliance => "implementationNotice",
            Self::ContractTermination => "contractTerminationNotice",
            Self::ProcurementTermination | Self::DynamicMarketCessation => "tenderCancellationNotice",
        }
    }

    /// What it must say or presuppose.
    #[must_use]
    pub fn requires(self) -> &'static [Requirement] {
        use Requirement as R;
        match self {
            Self::Pipeline => &[R::Title, R::Description, R::Councils, R::Contact, R::Value, R::Cpv, R::Term, R::NoChild],
            Self::MarketEngagement => &[R::Title, R::Description, R::Councils, R::Contact, R::Engagement, R::Cpv, R::Area, R::NoChild],
            Self::PlannedProcurement => {
                &[R::Title, R::Description, R::Councils, R::Contact, R::Value, R::Cpv, R::Area, R::Term, R::NoChild]
            }
            Self::Tender => &[
                R::Title,
                R::Description,
                R::Councils,
                R::Contact,
                R::Value,
                R::Cpv,
                R::Area,
                R::Term,
                R::EngagementReason,
                R::Questions,
                R::Deadline,
                R::Submission,
                R::Criteria,
                R::CallOff,
                R::OpenScheme,
                R::NoChild,
            ],
            Self::ContractAward => {
                &[R::Councils, R::Contact, R::Value, R::TenderNotice, R::Decision, R::Suppliers, R::Summaries, R::Standstill, R::NoChild]
            }
            Self::ContractDetails => &[R::Councils, R::Value, R::Term, R::AwardNotice, R::Suppliers, R::Signatures, R::NoChild],
            Self::ContractTermination => &[R::Councils, R::Signatures, R::Ending],
            Self::ProcurementTermination => &[R::Councils, R::Contact, R::TenderNotice, R::Cancellation, R::NoChild],
            Self::Transparency
            | Self::ContractPayment
            | Self::ContractPerformance
            | Self::ContractChange
            | Self::DynamicMarketIntention
            | Self::DynamicMarketEstablishment
            | Self::DynamicMarketModification
            | Self::DynamicMarketCessation
            | Self::PaymentsCompliance => &[],
        }
    }

    /// What is missing in it, in the order of its fields.
    #[must_use]
    pub fn missing(self, facts: &PublicFacts) -> Vec<Missing> {
        self.requires().iter().filter_map(|what| what.lacks(facts).map(|why| Missing { what: *what, why })).collect()
    }

    /// Whether and by when it is due.
    #[must_use]
    pub fn due(self, facts: &PublicFacts, rule: &NoticeRule, today: Day) -> Due {
        if !facts.is_under_the_act() {
            return Due::NotAsked("This was not procured under the Procurement Act 2023.");
        }
        // These two are published for each contract again.
        let comes_again = matches!(self, Self::ContractDetails | Self::ContractTermination);
        if let Some(at) = facts.first(self).filter(|_| !comes_again) {
            return Due::Published(at);
        }
        let is_tendered = facts.timetable.published_at.is_some();
        match self {
            Self::Pipeline if is_tendered => Due::NotAsked("The tender is out; the pipeline names what is still to come."),
            Self::Pipeline if !rule.has_pipeline => Due::NotAsked("The council pays too little a year to publish a pipeline."),
            Self::Pipeline if facts.value().is_some_and(|value| value <= rule.pipeline_above_pence) => {
                Due::NotAsked("Its value is below those that the pipeline names.")
            }
            Self::Pipeline => Due::By(rule.pipeline_by(today)),
            Self::MarketEngagement | Self::PlannedProcurement if is_tendered => Due::NotAsked("The tender is out."),
            Self::MarketEngagement if facts.engagement.is_some() => Due::Before("the tender notice; otherwise that says why there is none"),
            Self::MarketEngagement => Due::NotAsked("No talks with providers are on record."),
            Self::PlannedProcurement => Due::Optional("Early enough, it shortens the time that bidders must have."),
            Self::Tender if facts.cancelled.is_some() => Due::NotAsked("The procurement was given up."),
            Self::Tender => Due::Before("bids can be made"),
            Self::Transparency => Due::NotAsked("The framework is awarded by competition, not directly."),
            Self::ContractAward if facts.award.is_some() => Due::Before("the standstill begins and contracts are signed"),
            Self::ContractAward => Due::After("the award is decided"),
            Self::ContractDetails => Self::details_due(facts, rule),
            Self::ContractPayment if facts.contracts.is_empty() => AFTER_SIGNATURE,
            Self::ContractPayment => {
                Due::Optional("Payments above £30,000 are made under the placements, and told with each quarter’s spend.")
            }
            Self::ContractPerformance => {
                Due::NotAsked("The law asks for no performance indicators of frameworks and light-touch contracts.")
            }
            Self::ContractChange => Due::NotAsked("Light-touch contracts change without this notice."),
            Self::ContractTermination => Self::termination_due(facts, rule),
            Self::ProcurementTermination if facts.cancelled.is_some() && is_tendered => Due::Now,
            Self::ProcurementTermination => Due::After("a published tender is given up"),
            Self::DynamicMarketIntention
            | Self::DynamicMarketEstablishment
            | Self::DynamicMarketModification
            | Self::DynamicMarketCessation => NO_DYNAMIC_MARKET,
            Self::PaymentsCompliance => Due::NotAsked("The council publishes it twice a year for all that it pays."),
        }
    }

    /// Contracts are signed one after the other, and each has its own last day: the notice is due for the first that no notice told.
    fn details_due(facts: &PublicFacts, rule: &NoticeRule) -> Due {
        let told = facts.latest(Self::ContractDetails);
        let untold = facts.contracts.iter().map(|contract| contract.signed_at).filter(|signed| told.is_none_or(|told| *signed > told));
        match (untold.min(), told) {
            (Some(signed), _) => Due::By(NoticeRule::last_of(rule.details_days, Day::in_uk(signed))),
            (None, Some(told)) => Due::Published(told),
            (None, None) => AFTER_SIGNATURE,
        }
    }

    fn termination_due(facts: &PublicFacts, rule: &NoticeRule) -> Due {
        let told = facts.latest(Self::ContractTermination);
        let ended = facts.contracts.iter().filter_map(|contract| contract.ended_on);
        match (ended.filter(|ended| told.is_none_or(|told| *ended > Day::in_uk(told))).min(), told) {
            (Some(ended), _) => Due::By(NoticeRule::last_of(rule.termination_days, ended)),
            (None, Some(told)) => Due::Published(told),
            (None, None) => Due::After("a contract ends"),
        }
    }
}

impl Requirement {
    /// Why it is not met; nothing when it is.
    fn lacks(self, facts: &PublicFacts) -> Option<String> {
        let framework = &facts.plan.framework;
        let unless = |holds: bool, why: &str| (!holds).then(|| why.to_owned());
        match self {
            Self::Title => unless(!facts.title.trim().is_empty(), "Give the tender a title"),
            Self::Description => unless(!facts.plan.description.trim().is_empty(), "Say what is bought and why"),
            Self::Councils => lacking_number(facts),
            Self::Contact => unless(
                facts.councils.first().is_some_and(|lead| lead.email.is_some()),
                "Enter where suppliers write to, in the configuration",
            ),
            Self::Value => unless(facts.value().is_some(), "State the most that may be spent under the framework"),
            Self::Cpv => unless(is_cpv(&facts.plan.cpv), "Give the eight digits of the procurement vocabulary, like 85311300"),
            Self::Area => unless(!facts.plan.area.trim().is_empty(), "Give the code of the area, like UKF1"),
            Self::Term => unless(framework.starts_on <= framework.ends_on, "The framework ends before it begins"),
            Self::Engagement => unless(facts.engagement.is_some(), "Record the talks with providers"),
            Self::EngagementReason => {
                let is_told = facts.first(Notice::MarketEngagement).is_some();
                let is_explained = |talks: &super::public_facts::Engagement| talks.no_notice_because.is_some();
                let holds = is_told || facts.engagement.as_ref().is_none_or(is_explained);
                unless(holds, "Publish the market engagement notice, or say why there is none")
            }
            Self::Deadline => {
                let from = facts.timetable.published_at;
                unless(from.is_none_or(|from| facts.timetable.deadline > from), "The deadline lies before the notice")
            }
            Self::Questions => {
                unless(facts.timetable.questions_until < facts.timetable.deadline, "The last questions come after the deadline")
            }
            Self::Submission => unless(facts.site.starts_with("https://"), "Configure the address at which bids are made"),
            Self::Criteria => lacking_weights(facts),
            Self::CallOff => unless(!framework.users.is_empty(), "Name the councils that may call off"),
            Self::OpenScheme => {
                let is_bounded = framework.regime != Regime::Pa2023Open || framework.ends_on < framework.starts_on.plus_years(8);
                unless(is_bounded, "An open framework scheme ends eight years after its first award at the latest")
            }
            Self::TenderNotice => unless(facts.first(Notice::Tender).is_some(), "Publish the tender notice first"),
            Self::Decision => unless(facts.award.is_some(), "Nobody has decided on the bids yet"),
            Self::Summaries => {
                let are_sent = facts.award.as_ref().is_some_and(|award| award.summaries_sent_at.is_some());
                unless(are_sent, "Send each bidder its assessment summary first")
            }
            Self::Suppliers => facts
                .suppliers()
                .find(|supplier| supplier.register_number().is_none())
                .map(|supplier| format!("{} has no number of Companies House or of the register of charities", supplier.name)),
            Self::Standstill => lacking_standstill(facts),
            Self::AwardNotice => unless(facts.first(Notice::ContractAward).is_some(), "Publish the contract award notice first"),
            Self::Signatures => unless(!facts.contracts.is_empty(), "No contract is signed by both sides yet"),
            Self::Ending => unless(facts.contracts.iter().any(|contract| contract.ended_on.is_some()), "No contract has ended"),
            Self::Cancellation => unless(facts.cancelled.is_some(), "The procurement was not given up"),
            Self::NoChild => about_a_child(facts),
        }
    }
}

fn lacking_number(facts: &PublicFacts) -> Option<String> {
    let without = facts.councils.iter().find(|council| council.register_number.is_none());
    match without {
        _ if facts.councils.is_empty() => Some("Name the councils".to_owned()),
        Some(council) => Some(format!("Enter the number of {} in the register of procuring organisations", council.name)),
        None => None,
    }
}

fn is_cpv(code: &str) -> bool {
    code.len() == 8 && code.bytes().all(|byte| byte.is_ascii_digit())
}

fn lacking_weights(facts: &PublicFacts) -> Option<String> {
    let lots = &facts.plan.framework.lots;
    if lots.is_empty() {
        return Some("Name at least one lot".to_owned());
    }
    let weight = |lot: &str| {
        let quality = facts.plan.questions_of(lot).map(|question| question.weight_percent);
        quality.fold(facts.plan.price_weight_percent, u32::saturating_add)
    };
    let wrong = lots.iter().find(|lot| weight(&lot.code) != 100)?;
    Some(format!("The weights of lot {} come to {}%", wrong.code, weight(&wrong.code)))
}

fn lacking_standstill(facts: &PublicFacts) -> Option<String> {
    use super::plan::StandstillKind as Kind;
    let until = facts.award.as_ref().and_then(|award| award.standstill_until);
    match facts.plan.standstill.kind {
        Kind::None => None,
        Kind::Mandatory | Kind::Voluntary => until.is_none().then(|| "Work out the last day of the standstill".to_owned()),
    }
}

/// The first text for the public that could be about one child.
fn about_a_child(facts: &PublicFacts) -> Option<String> {
    let plan = &facts.plan;
    let mut texts = vec![("title", &facts.title), ("description", &plan.description), ("title of the framework", &plan.framework.title)];
    texts.extend(plan.questions.iter().flat_map(|question| [("question", &question.title), ("question", &question.text)]));
    texts.extend(plan.framework.lots.iter().map(|lot| ("name of a lot", &lot.name)));
    texts.extend(facts.engagement.iter().map(|talks| ("market engagement", &talks.about)));
    texts.extend(facts.engagement.iter().filter_map(|talks| Some(("reason", talks.no_notice_because.as_ref()?))));
    texts.extend(facts.changes.iter().map(|change| ("change", &change.text)));
    texts.extend(facts.cancelled.iter().map(|cancelled| ("reason", &cancelled.reason)));
    texts.extend(facts.suppliers().map(|supplier: &Supplier| ("name of a supplier", &supplier.name)));
    texts.iter().find_map(|(field, text)| Some(format!("Take out of the {field}: {}", points_at_a_child(text)?)))
}

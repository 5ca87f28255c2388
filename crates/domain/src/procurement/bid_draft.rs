//! What a bidder writes, as typed, and what is missing before it can be submitted: each thing at its field, with the reason.

use serde::{Deserialize, Serialize};

use super::bid::{BidAnswer, BidFile, BidPrice, BidService, HeldInsurance, PriceEnvelope, QualityEnvelope};
use super::plan::{QualityQuestion, TenderPlan, WantedInsurance};
use crate::calendar::Day;
use crate::consortium::framework::Lot;
use crate::ids::{BidderFileId, ServiceId};
use crate::money::price::{PriceError, check_tender};
use crate::pence::{Pence, WeeklyRate};

codes! {
    /// A part of a bid that is written on a page of its own.
    pub enum Section("part of a bid") {
        /// Who bids, and how it is insured: the same in every bid of this bidder.
        Profile = "profile", "Your organisation";
        /// The homes or branches with which it bids.
        Services = "services", "Homes and branches";
        /// What the tender asks to confirm.
        Declarations = "declarations", "Declarations";
        /// The answers in words.
        Answers = "answers", "Questions";
        /// The prices.
        Prices = "prices", "Prices";
        /// The files.
        Files = "files", "Files";
    }
}

/// An insurance as typed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TypedInsurance {
    /// Against what, in the words of the tender.
    pub name: String,
    /// For how much.
    pub amount: String,
    /// Until when.
    pub valid_until: String,
}

/// A policy or certificate that goes with every bid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// What it is called.
    pub name: String,
    /// Its last day of validity as typed; nothing when it has none.
    pub valid_until: String,
    /// The file.
    pub file: BidderFileId,
}

/// What a bidder says about itself in every bid, as typed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Profile {
    /// Its name.
    pub provider_name: String,
    /// Its number at Companies House or in the register of charities.
    pub company_number: String,
    /// How it is insured.
    pub insurances: Vec<TypedInsurance>,
    /// Its policies and certificates.
    pub papers: Vec<Paper>,
}

/// A price as typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypedPrice {
    /// Which service.
    pub service: ServiceId,
    /// The code of the category.
    pub category: String,
    /// A week.
    pub weekly: String,
}

/// A bid for one lot while it is written. Nothing that was typed is lost, right or wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Draft {
    /// With which homes or branches.
    pub services: Vec<ServiceId>,
    /// Whether each declaration of the tender is made, in their order.
    pub declared: Vec<bool>,
    /// The number of the last addendum that was read.
    pub addenda_read: u32,
    /// The answers.
    pub answers: Vec<BidAnswer>,
    /// The prices.
    pub prices: Vec<TypedPrice>,
    /// The files that belong to this bid alone.
    pub files: Vec<BidderFileId>,
}

impl Draft {
    /// What is written under a question.
    #[must_use]
    pub fn answer(&self, question: &str) -> &str {
        self.answers.iter().find(|answer| answer.question == question).map_or("", |answer| &answer.text)
    }

    /// What is typed as the price of a service in a category.
    #[must_use]
    pub fn price(&self, service: ServiceId, category: &str) -> &str {
        self.prices.iter().find(|price| price.service == service && price.category == category).map_or("", |price| &price.weekly)
    }
}

/// One thing that keeps a bid from being submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// On which page it is mended.
    pub section: Section,
    /// At which field of that page.
    pub field: String,
    /// What to do.
    pub reason: String,
}

/// Everything against which a draft is weighed.
#[derive(Debug, Clone, Copy)]
pub struct Against<'a> {
    /// What the tender says.
    pub plan: &'a TenderPlan,
    /// The lot.
    pub lot: &'a Lot,
    /// The bidder's own services of the kind that is bought, as the provider file has them.
    pub services: &'a [BidService],
    /// The bidder's files.
    pub files: &'a [(BidderFileId, BidFile)],
    /// The number of the last addendum; 0 when there is none.
    pub addenda: u32,
    /// The day of the bid.
    pub on: Day,
}

/// How many words a text has: what stands between spaces and line ends. `ten-year-old` is one.
#[must_use]
pub fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// The two envelopes of a bid, or everything that is missing.
///
/// # Errors
/// Each thing that is missing, in the order of the pages.
pub fn complete(profile: &Profile, draft: &Draft, against: &Against<'_>) -> Result<(QualityEnvelope, PriceEnvelope), Vec<Missing>> {
    envelopes(profile, draft, against, Check::prices)
}

/// The quality envelope of a bidder who sealed its prices itself, or everything that is missing from it.
///
/// # Errors
/// Each thing that is missing, in the order of the pages.
pub fn complete_but_prices(profile: &Profile, draft: &Draft, against: &Against<'_>) -> Result<QualityEnvelope, Vec<Missing>> {
    envelopes(profile, draft, against, |_, _, _| Vec::new()).map(|(quality, _)| quality)
}

/// How the prices of a bid are weighed.
type Weigh<'a> = fn(&mut Check<'a>, &Draft, &[BidService]) -> Vec<BidPrice>;

fn envelopes<'a>(
    profile: &Profile,
    draft: &Draft,
    against: &'a Against<'a>,
    weigh: Weigh<'a>,
) -> Result<(QualityEnvelope, PriceEnvelope), Vec<Missing>> {
    let mut check = Check { against, found: Vec::new() };
    let insurances = check.profile(profile);
    let services = check.services(draft);
    check.declarations(draft);
    check.answers(draft);
    let prices = weigh(&mut check, draft, &services);
    let files = check.files(profile, draft);
    if !check.found.is_empty() {
        return Err(check.found);
    }
    let answer = |question: &QualityQuestion| BidAnswer { question: question.code.clone(), text: draft.answer(&question.code).to_owned() };
    let quality = QualityEnvelope {
        provider_name: profile.provider_name.trim().to_owned(),
        company_number: profile.company_number.trim().to_owned(),
        services,
        declared: vec![true; against.plan.declarations.len()],
        insurances,
        addenda_read: draft.addenda_read,
        answers: against.plan.questions_of(&against.lot.code).map(answer).collect(),
        files,
    };
    Ok((quality, PriceEnvelope { prices }))
}

struct Check<'a> {
    against: &'a Against<'a>,
    found: Vec<Missing>,
}

impl Check<'_> {
    fn missing(&mut self, section: Section, field: impl Into<String>, reason: impl Into<String>) {
        self.found.push(Missing { section, field: field.into(), reason: reason.into() });
    }

    fn profile(&mut self, profile: &Profile) -> Vec<HeldInsurance> {
        if profile.provider_name.trim().is_empty() {
            self.missing(Section::Profile, "provider_name", "Enter the name of your organisation");
        }
        let number = profile.company_number.trim();
        if !(6..=8).contains(&number.len()) || !number.chars().all(|letter| letter.is_ascii_alphanumeric()) {
            self.missing(Section::Profile, "company_number", "Enter your company number or charity number: 6 to 8 letters and digits");
        }
        self.papers(profile);
        let plan = self.against.plan;
        let wanted = plan.insurances.iter().enumerate();
        wanted.filter_map(|(index, wanted)| self.insurance(index, wanted, profile)).collect()
    }

    fn insurance(&mut self, index: usize, wanted: &WantedInsurance, profile: &Profile) -> Option<HeldInsurance> {
        let blank = TypedInsurance::default();
        let typed = profile.insurances.iter().find(|typed| typed.name == wanted.name).unwrap_or(&blank);
        let (amount, until) = (typed.amount.parse::<Pence>().ok(), typed.valid_until.parse::<Day>().ok());
        let name = wanted.name.to_lowercase();
        let wrong_amount = match amount {
            None => Some(format!("Enter for how much {name} covers you")),
            Some(amount) if amount < wanted.at_least_pence => Some(format!("Your {name} must cover {} or more", wanted.at_least_pence)),
            Some(_) => None,
        };
        let wrong_day = match until {
            None => Some(format!("Enter the last day on which {name} covers you")),
            Some(day) if day < self.against.on => Some(format!("Your {name} ended on {day}: enter the new last day")),
            Some(_) => None,
        };
        for (field, reason) in [("amount", wrong_amount), ("until", wrong_day)] {
            if let Some(reason) = reason {
                self.missing(Section::Profile, format!("insurance-{index}-{field}"), reason);
            }
        }
        Some(HeldInsurance { name: wanted.name.clone(), amount_pence: amount?, valid_until: until? })
    }

    fn papers(&mut self, profile: &Profile) {
        for (index, paper) in profile.papers.iter().enumerate().filter(|(_, paper)| !paper.valid_until.trim().is_empty()) {
            let wrong = match paper.valid_until.parse::<Day>() {
                Ok(day) if day < self.against.on => format!("{} ended on {day}: replace it", paper.name),
                Ok(_) => continue,
                Err(_) => format!("Enter until when {} is valid, as a date", paper.name),
            };
            self.missing(Section::Profile, format!("paper-{index}-until"), wrong);
        }
    }

    fn services(&mut self, draft: &Draft) -> Vec<BidService> {
        let chosen: Vec<BidService> = self.against.services.iter().filter(|one| draft.services.contains(&one.service)).cloned().collect();
        if self.against.services.is_empty() {
            let kind = self.against.plan.framework.service;
            self.missing(
                Section::Services,
                "services",
                format!("No {} of yours is in the provider file: ask the council to enter it", kind.to_string().to_lowercase()),
            );
        } else if chosen.is_empty() {
            self.missing(Section::Services, "services", "Select at least one home or branch");
        }
        chosen
    }

    fn declarations(&mut self, draft: &Draft) {
        for index in 0..self.against.plan.declarations.len() {
            if !draft.declared.get(index).copied().unwrap_or(false) {
                self.missing(Section::Declarations, format!("declared-{index}"), "Confirm this, or do not bid");
            }
        }
        if draft.addenda_read < self.against.addenda {
            let unread = self.against.addenda - draft.addenda_read;
            let what = if unread == 1 { "one addendum" } else { "addenda" };
            self.missing(
                Section::Declarations,
                "addenda",
                format!("Read {what} that you have not confirmed yet, up to number {}", self.against.addenda),
            );
        }
    }

    fn answers(&mut self, draft: &Draft) {
        let (plan, lot) = (self.against.plan, &self.against.lot.code);
        for question in plan.questions_of(lot) {
            let written = words(draft.answer(&question.code));
            let most = usize::try_from(question.words_at_most).unwrap_or(usize::MAX);
            let field = format!("answer-{}", question.code);
            if written == 0 {
                self.missing(Section::Answers, field, format!("Answer: {}", question.title));
            } else if written > most {
                let reason = format!("{} has {written} words: at most {most} are allowed, so take out {}", question.title, written - most);
                self.missing(Section::Answers, field, reason);
            }
        }
    }

    fn prices(&mut self, draft: &Draft, services: &[BidService]) -> Vec<BidPrice> {
        let mut prices = Vec::new();
        for service in services {
            let mut is_blank = true;
            for category in &self.against.lot.categories {
                let typed = draft.price(service.service, &category.code).trim();
                if typed.is_empty() {
                    continue;
                }
                is_blank = false;
                match self.price(typed, &category.code) {
                    Ok(weekly) => prices.push(BidPrice { service: service.service, category: category.code.clone(), weekly }),
                    Err(reason) => self.missing(Section::Prices, price_field(service.service, &category.code), reason),
                }
            }
            if let Some(first) = self.against.lot.categories.first().filter(|_| is_blank) {
                let reason = format!("Enter a price for {} in at least one category", service.name);
                self.missing(Section::Prices, price_field(service.service, &first.code), reason);
            }
        }
        prices
    }

    /// A price against the published maximum of the framework's first day.
    fn price(&self, typed: &str, category: &str) -> Result<WeeklyRate, String> {
        price_for(self.against.plan, category, typed)
    }

    fn files(&mut self, profile: &Profile, draft: &Draft) -> Vec<BidFile> {
        let mut files: Vec<BidFile> = Vec::new();
        let papers = profile.papers.iter().map(|paper| (Section::Profile, paper.file));
        for (section, wanted) in papers.chain(draft.files.iter().map(|file| (Section::Files, *file))) {
            match self.against.files.iter().find(|(id, _)| *id == wanted) {
                // Used in many places, it goes with the bid once.
                Some((_, file)) if files.iter().any(|other| other.sha256 == file.sha256) => {}
                Some((_, file)) => files.push(file.clone()),
                None => {
                    self.missing(section, format!("file-{wanted}"), "This file was removed: take it out of the bid, or upload it again");
                }
            }
        }
        files
    }
}

/// The field of a price on its page.
#[must_use]
pub fn price_field(service: ServiceId, category: &str) -> String {
    format!("price-{service}-{category}")
}

/// Reads a price and holds it against the published maximum of its category on the framework's first day.
///
/// # Errors
/// What to do, in words for its field.
pub fn price_for(plan: &TenderPlan, category: &str, typed: &str) -> Result<WeeklyRate, String> {
    let weekly = typed.parse::<Pence>().map(WeeklyRate).map_err(|_| "Enter a price in pounds, like 4,750.00".to_owned())?;
    let published = plan.framework.category(category).and_then(|(_, category)| category.maximum_on(plan.begins_on()));
    let published = published.ok_or_else(|| "No maximum price is published for this category: ask the council".to_owned())?.weekly;
    match check_tender(weekly, published, plan.framework.tender_price_rule) {
        Ok(()) => Ok(weekly),
        Err(PriceError::TenderTooHigh { .. }) => Err(match plan.framework.tender_price_rule {
            crate::money::price::TenderPriceRule::Below => format!("Enter a price below the published maximum of {} a week", published.0),
            crate::money::price::TenderPriceRule::AtMost => {
                format!("Enter a price of {} a week or less, the published maximum", published.0)
            }
        }),
        Err(_) => Err("Enter a price of more than £0".to_owned()),
    }
}

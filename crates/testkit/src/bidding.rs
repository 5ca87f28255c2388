//! Bids of the providers of a [`World`], for tests of what comes before and after them.

use domain::Code as _;
use domain::ids::{BidderFileId, OrganisationId, ServiceId, SubmissionId, TenderId};
use domain::people::Role;
use domain::procurement::bid::BidAnswer;
use domain::procurement::bid_draft::{Paper, Profile, TypedInsurance, TypedPrice};
use service::procurement::bid::{Part, save, see};
use service::procurement::bidder::{save_profile, upload};
use service::procurement::submission::submit;

use crate::world::World;

/// The smallest PDF that is one, with some words in it.
#[must_use]
pub fn pdf(words: &str) -> Vec<u8> {
    let body = format!("%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Note ({words}) >>\nendobj\n");
    let table = "xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n";
    format!("{body}{table}trailer\n<< /Size 2 /Root 1 0 R >>\nstartxref\n{}\n%%EOF\n", body.len()).into_bytes()
}

/// Everything that a bid can say, as a bidder would type it.
#[derive(Debug, Clone)]
pub struct Typed {
    /// The name of the bidder.
    pub name: String,
    /// Its company number.
    pub number: String,
    /// Under each question.
    pub answer: String,
    /// The price of each service in the first category of the lot.
    pub weekly: String,
    /// The name and the words of a file.
    pub file: Option<(String, String)>,
}

impl Typed {
    /// A bid at this price.
    #[must_use]
    pub fn at(weekly: &str) -> Self {
        Self {
            name: "Hazel Bank Care".to_owned(),
            number: "01234567".to_owned(),
            answer: "We listen, and then we act on it.".to_owned(),
            weekly: weekly.to_owned(),
            file: None,
        }
    }
}

/// Writes a bid for a lot, page by page, with all of the provider's services.
///
/// # Panics
/// When anything of it is refused.
pub async fn written(world: &World, provider: OrganisationId, tender: TenderId, lot: &str, typed: &Typed) {
    let writer = world.of(provider, Role::ReferralsManager);
    let seen = see(&world.nearhome, &writer, tender, lot).await.unwrap();
    let insured =
        |name: &String| TypedInsurance { name: name.clone(), amount: "10,000,000".to_owned(), valid_until: "31/3/2028".to_owned() };
    let mut papers = Vec::new();
    if let Some((name, words)) = &typed.file {
        let file: BidderFileId = upload(&world.nearhome, &writer, name, pdf(words)).await.unwrap();
        papers.push(Paper {
            name: format!("{} of {name}", domain::procurement::bid_file::MediaType::Pdf.label()),
            valid_until: String::new(),
            file,
        });
    }
    let profile = Profile {
        provider_name: typed.name.clone(),
        company_number: typed.number.clone(),
        insurances: seen.plan.insurances.iter().map(|wanted| insured(&wanted.name)).collect(),
        papers,
    };
    save_profile(&world.nearhome, &writer, profile).await.unwrap();
    let services: Vec<ServiceId> = seen.services.iter().map(|service| service.service).collect();
    let category = seen.plan.lot(lot).unwrap().categories[0].code.clone();
    let price = |service: &ServiceId| TypedPrice { service: *service, category: category.clone(), weekly: typed.weekly.clone() };
    let prices = services.iter().map(price).collect();
    let addenda = seen.addenda.last().map_or(0, |last| u32::try_from(last.number).unwrap());
    let answer =
        |question: &domain::procurement::plan::QualityQuestion| BidAnswer { question: question.code.clone(), text: typed.answer.clone() };
    let parts = [
        Part::Services(services),
        Part::Declarations(vec![true; seen.plan.declarations.len()], addenda),
        Part::Answers(seen.plan.questions_of(lot).map(answer).collect()),
        Part::Prices(prices),
    ];
    for part in parts {
        save(&world.nearhome, &writer, tender, lot, part).await.unwrap();
    }
}

/// The same, submitted by the provider's signatory.
///
/// # Panics
/// When anything of it is refused.
pub async fn submitted(world: &World, provider: OrganisationId, tender: TenderId, lot: &str, typed: &Typed) -> SubmissionId {
    written(world, provider, tender, lot, typed).await;
    let signatory = world.of(provider, Role::ProviderSignatory);
    submit(&world.nearhome, &signatory, world.key(), tender, lot).await.unwrap()
}

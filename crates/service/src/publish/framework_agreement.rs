//! The framework agreement with one provider as a document: what provider and council sign.

use domain::Code as _;
use domain::calendar::Instant;
use domain::consortium::Consortium;
use domain::procurement::contract::Standing;

use super::paper::{Paper, Section, Table, moment};
use crate::Failure;
use crate::procurement::agreement::ContractLine;
use crate::procurement::tender::Tender;

/// The agreement as it stands.
///
/// # Errors
/// [`Failure`] when the tender's plan cannot be read.
pub fn framework_agreement(tender: &Tender, line: &ContractLine, council: &str, consortium: &Consortium) -> Result<Paper, Failure> {
    let plan = tender.plan()?;
    let framework = &plan.framework;
    let name = |code| consortium.council(code).map_or_else(|| code.to_string(), |council| council.name.clone());
    let users: Vec<String> = framework.users.iter().map(name).collect();
    let mut sections = vec![
        Section::new("The parties")
            .fact("For the councils", council)
            .fact("Councils that may call off", users.join("\n"))
            .fact("Provider", line.provider.as_str()),
        Section::new(if plan.exercise.is_some() { "What is bought" } else { "The framework" })
            .fact("Reference", framework.reference.as_str())
            .fact("Title", framework.title.as_str())
            .fact("Law", framework.regime.label())
            .fact("From", plan.begins_on().to_string())
            .fact("Until", framework.ends_on.to_string())
            .fact("Terms", framework.terms_version.as_str()),
        covered(line, &framework.lots),
    ];
    if let Some(exercise) = &plan.exercise {
        sections.push(
            Section::new("The exercise")
                .fact("Under", exercise.under.as_str())
                .fact("The need", exercise.need.as_str())
                .fact("Beds", exercise.beds.to_string())
                .fact("Guaranteed", exercise.guaranteed_pence.to_string())
                .fact("At most", exercise.at_most_pence.to_string())
                .fact("Open book", exercise.open_book.as_deref().unwrap_or("No return is asked")),
        );
    }
    sections.extend(since(line));
    sections.push(signatures(line, council));
    Ok(Paper {
        title: "Framework agreement".to_owned(),
        from: council.to_owned(),
        reference: framework.reference.clone(),
        status: status(line.standing).to_owned(),
        opening: vec![
            "By this agreement the provider offers the services named below to the councils, at prices that do not pass the ones named \
             here. No council is bound to buy; each placement is an agreement of its own, made on the terms named here."
                .to_owned(),
        ],
        sections,
        ..Paper::default()
    })
}

/// The moment of the last signature; nothing while nobody has signed.
#[must_use]
pub fn signed_at(line: &ContractLine) -> Option<Instant> {
    [&line.provider_signed, &line.council_signed].into_iter().flatten().map(|(at, _)| *at).max()
}

fn status(standing: Standing) -> &'static str {
    match standing {
        Standing::Prepared => "Not yet signed",
        Standing::ProviderSigned => "Signed by the provider",
        Standing::InForce => "Signed by both",
        Standing::Suspended => "Signed by both, suspended",
        Standing::Ended => "Ended",
    }
}

fn covered(line: &ContractLine, lots: &[domain::consortium::framework::Lot]) -> Section {
    let mut table = Table { numbers: 1, ..Table::of(&[("Lot", 2), ("Category", 2), ("Home or branch", 3), ("Highest a week", 2)]) };
    for one in &line.services {
        let lot = lots.iter().find(|lot| lot.code == one.lot);
        let category = lot.and_then(|lot| lot.categories.iter().find(|category| category.code == one.category));
        let named = |code: &str, name: Option<&String>| name.map_or_else(|| code.to_owned(), |name| format!("{code}, {name}"));
        let lot = named(&one.lot, lot.map(|lot| &lot.name));
        let category = named(&one.category, category.map(|category| &category.name));
        table.rows.push(vec![lot, category, one.name.clone(), one.weekly.to_string()]);
    }
    Section { tables: vec![table], ..Section::new("Services and prices") }
}

fn since(line: &ContractLine) -> Option<Section> {
    let mut section = Section::new("Since it was signed");
    for one in &line.variations {
        section = section.fact(&format!("Change {}", one.number), format!("From {}: {}", one.from, one.text));
    }
    if let Some((from, until, why)) = &line.suspended {
        let until = until.map_or_else(|| "until further notice".to_owned(), |until| format!("to {until}"));
        section = section.fact("Suspended", format!("From {from} {until}: {why}"));
    }
    if let Some((from, why)) = &line.ended {
        section = section.fact("Ended", format!("From {from}: {why}"));
    }
    (!section.facts.is_empty()).then_some(section)
}

fn signatures(line: &ContractLine, council: &str) -> Section {
    let mut table = Table::of(&[("For", 3), ("Signed by", 3), ("Signed on", 3)]);
    for (organisation, signed) in [(line.provider.as_str(), &line.provider_signed), (council, &line.council_signed)] {
        let (by, at) = signed.as_ref().map_or_else(|| ("Not yet signed".to_owned(), "–".to_owned()), |(at, by)| (by.clone(), moment(*at)));
        table.rows.push(vec![organisation.to_owned(), by, at]);
    }
    let words = "Each signature is given in Nearhome by a person who has signed in, and is kept in its audit log.".to_owned();
    Section { text: vec![words], tables: vec![table], ..Section::new("Signatures") }
}

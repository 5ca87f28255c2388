//! The letter by which a bidder is told what became of its bids: its own scores with their reasons, and each service's outcome.

use domain::Code as _;
use domain::calendar::Instant;
use domain::procurement::plan::StandstillKind;

use super::paper::{Paper, Section, Table, moment};
use crate::Failure;
use crate::procurement::result::Summary;
use crate::procurement::tender::Tender;

/// The letter to one bidder. The assessment summaries hold nothing of any other bidder.
///
/// # Errors
/// [`Failure`] when the tender's plan cannot be read.
pub fn result_letter(tender: &Tender, bidder: &str, summaries: &[(Instant, Summary)], council: &str) -> Result<Paper, Failure> {
    let plan = tender.plan()?;
    let told = summaries.first().map(|(at, _)| moment(*at)).unwrap_or_default();
    let standstill = match plan.standstill.kind {
        StandstillKind::None => "There is no standstill: agreements can be signed from the day of the award notice on.".to_owned(),
        kind @ (StandstillKind::Mandatory | StandstillKind::Voluntary) => format!(
            "{}: {} working days, the day of the award notice among them when it is one. No agreement is signed before they are over.",
            kind.label(),
            plan.standstill.working_days
        ),
    };
    let mut sections = vec![
        Section::new("The procurement")
            .fact("What was tendered", tender.title.as_str())
            .fact("Reference", tender.framework.as_str())
            .fact("Bidder", bidder)
            .fact("Told on", told)
            .fact("Before signature", standstill),
    ];
    sections.extend(summaries.iter().map(|(_, summary)| lot(summary)));
    Ok(Paper {
        title: "Result of your bids".to_owned(),
        from: council.to_owned(),
        reference: tender.framework.clone(),
        status: "Assessment summary".to_owned(),
        opening: vec![format!("To {bidder}: these are the scores of your bids, the reasons for them, and what became of each service.")],
        sections,
        ..Paper::default()
    })
}

fn lot(summary: &Summary) -> Section {
    let mut services = Table {
        caption: "Your homes or branches".to_owned(),
        ..Table::of(&[("Name", 3), ("Category", 2), ("A week", 2), ("Outcome", 2), ("Reason", 4)])
    };
    for (service, is_admitted, reason) in &summary.services {
        let outcome = if *is_admitted { "Admitted" } else { "Not admitted" };
        services.rows.push(vec![
            service.name.clone(),
            service.category.clone(),
            service.weekly.to_string(),
            outcome.to_owned(),
            reason.clone(),
        ]);
    }
    let mut answers = Table { caption: "Your answers".to_owned(), ..Table::of(&[("Question", 3), ("Score", 1), ("Reason", 5)]) };
    for (title, agreed, most, reason) in &summary.answers {
        answers.rows.push(vec![title.clone(), format!("{agreed} of {most}"), reason.clone()]);
    }
    let mut section = Section::new(format!("Your bid for lot {}", summary.lot));
    if answers.rows.is_empty() {
        section.text.push("Your answers were not scored, since no service went on.".to_owned());
    }
    section.tables.extend([services, answers].into_iter().filter(|table| !table.rows.is_empty()));
    section
}

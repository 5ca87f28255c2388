//! The record of a decision as councils publish it: who decided what and when, why, what else was considered, which interests were
//! declared (Openness of Local Government Bodies Regulations 2014), and what was done under it.

use domain::Code as _;
use domain::consortium::{Consortium, CouncilCode};
use domain::governance::decision::{Decision, Ruling};

use super::paper::{Paper, Section, Table};
use crate::governance::decision::DecisionView;

/// The record of a decision as it stands.
#[must_use]
pub fn decision_record(view: &DecisionView, consortium: &Consortium) -> Paper {
    let decision = &view.decision;
    let mut sections = vec![decided(view), why(decision)];
    sections.extend(decision.resolutions.iter().map(|one| resolution(decision, one.number, &one.ruling, consortium)));
    sections.extend([said(view, consortium), done(view)].into_iter().flatten());
    Paper {
        title: "Record of a decision".to_owned(),
        from: view.council_name.clone(),
        reference: format!("{}, item {}", decision.met_on, decision.item),
        status: if view.ended.is_some() { "No longer stands" } else { "Stands" }.to_owned(),
        opening: vec![decision.title.clone()],
        sections,
        ..Paper::default()
    }
}

/// A value that nobody published says so on paper too.
fn marked(decision: &Decision, field: &str, text: &str) -> String {
    if decision.is_example(field) { format!("{text}\nExample value: not published") } else { text.to_owned() }
}

fn lines(lines: &[String], none: &str) -> String {
    if lines.is_empty() { none.to_owned() } else { lines.join("\n") }
}

fn decided(view: &DecisionView) -> Section {
    let decision = &view.decision;
    let call_in = decision.call_in_until.map_or_else(|| "No".to_owned(), |until| format!("Yes, until {until}"));
    let exempt = decision.exempt.as_ref().map_or_else(|| "Open".to_owned(), |part| format!("{}\n{}", part.category, part.explanation));
    let section = Section::new("The decision")
        .fact("Decision maker", decision.body.as_str())
        .fact("Date of decision", decision.met_on.to_string())
        .fact("Item", decision.item.as_str())
        .fact("Key decision", marked(decision, "is_key", if decision.is_key { "Yes" } else { "No" }))
        .fact("Subject to call-in", marked(decision, "call_in_until", &call_in))
        .fact("Reason for urgency", decision.urgency_reason.as_deref().unwrap_or("Not urgent"))
        .fact("Restriction", marked(decision, "exempt", &exempt));
    match &view.ended {
        Some((since, why, _)) => section.fact("No longer stands", format!("Since {since}: {why}")),
        None => section,
    }
}

fn why(decision: &Decision) -> Section {
    Section::new("Why it was decided")
        .fact("Reasons", lines(&decision.reasons, "None recorded"))
        .fact("Alternatives considered and rejected", lines(&decision.alternatives, "None recorded"))
        .fact("Conflicts of interest", lines(&decision.conflicts, "None declared"))
}

fn named(consortium: &Consortium, code: &CouncilCode) -> String {
    consortium.council(code).map_or_else(|| code.to_string(), |council| council.name.clone())
}

fn resolution(decision: &Decision, number: u32, ruling: &Ruling, consortium: &Consortium) -> Section {
    let councils = |codes: &[CouncilCode]| codes.iter().map(|code| named(consortium, code)).collect::<Vec<_>>().join("\n");
    match ruling {
        Ruling::ApproveToProcure(approval) => Section::new(format!("Resolution {number}: approval to procure"))
            .fact("What", approval.subject.as_str())
            .fact("References", marked(decision, "frameworks", &approval.frameworks.join("\n")))
            .fact("Lead council", named(consortium, &approval.lead))
            .fact("Together with", councils(&approval.partners)),
        Ruling::Delegate(delegation) => {
            let after: Vec<&str> = delegation.after.iter().map(|act| act.label()).collect();
            let more = [
                ("Only after", after.join("\n")),
                ("In consultation with", delegation.consultees.join("\n")),
                ("In partnership with", councils(&delegation.partners)),
            ];
            let section = Section::new(format!("Resolution {number}: delegation"))
                .fact("Act", delegation.act.label())
                .fact("To the post", delegation.to.as_str());
            more.into_iter().filter(|(_, text)| !text.is_empty()).fold(section, |section, (name, text)| section.fact(name, text))
        }
        Ruling::ExpenditureCeiling(ceiling) => Section::new(format!("Resolution {number}: ceiling on expenditure"))
            .fact("Budget", ceiling.budget.as_str())
            .fact("No more than", marked(decision, "amount_pence", &ceiling.amount_pence.to_string()))
            .fact("In the prices of", ceiling.price_base_year.as_str()),
    }
}

fn said(view: &DecisionView, consortium: &Consortium) -> Option<Section> {
    let mut table = Table::of(&[("Who", 3), ("How", 2), ("About", 2), ("When", 2), ("What they said", 4)]);
    for one in &view.consultations {
        let code = CouncilCode(one.who.clone());
        let who = if consortium.council(&code).is_some() { named(consortium, &code) } else { one.who.clone() };
        table.rows.push(vec![who, one.kind.label().to_owned(), one.about.clone(), one.said_on.to_string(), one.said.clone()]);
    }
    (!table.rows.is_empty()).then(|| Section { tables: vec![table], ..Section::new("Consulted and agreed") })
}

fn done(view: &DecisionView) -> Option<Section> {
    let mut table = Table { numbers: 1, ..Table::of(&[("Act", 3), ("About", 2), ("By the post", 4), ("Amount", 2)]) };
    for act in &view.acts {
        table.rows.push(vec![act.act.label().to_owned(), act.about.clone(), act.post.clone(), act.amount_pence.to_string()]);
    }
    (!table.rows.is_empty()).then(|| Section { tables: vec![table], ..Section::new("Done under it") })
}

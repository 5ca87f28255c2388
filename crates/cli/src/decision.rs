//! `nearhome decision`: what councils decided, from a file; and the decisions and the signed agreement of a sample world.

use std::collections::BTreeMap;

use clap::Subcommand;
use domain::access::worker;
use domain::consortium::framework::Framework;
use domain::consortium::{Consortium, CouncilCode, Origin};
use domain::governance::inter_authority::InterAuthorityAgreement;
use domain::ids::OrganisationId;
use domain::people::{Caller, OrganisationKind, Role};
use serde_json::json;
use service::governance::decision::{DecisionView, ListDecisions, RecordDecision, read};
use service::governance::inter_authority::{self, SignCouncilsAgreement, WriteCouncilsAgreement};
use service::{Failure, Nearhome, ask, perform};
use uuid::Uuid;

use crate::Outcome;
use crate::place::configured;
use crate::settings::Common;

const NOTTINGHAM: &str = include_str!("../../../config/decisions/nottingham-2019-06-11.toml");
const D2N2: &str = include_str!("../../../config/decisions/d2n2-agreement.toml");

#[derive(Debug, Subcommand)]
pub(crate) enum DecisionVerb {
    /// Record a decision as the minutes have it
    Add {
        /// TOML, like config/decisions/nottingham-2019-06-11.toml
        file: std::path::PathBuf,
    },
    /// Put up an agreement between the councils, for each of them to sign on its page
    Agreement {
        /// TOML, like config/decisions/d2n2-agreement.toml
        file: std::path::PathBuf,
    },
    /// List the decisions of all councils, the latest first
    List,
}

pub(crate) async fn decision(common: &Common, verb: &DecisionVerb) -> Outcome {
    let nearhome = common.nearhome().await?;
    configured(&nearhome).await?;
    match verb {
        DecisionVerb::Add { file } => {
            let decision = read(&text_of(file)?)?;
            let said = format!("Recorded: {}, {} resolutions.", decision.title, decision.resolutions.len());
            let id = perform(&nearhome, &worker(), key(&nearhome), &RecordDecision { decision }).await?;
            common.print(&json!({ "decision": id }), || said)
        }
        DecisionVerb::Agreement { file } => {
            let terms = inter_authority::read(&text_of(file)?)?;
            let said = format!("For signature by {} councils: {}.", terms.parties.len(), terms.title);
            let id = perform(&nearhome, &worker(), key(&nearhome), &WriteCouncilsAgreement { terms }).await?;
            common.print(&json!({ "agreement": id }), || said)
        }
        DecisionVerb::List => {
            let all = ask(&nearhome, &worker(), &ListDecisions).await?;
            let answer: Vec<_> = all.iter().map(told).collect();
            common.print(&answer, || all.iter().map(line).collect::<Vec<_>>().join("\n"))
        }
    }
}

fn text_of(file: &std::path::Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

fn told(view: &DecisionView) -> serde_json::Value {
    json!({ "id": view.id, "council": view.council_name, "ended_on": view.ended.as_ref().map(|(on, ..)| on), "decision": view.decision })
}

fn line(view: &DecisionView) -> String {
    let end = view.ended.as_ref().map(|(on, ..)| format!(" (until {on})")).unwrap_or_default();
    format!("{}  {}, item {}: {}{end}", view.decision.met_on, view.council_name, view.decision.item, view.decision.title)
}

fn key(nearhome: &Nearhome) -> Uuid {
    Uuid::from_u128(nearhome.random())
}

/// What the councils of a sample world decided, and the agreement between them with every signature: without it nobody calls off.
pub(crate) async fn between_councils(
    nearhome: &Nearhome,
    consortium: &Consortium,
    councils: &BTreeMap<CouncilCode, OrganisationId>,
) -> Result<(), Failure> {
    let decision = read(NOTTINGHAM)?;
    let is_here = |references: &[&str]| references.iter().all(|reference| consortium.framework(reference).is_some());
    if councils.contains_key(&decision.council) && is_here(&decision.frameworks()) {
        perform(nearhome, &worker(), key(nearhome), &RecordDecision { decision }).await?;
    }
    let published = inter_authority::read(D2N2)?;
    let fits = published.parties.iter().all(|party| councils.contains_key(party));
    let agreements = if fits { vec![published] } else { consortium.frameworks.iter().filter_map(invented).collect() };
    for terms in agreements {
        let parties = terms.parties.clone();
        let agreement = perform(nearhome, &worker(), key(nearhome), &WriteCouncilsAgreement { terms }).await?;
        for head in heads_of_contracting(nearhome, councils, &parties).await? {
            perform(nearhome, &head, key(nearhome), &SignCouncilsAgreement { agreement }).await?;
        }
    }
    Ok(())
}

/// An agreement for a framework that several councils share, where nobody wrote one: an example from the first to the last word.
fn invented(framework: &Framework) -> Option<InterAuthorityAgreement> {
    let lead = framework.users.first()?.clone();
    (framework.users.len() > 1).then(|| InterAuthorityAgreement {
        title: format!("Agreement between the councils on {}", framework.title),
        edition: 1,
        lead,
        parties: framework.users.clone(),
        frameworks: vec![framework.reference.clone()],
        roles: vec!["Each council calls off for its own children.".to_owned()],
        cost_sharing: "Each council pays for its own call-offs.".to_owned(),
        risk_sharing: "Each council bears the risk of its own call-offs.".to_owned(),
        starts_on: framework.starts_on,
        ends_on: framework.ends_on,
        origin: Origin::Example,
    })
}

async fn heads_of_contracting(
    nearhome: &Nearhome,
    councils: &BTreeMap<CouncilCode, OrganisationId>,
    parties: &[CouncilCode],
) -> Result<Vec<Caller>, Failure> {
    let mut heads = Vec::new();
    let mut reads = nearhome.db().begin_read(&worker()).await?;
    for organisation in parties.iter().filter_map(|party| councils.get(party)) {
        let people = store::people::organisation::colleagues(&mut reads, *organisation).await?;
        let head = people.into_iter().find(|person| person.role == Role::HeadOfContracting);
        heads.extend(head.map(|head| Caller {
            person: head.person,
            organisation: *organisation,
            kind: OrganisationKind::Council,
            role: head.role,
        }));
    }
    Ok(heads)
}

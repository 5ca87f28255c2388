//! `nearhome tender`: a tender's draft from a file, and the list of tenders.

use clap::Subcommand;
use domain::access::worker;
use serde_json::json;
use service::procurement::tender::{DraftTender, ListTenders, TenderLine, read};
use service::{ask, perform};
use uuid::Uuid;

use crate::Outcome;
use crate::place::configured;
use crate::settings::Common;

#[derive(Debug, Subcommand)]
pub(crate) enum TenderVerb {
    /// Keep a tender's draft, to be read and published on its page
    Draft {
        /// TOML, like config/tenders/homes.toml
        file: std::path::PathBuf,
    },
    /// List the tenders, the latest deadline first
    List,
}

pub(crate) async fn tender(common: &Common, verb: &TenderVerb) -> Outcome {
    let nearhome = common.nearhome().await?;
    let consortium = configured(&nearhome).await?;
    match verb {
        TenderVerb::Draft { file } => {
            let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
            let draft = read(&text, &consortium)?;
            let said = format!("Kept as a draft: {}. Read it on its page, mend what is missing, and publish it there.", draft.title);
            let key = Uuid::from_u128(nearhome.random());
            let id = perform(&nearhome, &worker(), key, &DraftTender { tender: None, draft }).await?;
            common.print(&json!({ "tender": id }), || said)
        }
        TenderVerb::List => {
            let all = ask(&nearhome, &worker(), &ListTenders { now: nearhome.now() }).await?;
            let told = |line: &TenderLine| {
                let tender = &line.tender;
                json!({ "id": tender.id, "title": tender.title, "framework": tender.framework, "council": line.council, "deadline": tender.deadline })
            };
            let answer: Vec<_> = all.iter().map(told).collect();
            let text = |line: &TenderLine| format!("{}  {}: {}", line.tender.deadline, line.council, line.tender.title);
            common.print(&answer, || all.iter().map(text).collect::<Vec<_>>().join("\n"))
        }
    }
}

//! The papers of a procurement as PDF: the letter to a bidder, its framework agreement, the record of the decision.

use domain::calendar::Day;
use domain::people::Role;
use service::governance::consortium::ConsortiumInForce;
use service::governance::decision::{GetDecision, ListDecisions};
use service::procurement::award::AwardFramework;
use service::procurement::outcome::RecordOutcomes;
use service::procurement::result::{GetResult, GetSummaries, SendSummaries};
use service::publish::decision_record::decision_record;
use service::publish::framework_agreement::framework_agreement;
use service::publish::paper::Paper;
use service::publish::result_letter::result_letter;
use testkit::awarding::{consulted, director};
use testkit::both;
use testkit::case::{does, sees};
use testkit::pdf::text_of;
use testkit::world::{World, world};

use crate::awarding::{ready, view};

const COUNCIL: &str = "Nottingham City Council";

/// What somebody reads on the paper; nothing where no reader is installed.
fn printed(world: &World, paper: &Paper) -> Option<String> {
    let pdf = paper.pdf(world.nearhome.now()).unwrap();
    assert_eq!(paper.pdf(world.nearhome.now()).unwrap(), pdf, "the same paper gives the same bytes");
    if let Some(folder) = std::env::var_os("NEARHOME_KEEP_PDF") {
        std::fs::write(std::path::Path::new(&folder).join(format!("{}.pdf", paper.title)), &pdf).unwrap();
    }
    text_of(&pdf)
}

fn holds(text: &str, all: &[&str]) {
    for said in all {
        assert!(text.contains(said), "`{said}` is not in: {text}");
    }
}

both! {
    async fn a_bidder_reads_its_own_scores_and_its_agreement_and_nothing_of_anybody_else(database) {
        let mut world = world(database).await;
        let tender = ready(&mut world).await;
        let (officer, director) = (world.as_role(Role::ContractOfficer), director(&world).await);
        does(&world, &officer, &RecordOutcomes { tender, rejected: Vec::new() }).await.unwrap();
        consulted(&world).await;
        does(&world, &director, &AwardFramework { tender }).await.unwrap();
        assert_eq!(sees(&world, &officer, &GetSummaries { tender }).await.unwrap().len(), 0, "nobody is told yet");
        does(&world, &officer, &SendSummaries { tender }).await.unwrap();

        let today = Day::in_uk(world.nearhome.now());
        let result = sees(&world, &world.as_role(Role::ProviderSignatory), &GetResult { tender, today }).await.unwrap();
        let letter = result_letter(&result.tender, "Hazel Bank Care", &result.summaries, COUNCIL).unwrap();
        let told = sees(&world, &officer, &GetSummaries { tender }).await.unwrap();
        let same = told.iter().find(|(bidder, ..)| *bidder == world.provider).unwrap();
        assert_eq!(result_letter(&result.tender, "Hazel Bank Care", &same.2, COUNCIL).unwrap(), letter, "the council prints the same letter");
        if let Some(text) = printed(&world, &letter) {
            holds(&text, &["Result of your bids", "4 of 5", "Both say so.", "£4,750.00", "Admitted", "Voluntary standstill: 8 working days"]);
            assert!(!text.contains("Rowan") && !text.contains("4,900"), "{text}");
        }
        let consortium = sees(&world, &officer, &ConsortiumInForce).await.unwrap();
        let lines = view(&world, tender).await.contracts;
        let own = lines.iter().find(|line| Some(line.id) == result.contract.as_ref().map(|line| line.id)).unwrap();
        let agreement = framework_agreement(&result.tender, own, COUNCIL, &consortium).unwrap();
        if let Some(text) = printed(&world, &agreement) {
            holds(&text, &["Framework agreement", "CCS072", "Not yet signed", "£4,750.00", "Derby City Council", "31 March 2034", "2027-1"]);
            assert!(!text.contains("Rowan"), "{text}");
        }
        let id = sees(&world, &officer, &ListDecisions).await.unwrap()[0].id;
        let decision = sees(&world, &officer, &GetDecision { decision: id }).await.unwrap();
        if let Some(text) = printed(&world, &decision_record(&decision, &consortium)) {
            holds(&text, &[
                "Record of a decision", "Commissioning and Procurement Executive Committee", "11 June 2019", "Subject to call-in Yes, until 19 June 2019",
                "Alternatives considered and rejected", "Conflicts of interest None declared", "Resolution 6: ceiling on expenditure", "£125,000,000.00",
                "Example value: not published", "Portfolio Holder for Early Intervention", "Award the framework", "Page 1 of",
            ]);
        }
    }
}

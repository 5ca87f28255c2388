//! A tender of the four councils, for tests of what comes before and after it.

use domain::ids::{OrganisationId, TenderId};
use domain::people::Role;
use service::governance::consortium::ConsortiumInForce;
use service::procurement::opening::make_key;
use service::procurement::sealing::WorkFactor;
use service::procurement::tender::{DraftTender, PublishTender, TenderDraft, read};
use service::{ask, perform};
use store::Reads as _;
use store::procurement::tender::Tender;

use crate::world::World;

/// The tender that shows how the system works.
pub const TENDER: &str = include_str!("../../../config/tenders/homes.toml");
/// As little work for a passphrase as there can be: whoever guesses in a test knows it anyway.
pub const QUICK: WorkFactor = WorkFactor::LEAST;

/// The passphrase of the opening officer of a council of this world.
#[must_use]
pub fn passphrase(council: OrganisationId) -> String {
    format!("kettle gravel {council} lantern")
}

/// The draft, as its file has it.
///
/// # Panics
/// When the file is wrong.
pub async fn draft(world: &World) -> TenderDraft {
    let consortium = ask(&world.nearhome, &world.as_role(Role::ContractOfficer), &ConsortiumInForce).await.unwrap();
    read(TENDER, &consortium).unwrap()
}

/// The other two councils that use the framework, and an opening officer in each of the four.
///
/// # Panics
/// When anything of it is refused.
pub async fn opening_officers(world: &mut World) -> [OrganisationId; 4] {
    let derbyshire = world.add_council("Derbyshire County Council", "E10000007").await;
    let nottinghamshire = world.add_council("Nottinghamshire County Council", "E10000024").await;
    let councils = [world.council, world.other_council, derbyshire, nottinghamshire];
    make_keys(world, &councils).await;
    councils
}

async fn make_keys(world: &World, councils: &[OrganisationId]) {
    for council in councils {
        let officer = world.of(*council, Role::ContractOfficer);
        make_key(&world.nearhome, &officer, world.key(), passphrase(*council)).await.unwrap();
    }
}

/// The tender, open for bids.
///
/// # Panics
/// When anything of it is refused.
pub async fn published(world: &mut World) -> TenderId {
    opening_officers(world).await;
    publish(world, draft(world).await).await
}

/// A tender of the two councils of this world alone, open for bids.
///
/// # Panics
/// When anything of it is refused.
pub async fn published_by_two(world: &World) -> TenderId {
    make_keys(world, &[world.council, world.other_council]).await;
    let mut draft = draft(world).await;
    draft.plan.framework.users.retain(|user| ["E06000018", "E06000015"].contains(&user.0.as_str()));
    let users = draft.plan.framework.users.clone();
    draft.plan.framework.decisions.retain(|decision| users.contains(&decision.council));
    publish(world, draft).await
}

/// Publishes a tender once its councils have opening officers.
///
/// # Panics
/// When it is refused.
pub async fn publish(world: &World, draft: TenderDraft) -> TenderId {
    let officer = world.as_role(Role::ContractOfficer);
    let tender = perform(&world.nearhome, &officer, world.key(), &DraftTender { tender: None, draft }).await.unwrap();
    let publish = PublishTender { tender, had_planned_notice: false };
    perform(&world.nearhome, &officer, world.key(), &publish).await.unwrap()
}

/// A second tender that says the same and has the same keys, beside the first: for tests of what is found under one and not under the other.
///
/// # Panics
/// When the database does not take it.
pub async fn beside(world: &World, tender: TenderId) -> TenderId {
    let mut tx = world.as_worker().await;
    let first: Tender = tx.get(tender).await.unwrap();
    let second = Tender { id: TenderId(tx.new_id()), version: 1, round: first.round + 1, ..first };
    tx.create(&second, &serde_json::json!({ "shape": 1 })).await.unwrap();
    tx.commit().await.unwrap();
    second.id
}

//! The framework agreement with one provider: how it is prepared, what it covers, where it stands.

use domain::calendar::{Day, Instant};
use domain::ids::{FrameworkContractId, OrganisationId, ServiceId};
use domain::pence::Pence;
use domain::procurement::contract::{Contract, Standing, Variation};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::procurement::award::{FrameworkContract, FrameworkVariation};
use store::procurement::tender::Tender;
use store::{Fault, Tx};

use crate::Failure;

/// A service of a provider in its framework agreement or its letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdmittedService {
    /// Which.
    pub service: ServiceId,
    /// The code of the lot.
    pub lot: String,
    /// The home or branch.
    pub name: String,
    /// The code of the category.
    pub category: String,
    /// The most that it will ask for a week.
    pub weekly: Pence,
}

/// Prepares the agreement with a provider, for both to sign.
pub(super) async fn prepare(tx: &mut Tx, tender: &Tender, provider: OrganisationId, services: &[AdmittedService]) -> Result<(), Failure> {
    let detail = serde_json::to_string(services).map_err(|error| Fault::inconsistent("framework_contract.detail", error))?;
    let contract = FrameworkContract {
        id: FrameworkContractId(tx.new_id()),
        version: 1,
        org_id: tender.org_id,
        provider_id: provider,
        tender_id: tender.id,
        framework: tender.framework.clone(),
        detail,
        signable_from: None,
        provider_signed_at: None,
        provider_signed_by: None,
        provider_signatory: None,
        council_signed_at: None,
        council_signed_by: None,
        council_post: None,
        act_id: None,
        suspended_from: None,
        suspended_until: None,
        ended_on: None,
        ended_reason: None,
        suspended_reason: None,
    };
    tx.create(&contract, &json!({ "shape": 1, "provider": provider })).await?;
    Ok(())
}

/// What the agreement covers.
pub(crate) fn services_of(contract: &FrameworkContract) -> Result<Vec<AdmittedService>, Fault> {
    serde_json::from_str(&contract.detail).map_err(|error| Fault::inconsistent("framework_contract.detail", error))
}

/// The agreement as the rules see it.
pub(super) fn standing_of(row: &FrameworkContract) -> Contract {
    Contract {
        provider_signed: row.provider_signed_by,
        council_signed: row.council_signed_by.zip(row.council_signed_at.map(Day::in_uk)),
        suspended_from: row.suspended_from,
        suspended_until: row.suspended_until,
        ended_on: row.ended_on,
    }
}

/// One framework agreement in the register.
#[derive(Debug, Clone)]
pub struct ContractLine {
    /// Which.
    pub id: FrameworkContractId,
    /// With whom.
    pub provider: String,
    /// How it stands today.
    pub standing: Standing,
    /// When the provider signed, and by whom.
    pub provider_signed: Option<(Instant, String)>,
    /// When the council signed, and by which post.
    pub council_signed: Option<(Instant, String)>,
    /// What it covers.
    pub services: Vec<AdmittedService>,
    /// Its numbered changes.
    pub variations: Vec<Variation>,
    /// Between which days it is suspended, and why.
    pub suspended: Option<(Day, Option<Day>, String)>,
    /// The first day on which it is no more, and why.
    pub ended: Option<(Day, String)>,
}

pub(super) fn contract_line<'a>(
    provider: String,
    changes: impl IntoIterator<Item = &'a FrameworkVariation>,
    row: FrameworkContract,
    today: Day,
) -> Result<ContractLine, Fault> {
    let variation = |one: &FrameworkVariation| {
        let number = u32::try_from(one.number).map_err(|error| Fault::inconsistent("framework_variation.number", error))?;
        Ok(Variation { number, from: one.holds_from, text: one.what.clone() })
    };
    let variations = changes.into_iter().map(variation).collect::<Result<_, Fault>>()?;
    let services = services_of(&row)?;
    Ok(ContractLine {
        id: row.id,
        provider,
        standing: standing_of(&row).standing(today),
        provider_signed: row.provider_signed_at.zip(row.provider_signatory),
        council_signed: row.council_signed_at.zip(row.council_post),
        services,
        variations,
        suspended: row.suspended_from.map(|from| (from, row.suspended_until, row.suspended_reason.unwrap_or_default())),
        ended: row.ended_on.zip(row.ended_reason),
    })
}

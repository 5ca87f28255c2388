//! What a signed framework agreement puts in force: the framework, with its prices, in the configuration, and the provider's places on it.

use domain::calendar::Day;
use domain::consortium::framework::Framework;
use domain::ids::AdmissionId;
use domain::procurement::plan::TenderPlan;
use domain::procurement::reopening::{Reopening, in_force};
use serde_json::json;
use store::Tx;
use store::market::service::{Admission, admissions_under, latest_admission};
use store::procurement::award::{FrameworkContract, contracts_of};
use store::procurement::tender::{Tender, of_framework};

use super::agreement::{AdmittedService, services_of};
use crate::Failure;
use crate::governance::consortium;

/// Puts an agreement in force that was signed by both sides today. The first one of an award puts the framework itself in force and
/// closes what the award before it gave.
pub(super) async fn put_in_force(tx: &mut Tx, tender: &Tender, plan: &TenderPlan, contract: &FrameworkContract) -> Result<(), Failure> {
    // What is bought under a framework changes nothing about the framework.
    if plan.exercise.is_some() {
        return Ok(());
    }
    let from = plan.begins_on().max(Day::in_uk(tx.at()));
    let signed = contracts_of(tx, tender.id).await?.into_iter().filter(|one| one.council_signed_at.is_some());
    if signed.count() == 1 {
        put_framework(tx, plan, from).await?;
        close_earlier(tx, tender, from).await?;
    }
    for service in services_of(contract)? {
        admit(tx, &contract.framework, &service, from).await?;
    }
    Ok(())
}

async fn put_framework(tx: &mut Tx, plan: &TenderPlan, from: Day) -> Result<(), Failure> {
    let mut consortium = store::governance::consortium::in_force(tx).await?;
    let standing = consortium.framework(&plan.framework.reference).cloned();
    // Signed late, the next award begins late: what was bought until then keeps its prices.
    let reopening = plan.reopening.map(|_| Reopening { begins_on: from });
    let next = in_force(standing.as_ref(), &TenderPlan { reopening, ..plan.clone() });
    consortium.frameworks.retain(|framework| framework.reference != next.reference);
    consortium.frameworks.push(next);
    consortium::put(tx, &consortium, false, None).await.map(drop)
}

/// Ends the places and the agreements of the award before this one on the day on which this one begins. Placements made under them go on
/// by the terms on which they were agreed.
async fn close_earlier(tx: &mut Tx, tender: &Tender, from: Day) -> Result<(), Failure> {
    for admission in admissions_under(tx, &tender.framework).await? {
        if admission.admitted_on < from {
            end_place(tx, admission, from).await?;
        }
    }
    for earlier in of_framework(tx, &tender.framework).await?.into_iter().filter(|one| one.id != tender.id) {
        for mut contract in contracts_of(tx, earlier.id).await? {
            if contract.ended_on.is_none_or(|ended| ended > from) {
                contract.ended_on = Some(from);
                contract.ended_reason = Some("The framework was awarded again".to_owned());
                tx.update(&mut contract, &json!({ "shape": 1, "ended_on": from })).await?;
            }
        }
    }
    Ok(())
}

async fn end_place(tx: &mut Tx, mut admission: Admission, from: Day) -> Result<(), Failure> {
    if admission.ended_on.is_none_or(|ended| ended > from) {
        admission.ended_on = Some(from);
        tx.update(&mut admission, &json!({ "shape": 1, "ended_on": from })).await?;
    }
    Ok(())
}

async fn admit(tx: &mut Tx, framework: &str, service: &AdmittedService, from: Day) -> Result<(), Failure> {
    let told = json!({ "shape": 1, "category": service.category });
    let known = latest_admission(tx, service.service, framework, &service.lot, &service.category).await?;
    if let Some(mut known) = known {
        if known.admitted_on >= from {
            (known.tendered_max_pence, known.ended_on) = (service.weekly, None);
            return Ok(tx.update(&mut known, &told).await?);
        }
        end_place(tx, known, from).await?;
    }
    let admission = Admission {
        id: AdmissionId(tx.new_id()),
        version: 1,
        service_id: service.service,
        framework: framework.to_owned(),
        lot: service.lot.clone(),
        category: service.category.clone(),
        tendered_max_pence: service.weekly,
        admitted_on: from,
        ended_on: None,
        suspended_from: None,
        suspended_until: None,
    };
    Ok(tx.create(&admission, &told).await?)
}

/// What changes about the places that an agreement gives.
#[derive(Debug, Clone, Copy)]
pub(super) enum PlaceChange {
    /// They are no more from a day.
    Ended(Day),
    /// No new placements between two days; from none, it is lifted.
    Suspended(Option<Day>, Option<Day>),
}

/// Changes the places that an agreement gives.
pub(super) async fn change_places(tx: &mut Tx, contract: &FrameworkContract, change: PlaceChange) -> Result<(), Failure> {
    for service in services_of(contract)? {
        let known = latest_admission(tx, service.service, &contract.framework, &service.lot, &service.category).await?;
        let Some(mut admission) = known else { continue };
        match change {
            PlaceChange::Ended(on) => end_place(tx, admission, on).await?,
            PlaceChange::Suspended(from, until) => {
                (admission.suspended_from, admission.suspended_until) = (from, until);
                tx.update(&mut admission, &json!({ "shape": 1, "suspended_from": from, "suspended_until": until })).await?;
            }
        }
    }
    Ok(())
}

/// The framework ends in the configuration: nobody buys from it from this day on.
pub(super) async fn end_framework(tx: &mut Tx, reference: &str, on: Day) -> Result<(), Failure> {
    let mut consortium = store::governance::consortium::in_force(tx).await?;
    let ends = |framework: &mut Framework| {
        (framework.ends_on, framework.terminated_on) = (framework.ends_on.min(on.plus_days(-1)), Some(on));
    };
    consortium.frameworks.iter_mut().filter(|framework| framework.reference == reference).for_each(ends);
    consortium::put(tx, &consortium, false, None).await.map(drop)
}

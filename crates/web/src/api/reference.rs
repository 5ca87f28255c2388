//! What everybody who works with Nearhome may know: who one is, what the councils agreed, how a place lies, what is committed.

use axum::Json;
use axum::extract::{Path, State};
use domain::consortium::{Consortium, CouncilCode};
use domain::people::Role;
use domain::place::{LegalClass, Postcode, judge};
use serde::{Deserialize, Serialize};
use service::governance::consortium::ConsortiumInForce;
use service::money::ledger::{CeilingView, Commitments};
use service::{Failure, ask};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{Asked, Told, codes};
use crate::caller::Who;
use crate::server::Site;

/// Who calls.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    /// The organisation for which the token works.
    organisation: Uuid,
    /// Its name.
    organisation_name: String,
    /// The role in which it acts.
    #[schema(schema_with = codes::<Role>)]
    role: Role,
    /// The name that the token was given.
    token: String,
    /// Whether this database holds a world for trying out, in which nobody exists.
    is_sample_world: bool,
}

/// Who calls, and in which role.
#[utoipa::path(get, path = "/api/v1/me", tag = "reference", responses((status = 200, body = Me)))]
pub(crate) async fn me(Who(who): Who) -> Json<Me> {
    Json(Me {
        organisation: who.caller.organisation.0,
        organisation_name: who.organisation_name,
        role: who.role,
        token: who.post,
        is_sample_world: who.is_sample_world,
    })
}

/// The consortium's configuration in force: councils, frameworks, lots, categories, prices, criteria. Its shape is that of the
/// configuration file, see `config/d2n2.toml`.
#[utoipa::path(get, path = "/api/v1/consortium", tag = "reference", responses((status = 200, body = Object)))]
pub(crate) async fn consortium(State(site): State<Site>, Who(who): Who) -> Told<Consortium> {
    Ok(Json(ask(&site.nearhome, &who.caller, &ConsortiumInForce).await?))
}

/// Whose rules a place is judged by.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Placing {
    /// The placing council: its ONS code or its short name, such as `E06000018` or `nottingham`.
    council: String,
}

/// How a postcode lies.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Lies {
    /// In capitals, with one space.
    postcode: String,
    /// The ONS code of the council in whose area it is.
    council: String,
    /// Metres east in the National Grid.
    easting: i32,
    /// Metres north in the National Grid.
    northing: i32,
    /// Tenths of miles from the consortium's reference point.
    tenths_of_miles: u32,
    /// Whether that is within the consortium's radius.
    is_within_radius: bool,
    /// Whether it is in the area of a member council.
    is_in_footprint: bool,
    /// How the regulations see it from the placing council.
    #[schema(schema_with = codes::<LegalClass>)]
    legal_class: LegalClass,
}

/// Miles, the three flags and the legal class of a postcode, as one council places there.
#[utoipa::path(get, path = "/api/v1/places/{postcode}", tag = "reference", params(("postcode" = String, Path, description = "A full postcode"), Placing),
    responses((status = 200, body = Lies)))]
pub(crate) async fn place(
    State(site): State<Site>,
    Who(who): Who,
    Path(postcode): Path<String>,
    Asked(placing): Asked<Placing>,
) -> Told<Lies> {
    let consortium = ask(&site.nearhome, &who.caller, &ConsortiumInForce).await?;
    let postcode: Postcode = postcode.parse().map_err(|_| Failure::invalid("postcode", "Enter a full postcode, like NG1 5FS"))?;
    let file = site.nearhome.postcodes().ok_or_else(|| Failure::refused("this installation has no file of postcodes"))?;
    let found = file.lookup(&postcode).map_err(|_| Failure::refused("the file of postcodes cannot be read"))?;
    let place = found.ok_or_else(Failure::absent)?;
    let named = consortium.councils.iter().find(|council| council.slug == placing.council || council.code.0 == placing.council);
    let council = named.map_or_else(|| CouncilCode(placing.council.clone()), |council| council.code.clone());
    let flags = judge(&consortium, &council, &place).map_err(|why| Failure::invalid("council", why.to_string()))?;
    Ok(Json(Lies {
        postcode: postcode.to_string(),
        council: place.council.to_string(),
        easting: place.point.easting,
        northing: place.point.northing,
        tenths_of_miles: flags.miles.tenths,
        is_within_radius: flags.is_within_radius,
        is_in_footprint: flags.is_in_footprint,
        legal_class: flags.legal_class,
    }))
}

/// A ceiling that a decision set, and what is committed against it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ceiling {
    id: Uuid,
    /// The framework's reference.
    framework: String,
    /// The decision's reference.
    decision: String,
    /// The year at whose prices the limit is stated.
    price_base_year: String,
    /// The limit.
    limit_pence: i64,
    /// What is committed.
    committed_pence: i64,
    /// What is left; below zero when it is overspent.
    left_pence: i64,
    /// Nobody published the figure: it stands for trying out.
    is_example: bool,
}

impl From<CeilingView> for Ceiling {
    fn from(view: CeilingView) -> Self {
        Self {
            id: view.id.0,
            framework: view.framework,
            decision: view.decision,
            price_base_year: view.price_base_year,
            limit_pence: view.limit.0,
            committed_pence: view.committed.0,
            left_pence: view.left.0,
            is_example: view.is_example,
        }
    }
}

/// Commitments of the council against its ceilings. They hold no child.
#[utoipa::path(get, path = "/api/v1/commitments", tag = "money", responses((status = 200, body = Vec<Ceiling>)))]
pub(crate) async fn commitments(State(site): State<Site>, Who(who): Who) -> Told<Vec<Ceiling>> {
    let ledger = ask(&site.nearhome, &who.caller, &Commitments).await?;
    Ok(Json(ledger.ceilings.into_iter().map(Ceiling::from).collect()))
}

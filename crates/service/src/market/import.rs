//! Taking an Ofsted list into the provider file: each row is one [`KeepService`], so that importing twice changes nothing.

use std::collections::BTreeMap;
use std::io;

use domain::consortium::Consortium;
use domain::people::Caller;
use domain::place::{Place, Postcode};
use domain::record::Digest;
use domain::registration::ServiceKind;
use serde::Serialize;
use uuid::Uuid;

use super::ofsted::{OfstedList, OfstedRow, RefusedRow};
use super::postcodes::PostcodeFile;
use super::provider_file::{KeepService, Kept};
use crate::{Failure, Nearhome, perform};

/// How a list is taken.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportRules {
    /// Give homes whose postcode is redacted a real postcode in the right council, marked as synthetic. For sample worlds.
    pub invent_redacted: bool,
    /// The places to assume for a fostering agency, of which no list states any. For sample worlds; else none.
    pub fostering_places: Option<u32>,
}

/// What became of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Services that were not known.
    pub new: usize,
    /// Services of which something changed.
    pub changed: usize,
    /// Services that stand as before.
    pub unchanged: usize,
    /// Children's homes taken.
    pub homes: usize,
    /// Their registered places.
    pub places: u32,
    /// Owners of those homes.
    pub owners: usize,
    /// Fostering agencies taken.
    pub fostering: usize,
    /// Homes in areas of councils that are not members, and how many.
    pub outside: usize,
    /// Other kinds of provision.
    pub passed_over: BTreeMap<String, usize>,
    /// Rows that could not be taken, with line and reason.
    pub refused: Vec<RefusedRow>,
    /// What was taken, for those who go on with it.
    #[serde(skip)]
    pub kept: Vec<(Kept, ServiceKind)>,
}

/// Takes the homes in members' areas and all fostering agencies. `progress` hears how many rows of how many are done.
///
/// # Errors
/// [`Failure`] when the database fails; rows that cannot be taken are in the report instead.
pub async fn import(
    nearhome: &Nearhome,
    caller: &Caller,
    consortium: &Consortium,
    list: &OfstedList,
    rules: ImportRules,
    progress: impl Fn(usize, usize),
) -> Result<ImportReport, Failure> {
    let areas: Vec<&str> = consortium.councils.iter().map(|council| council.area_name.as_str()).collect();
    let supply = list.homes_in(&areas);
    let mut report = ImportReport {
        homes: supply.homes,
        places: supply.places,
        owners: supply.owners,
        passed_over: list.passed_over.clone(),
        refused: list.refused.clone(),
        ..ImportReport::default()
    };
    let invented =
        if rules.invent_redacted { Invented::of(consortium, nearhome.postcodes()).map_err(unreadable)? } else { Invented::default() };
    for (done, row) in list.rows.iter().enumerate() {
        progress(done, list.rows.len());
        let is_member = areas.contains(&row.area.as_str());
        if row.kind == ServiceKind::Home && !is_member {
            report.outside += 1;
            continue;
        }
        let Some(owner) = &row.owner else {
            let reason = format!("the list does not say who owns {}", row.urn);
            report.refused.push(RefusedRow { line: row.line, reason });
            continue;
        };
        report.fostering += usize::from(row.kind == ServiceKind::Fostering);
        // Entering the same twice changes nothing, so an import that broke is simply begun again. A key made of the entry would
        // keep a list from being taken that says again what it said before another one.
        let entry = entry(row, owner, &invented, nearhome.postcodes(), rules).map_err(unreadable)?;
        let kept = perform(nearhome, caller, Uuid::from_u128(nearhome.random()), &entry).await?;
        match (kept.is_new, kept.is_changed) {
            (true, _) => report.new += 1,
            (false, true) => report.changed += 1,
            (false, false) => report.unchanged += 1,
        }
        report.kept.push((kept, row.kind));
    }
    progress(list.rows.len(), list.rows.len());
    Ok(report)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err asks for")]
fn unreadable(error: io::Error) -> Failure {
    Failure::invalid("postcodes", format!("the postcode file cannot be read: {error}"))
}

fn entry(
    row: &OfstedRow,
    owner: &str,
    invented: &Invented,
    postcodes: Option<&PostcodeFile>,
    rules: ImportRules,
) -> io::Result<KeepService> {
    let known = match (&row.postcode, postcodes) {
        (Some(postcode), Some(file)) => file.lookup(postcode)?,
        _ => None,
    };
    let drawn = if row.postcode.is_none() { invented.place(&row.area, row.urn.as_str()) } else { None };
    let is_drawn = drawn.is_some();
    let (postcode, place) = match drawn {
        Some((postcode, place)) => (Some(postcode), Some(place)),
        None => (row.postcode.clone(), known),
    };
    Ok(KeepService {
        provider_name: owner.to_owned(),
        provider_reference: row.owner_reference.clone(),
        urn: row.urn.clone(),
        kind: row.kind,
        name: row.name.clone(),
        sector: row.sector,
        postcode,
        postcode_is_synthetic: is_drawn,
        place,
        places_registered: row.places.or(if row.kind == ServiceKind::Fostering { rules.fostering_places } else { None }),
        // No list states ages, genders or managers; the gates show what nobody has recorded.
        ages: None,
        gender: None,
        needs: row.needs.clone(),
        manager_name: None,
        is_manager_registered: None,
        registered_on: row.registered_on,
        judgements: row.judgement.iter().cloned().collect(),
        is_active: row.is_active,
        is_short_break_only: row.is_short_break_only,
        is_synthetic: false,
    })
}

/// Real postcodes by area, from which redacted homes are given one.
#[derive(Debug, Default)]
struct Invented(BTreeMap<String, Vec<(Postcode, Place)>>);

impl Invented {
    fn of(consortium: &Consortium, postcodes: Option<&PostcodeFile>) -> io::Result<Self> {
        let Some(file) = postcodes else { return Ok(Self::default()) };
        let mut by_area = BTreeMap::new();
        for council in &consortium.councils {
            let of_council = file.of_councils(|code| *consortium.responsible_council(code) == council.code)?;
            by_area.insert(council.area_name.clone(), of_council);
        }
        Ok(Self(by_area))
    }

    /// Always the same one for the same service.
    fn place(&self, area: &str, urn: &str) -> Option<(Postcode, Place)> {
        let known = self.0.get(area)?;
        let digest = Digest::of(urn.as_bytes());
        let number = digest.0.iter().take(6).fold(0_usize, |number, byte| (number << 8) | usize::from(*byte));
        known.get(number.checked_rem(known.len())?).cloned()
    }
}

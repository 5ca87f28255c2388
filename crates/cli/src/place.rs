//! `nearhome place POSTCODE --council CODE`.

use clap::Args;
use domain::Code as _;
use domain::consortium::{Consortium, CouncilCode};
use domain::place::{Postcode, judge};
use serde_json::json;

use crate::Outcome;
use crate::settings::Common;

/// The configuration that ships with the program, used where no database says otherwise.
pub(crate) const D2N2: &str = include_str!("../../../config/d2n2.toml");

#[derive(Debug, Args)]
pub(crate) struct PlaceArguments {
    /// A full postcode
    postcode: Postcode,
    /// The placing council's ONS code or short name, such as E06000018 or nottingham
    #[arg(long)]
    council: String,
    /// The consortium's configuration
    #[arg(long)]
    consortium: Option<std::path::PathBuf>,
}

pub(crate) fn consortium_of(path: Option<&std::path::Path>) -> Outcome<Consortium> {
    let text = match path {
        Some(path) => std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?,
        None => D2N2.to_owned(),
    };
    Ok(service::governance::consortium::read(&text)?)
}

pub(crate) fn place(common: &Common, arguments: &PlaceArguments) -> Outcome {
    let consortium = consortium_of(arguments.consortium.as_deref())?;
    let named = |council: &&domain::consortium::Council| council.slug == arguments.council || council.code.0 == arguments.council;
    let council = consortium.councils.iter().find(named).map(|council| council.code.clone());
    let council = council.unwrap_or_else(|| CouncilCode(arguments.council.clone()));
    let found = common.postcode_file()?.lookup(&arguments.postcode)?;
    let place = found.ok_or_else(|| format!("{} is not a known postcode", arguments.postcode))?;
    let flags = judge(&consortium, &council, &place)?;
    let answer = json!({
        "postcode": arguments.postcode,
        "council": place.council,
        "easting": place.point.easting,
        "northing": place.point.northing,
        "miles": flags.miles.to_string(),
        "is_within_radius": flags.is_within_radius,
        "is_in_footprint": flags.is_in_footprint,
        "legal_class": flags.legal_class,
    });
    let yes = |is| if is { "yes" } else { "no" };
    common.print(&answer, || {
        format!(
            "{} in {}: {} miles from {}\n  within {} miles: {}\n  in the area of {}: {}\n  legal class: {} ({})",
            arguments.postcode,
            place.council,
            flags.miles,
            consortium.local.reference_point,
            consortium.local.radius_miles,
            yes(flags.is_within_radius),
            consortium.name,
            yes(flags.is_in_footprint),
            flags.legal_class,
            flags.legal_class.code(),
        )
    })
}

//! `nearhome place POSTCODE --council CODE`.

use clap::Args;
use domain::Code as _;
use domain::access::worker;
use domain::consortium::{Consortium, CouncilCode};
use domain::place::{Postcode, judge};
use serde_json::json;
use service::Nearhome;
use store::Db;

use crate::Outcome;
use crate::settings::Common;

/// The configuration that ships with the program, used where no file and no database says otherwise.
pub(crate) const D2N2: &str = include_str!("../../../config/d2n2.toml");

#[derive(Debug, Args)]
pub(crate) struct PlaceArguments {
    /// A full postcode
    postcode: Postcode,
    /// The placing council's ONS code or short name, such as E06000018 or nottingham
    #[arg(long)]
    council: String,
    /// The consortium's configuration as a file; if not said, the one in force in the database, or without one the program's own
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

/// The configuration in force, with what to do where there is none.
pub(crate) async fn configured(nearhome: &Nearhome) -> Outcome<Consortium> {
    in_force(nearhome.db()).await?.ok_or_else(|| "no configuration is in force: `nearhome consortium use FILE` puts one".into())
}

async fn in_force(db: &Db) -> Outcome<Option<Consortium>> {
    let mut reads = db.begin_read(&worker()).await?;
    if store::governance::consortium::row(&mut reads).await?.is_none() {
        return Ok(None);
    }
    Ok(Some(store::governance::consortium::in_force(&mut reads).await?))
}

/// The configuration by which a place is judged. Asking about a place makes no database.
async fn by_which(common: &Common, arguments: &PlaceArguments) -> Outcome<Consortium> {
    if arguments.consortium.is_none() && common.has_database() {
        let db = common.database().await?;
        let found = in_force(&db).await?;
        db.close().await;
        if let Some(consortium) = found {
            return Ok(consortium);
        }
    }
    consortium_of(arguments.consortium.as_deref())
}

pub(crate) async fn place(common: &Common, arguments: &PlaceArguments) -> Outcome {
    let consortium = by_which(common, arguments).await?;
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

#[cfg(test)]
mod tests {
    use service::governance::consortium::PutInForce;
    use testkit::both;

    use super::*;

    const OTHER: &str = include_str!("../../../config/examples/three-rivers.toml");

    fn arguments(consortium: Option<std::path::PathBuf>) -> PlaceArguments {
        PlaceArguments { postcode: Postcode::parse("DE1 2FS").unwrap(), council: "derby".to_owned(), consortium }
    }

    fn common(database: &str) -> Common {
        let secrets_key_file = "not-there".into();
        Common { database: database.to_owned(), postcodes: None, secrets_key_file, json: false, log_json: false }
    }

    both! {
        async fn a_place_is_judged_by_the_configuration_in_force(database) {
            let (common, ours) = (common(&database.address), consortium_of(None).unwrap());
            assert_eq!(by_which(&common, &arguments(None)).await.unwrap().name, ours.name, "there is none in the database yet");
            let consortium = service::governance::consortium::read(OTHER).unwrap();
            assert_ne!(consortium.name, ours.name);
            let put = PutInForce { consortium: consortium.clone(), who: "Ada Example".to_owned(), why: "A test".to_owned() };
            let nearhome = Nearhome::new(database.db.clone(), std::sync::Arc::new(crate::ambient::SystemClock), std::sync::Arc::new(crate::ambient::SystemRandomness));
            service::perform(&nearhome, &worker(), uuid::Uuid::from_u128(1), &put).await.unwrap();
            assert_eq!(by_which(&common, &arguments(None)).await.unwrap().name, consortium.name);
            let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/d2n2.toml");
            assert_eq!(by_which(&common, &arguments(Some(file))).await.unwrap().name, ours.name, "a file that is named comes first");
        }
    }

    #[tokio::test]
    async fn asking_about_a_place_makes_no_database() {
        let common = common("sqlite:nearhome.sqlite");
        assert!(!common.has_database(), "the tests run where there is no such file");
        by_which(&common, &arguments(None)).await.unwrap();
        assert!(!common.has_database());
    }
}

//! `nearhome demo`: a world for trying out, made through the same door as everything else.
//!
//! Councils and frameworks are those of the configuration. Homes are either Ofsted's real ones (with postcodes drawn inside the
//! right council where the list redacts them, marked so) or generated from a seed after published figures. People are named after
//! their posts; nobody in this world exists.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use domain::access::worker;
use domain::calendar::Day;
use domain::consortium::{Consortium, CouncilCode};
use domain::ids::{OrganisationId, ServiceId};
use domain::pence::Pence;
use domain::people::{OrganisationKind, Role};
use domain::record::Digest;
use domain::registration::{Rating, ServiceKind};
use serde_json::json;
use service::governance::consortium::ChangeConsortium;
use service::market::import::{ImportRules, import};
use service::market::ofsted::OfstedList;
use service::market::provider_file::{AdmitService, Kept, Services};
use service::money::ledger::SetCeiling;
use service::people::organisation::{RegisterOrganisation, RegisterPerson, RoleToGive};
use service::people::sample::{PASSWORD, SampleAccount, secret};
use service::{Failure, Nearhome, ask, perform};
use uuid::Uuid;

use crate::generated;
use crate::settings::Common;
use crate::{Outcome, import::bar, place::consortium_of};

/// How many providers get accounts: those with most services.
const PROVIDERS_WITH_ACCOUNTS: usize = 6;
/// What a fostering agency is assumed to have, since no list states it (domain notes, section 10.3: mean of D2N2 placements).
const FOSTERING_PLACES: u32 = 12;

#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Build on a real list of Ofsted's: the places sheet; a second file, with judgements, may follow
    #[arg(long, num_args = 1..)]
    from_ofsted: Vec<PathBuf>,
    /// From which the generated part is made: the same seed, the same world
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The consortium's configuration
    #[arg(long)]
    consortium: Option<PathBuf>,
}

pub(crate) async fn demo(common: &Common, arguments: &DemoArguments) -> Outcome {
    let consortium = consortium_of(arguments.consortium.as_deref())?;
    common.postcode_file()?;
    let nearhome = common.migrated().await?;
    if ask(&nearhome, &worker(), &service::governance::consortium::ConsortiumInForce).await.is_ok() {
        return Err("this database is in use already: a sample world is only loaded into an empty one".into());
    }
    let put = ChangeConsortium { consortium: consortium.clone(), is_sample: true };
    perform(&nearhome, &worker(), key(&nearhome), &put).await?;
    let councils = councils(&nearhome, &consortium).await?;
    let kept = services(&nearhome, &consortium, arguments).await?;
    let admitted = admissions(&nearhome, &consortium, &kept, arguments.seed).await?;
    for (framework, _) in admitted.iter().filter(|(_, services)| **services == 0) {
        eprintln!(
            "Nobody is admitted to {framework}, so nothing can be bought under it: the lists name no rating that it allows. Name the \
             provider-level list, which has them, after the places sheet: --from-ofsted PLACES.csv PROVIDER_LEVEL.csv"
        );
    }
    let admissions: usize = admitted.values().sum();
    let accounts = accounts(&nearhome, &consortium, &councils, &kept).await?;
    crate::decision::between_councils(&nearhome, &consortium, &councils).await?;
    let answer = json!({ "services": kept.len(), "admissions": admissions, "accounts": accounts });
    common.print(&answer, || {
        format!("{} homes and fostering branches, {admissions} admissions, {} sample accounts.", kept.len(), accounts.len())
    })
}

fn key(nearhome: &Nearhome) -> Uuid {
    Uuid::from_u128(nearhome.random())
}

async fn councils(nearhome: &Nearhome, consortium: &Consortium) -> Result<BTreeMap<CouncilCode, OrganisationId>, Failure> {
    let mut councils = BTreeMap::new();
    for council in &consortium.councils {
        let register = RegisterOrganisation {
            kind: OrganisationKind::Council,
            name: council.name.clone(),
            council_code: Some(council.code.to_string()),
            reference: None,
            is_synthetic: false,
        };
        councils.insert(council.code.clone(), perform(nearhome, &worker(), key(nearhome), &register).await?);
    }
    for framework in &consortium.frameworks {
        for decision in &framework.decisions {
            let (Some(council), Some(limit)) = (councils.get(&decision.council), decision.ceiling_pence) else { continue };
            let is_example = decision.ceiling_origin.as_ref().unwrap_or(&decision.origin).is_example();
            let set = SetCeiling {
                council: *council,
                framework: framework.reference.clone(),
                decision: decision.reference.clone(),
                price_base_year: decision.price_base_year.clone().unwrap_or_default(),
                limit,
                is_example,
            };
            perform(nearhome, &worker(), key(nearhome), &set).await?;
        }
    }
    Ok(councils)
}

async fn services(nearhome: &Nearhome, consortium: &Consortium, arguments: &DemoArguments) -> Outcome<Vec<(Kept, ServiceKind)>> {
    if arguments.from_ofsted.is_empty() {
        return generated::services(nearhome, consortium, arguments.seed).await;
    }
    let rules = ImportRules { invent_redacted: true, fostering_places: Some(FOSTERING_PLACES) };
    let mut kept = BTreeMap::new();
    for file in &arguments.from_ofsted {
        let list = OfstedList::read(file)?;
        let bar = bar(list.rows.len(), "services");
        let progress = |done: usize, _| bar.set_position(u64::try_from(done).unwrap_or(0));
        let report = import(nearhome, &worker(), consortium, &list, rules, progress).await?;
        bar.finish_and_clear();
        eprintln!("{}: {}", file.display(), crate::import::describe(&report).lines().next().unwrap_or_default());
        kept.extend(report.kept.into_iter().map(|(kept, kind)| (kept.service, (kept, kind))));
    }
    Ok(kept.into_values().collect())
}

/// A number below `below` that depends on the seed and the words alone.
pub(crate) fn drawn(seed: u64, words: &str, below: u64) -> u64 {
    let digest = Digest::of(format!("{seed} {words}").as_bytes());
    digest.0.iter().take(7).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte)) % below.max(1)
}

/// Admits the well-rated services: to the first category of their framework always, to each other one in four times. Says how many
/// admissions each framework has.
async fn admissions<'c>(
    nearhome: &Nearhome,
    consortium: &'c Consortium,
    kept: &[(Kept, ServiceKind)],
    seed: u64,
) -> Outcome<BTreeMap<&'c str, usize>> {
    let ratings = ratings(nearhome).await?;
    let bar = bar(kept.len(), "admissions");
    let mut admitted: BTreeMap<&str, usize> = consortium.frameworks.iter().map(|one| (one.reference.as_str(), 0)).collect();
    for (kept, kind) in kept {
        bar.inc(1);
        let Some((urn, rating)) = ratings.get(&kept.service) else { continue };
        let frameworks = consortium.frameworks.iter().filter(|framework| framework.service == *kind);
        for framework in frameworks.filter(|framework| framework.allowed_ratings.contains(rating)) {
            let categories = framework.lots.iter().flat_map(|lot| lot.categories.iter().map(move |category| (lot, category)));
            for (position, (lot, category)) in categories.enumerate() {
                let words = format!("{urn} {}", category.code);
                if position > 0 && drawn(seed, &words, 4) > 0 {
                    continue;
                }
                let Some(published) = category.maximum_on(framework.starts_on) else { continue };
                let admit = AdmitService {
                    service: kept.service,
                    framework: framework.reference.clone(),
                    lot: lot.code.clone(),
                    category: category.code.clone(),
                    tendered_max_pence: tender(published.weekly.0, drawn(seed, &words, 20)),
                    admitted_on: framework.starts_on,
                };
                perform(nearhome, &worker(), key(nearhome), &admit).await?;
                *admitted.entry(&framework.reference).or_default() += 1;
            }
        }
    }
    bar.finish_and_clear();
    Ok(admitted)
}

/// Between 80 and 99 % of the published maximum, in whole pounds.
fn tender(published: Pence, step: u64) -> Pence {
    let percent = 80 + i64::try_from(step).unwrap_or(0);
    Pence(published.0 * percent / 10_000 * 100)
}

async fn ratings(nearhome: &Nearhome) -> Result<BTreeMap<ServiceId, (String, Rating)>, Failure> {
    let mut ratings = BTreeMap::new();
    let mut page = Services { limit: 200, ..Services::default() };
    loop {
        let services = ask(nearhome, &worker(), &page).await?;
        let Some(last) = services.last() else { return Ok(ratings) };
        page.after.clone_from(&last.urn);
        ratings.extend(services.into_iter().map(|service| (service.id, (service.urn, service.rating))));
    }
}

async fn accounts(
    nearhome: &Nearhome,
    consortium: &Consortium,
    councils: &BTreeMap<CouncilCode, OrganisationId>,
    kept: &[(Kept, ServiceKind)],
) -> Result<Vec<SampleAccount>, Failure> {
    let mut accounts = Vec::new();
    for council in &consortium.councils {
        let Some(organisation) = councils.get(&council.code) else { continue };
        let posts = council.posts.iter().map(|post| (post.role, post.title.as_str()));
        for (role, title) in posts.chain([(Role::Administrator, "Administrator")]) {
            let email = format!("{}@{}.example", dotted(title), council.slug);
            let who = SampleAccount { role, organisation: council.name.clone(), email };
            register(nearhome, &who, *organisation, title).await?;
            accounts.push(who);
        }
    }
    let mut providers: BTreeMap<OrganisationId, usize> = BTreeMap::new();
    for (kept, _) in kept {
        *providers.entry(kept.provider).or_default() += 1;
    }
    let mut largest: Vec<_> = providers.into_iter().collect();
    largest.sort_by_key(|(id, services)| (std::cmp::Reverse(*services), *id));
    for (number, (organisation, _)) in largest.into_iter().take(PROVIDERS_WITH_ACCOUNTS).enumerate() {
        for (role, post) in [(Role::ReferralsManager, "Referrals manager"), (Role::ProviderSignatory, "Registered provider")] {
            let email = format!("{}@provider{}.example", dotted(post), number + 1);
            let who = SampleAccount { role, organisation: format!("Provider {}", number + 1), email };
            register(nearhome, &who, organisation, post).await?;
            accounts.push(who);
        }
    }
    Ok(accounts)
}

/// The words of a post as the first half of an email.
fn dotted(post: &str) -> String {
    let plain = post.to_lowercase().replace('’', "");
    plain.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(".")
}

async fn register(nearhome: &Nearhome, who: &SampleAccount, organisation: OrganisationId, post: &str) -> Result<(), Failure> {
    let person = RegisterPerson {
        email: who.email.clone(),
        name: format!("{post} (sample)"),
        password: Some(PASSWORD.to_owned()),
        totp_secret: Some(nearhome.to_seal(secret(&who.email))?),
        roles: vec![RoleToGive { organisation, role: who.role, post: post.to_owned() }],
        is_sample: true,
    };
    perform(nearhome, &worker(), key(nearhome), &person).await.map(drop)
}

/// The day before which nothing of a sample world happened.
pub(crate) fn today(nearhome: &Nearhome) -> Day {
    Day::in_uk(nearhome.now())
}

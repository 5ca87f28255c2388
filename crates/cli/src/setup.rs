//! Setting up a real installation: the configuration, the organisations, their first people, admissions and ceilings.
//!
//! Each is the same use case that the pages or the sample world go through, done as the worker: whoever has the terminal and
//! the database can do anything with it, so what is asked here is not leave but a record of what was done.

use clap::{Args, Subcommand};
use domain::Code as _;
use domain::access::worker;
use domain::calendar::Day;
use domain::consortium::{Consortium, Council};
use domain::ids::OrganisationId;
use domain::pence::Pence;
use domain::people::{OrganisationKind, Role};
use domain::registration::Urn;
use serde_json::json;
use service::governance::consortium::PutInForce;
use service::market::provider_file::AdmitService;
use service::money::ledger::SetCeiling;
use service::people::invitation::{INVITATION_DAYS, InvitePerson, invite_by_hand};
use service::people::organisation::RegisterOrganisation;
use service::{Nearhome, perform};
use store::people::organisation::{self as organisations, Organisation};
use uuid::Uuid;

use crate::Outcome;
use crate::place::{configured, consortium_of};
use crate::settings::Common;

#[derive(Debug, Subcommand)]
pub(crate) enum ConsortiumVerb {
    /// Read a configuration file and name everything that is wrong with it; changes nothing
    Check {
        /// TOML, like config/d2n2.toml
        file: std::path::PathBuf,
    },
    /// Put a configuration in force: the first, or a new version
    Use {
        /// TOML, like config/d2n2.toml
        file: std::path::PathBuf,
        /// Who does it, by name: kept with the configuration
        #[arg(long)]
        who: String,
        /// Why, such as the decision: kept with the configuration
        #[arg(long)]
        why: String,
    },
}

pub(crate) async fn consortium(common: &Common, verb: &ConsortiumVerb) -> Outcome {
    match verb {
        ConsortiumVerb::Check { file } => {
            let consortium = consortium_of(Some(file))?;
            common.print(&summary(&consortium), || format!("{}: nothing is wrong with it.\n{}", file.display(), described(&consortium)))
        }
        ConsortiumVerb::Use { file, who, why } => {
            let consortium = consortium_of(Some(file))?;
            let nearhome = common.nearhome().await?;
            let put = PutInForce { consortium: consortium.clone(), who: who.clone(), why: why.clone() };
            perform(&nearhome, &worker(), key(&nearhome), &put).await?;
            common.print(&summary(&consortium), || format!("In force: {}", described(&consortium)))
        }
    }
}

fn summary(consortium: &Consortium) -> serde_json::Value {
    let councils: Vec<_> = consortium.councils.iter().map(|council| json!({ "name": council.slug, "code": council.code })).collect();
    let frameworks: Vec<_> = consortium.frameworks.iter().map(|framework| framework.reference.as_str()).collect();
    json!({ "consortium": consortium.name, "councils": councils, "frameworks": frameworks })
}

fn described(consortium: &Consortium) -> String {
    let councils: Vec<_> = consortium.councils.iter().map(|council| council.slug.as_str()).collect();
    let frameworks: Vec<_> = consortium.frameworks.iter().map(|framework| framework.reference.as_str()).collect();
    format!("{}\n  councils    {}\n  frameworks  {}", consortium.name, councils.join(", "), frameworks.join(", "))
}

fn key(nearhome: &Nearhome) -> Uuid {
    Uuid::from_u128(nearhome.random())
}

#[derive(Debug, Subcommand)]
pub(crate) enum OrganisationVerb {
    /// Register councils of the consortium, or a provider that no list has brought
    #[command(group = clap::ArgGroup::new("which").required(true))]
    Add {
        /// Councils, each by its short name in the configuration or its ONS code
        #[arg(long, num_args = 1.., group = "which")]
        council: Vec<String>,
        /// A provider, by its name
        #[arg(long, group = "which")]
        provider: Option<String>,
        /// The provider's owner id of Ofsted's, or its company number
        #[arg(long, requires = "provider")]
        reference: Option<String>,
    },
    /// List all councils and providers
    List,
}

pub(crate) async fn organisation(common: &Common, verb: &OrganisationVerb) -> Outcome {
    let nearhome = common.nearhome().await?;
    match verb {
        OrganisationVerb::Add { council, provider, reference } => {
            let mut to_add = Vec::new();
            if !council.is_empty() {
                let consortium = configured(&nearhome).await?;
                for named in council {
                    to_add.push(of_council(council_of(&consortium, named)?));
                }
            }
            to_add.extend(provider.iter().map(|name| RegisterOrganisation {
                kind: OrganisationKind::Provider,
                name: name.clone(),
                council_code: None,
                reference: reference.clone(),
                is_synthetic: false,
            }));
            let mut added = Vec::new();
            for register in to_add {
                let id = perform(&nearhome, &worker(), key(&nearhome), &register).await?;
                added.push((id, register.name));
            }
            let answer: Vec<_> = added.iter().map(|(id, name)| json!({ "id": id, "name": name })).collect();
            common.print(&answer, || added.iter().map(|(_, name)| format!("Registered: {name}")).collect::<Vec<_>>().join("\n"))
        }
        OrganisationVerb::List => {
            let all = all(&nearhome).await?;
            let line = |one: &Organisation| json!({ "id": one.id, "kind": one.kind, "name": one.name, "council_code": one.council_code });
            let answer: Vec<_> = all.iter().map(line).collect();
            common.print(&answer, || all.iter().map(|one| format!("{:<9} {}", one.kind, one.name)).collect::<Vec<_>>().join("\n"))
        }
    }
}

fn of_council(council: &Council) -> RegisterOrganisation {
    RegisterOrganisation {
        kind: OrganisationKind::Council,
        name: council.name.clone(),
        council_code: Some(council.code.to_string()),
        reference: None,
        is_synthetic: false,
    }
}

fn council_of<'a>(consortium: &'a Consortium, named: &str) -> Outcome<&'a Council> {
    let is_named = |council: &&Council| council.slug == named || council.code.0 == named || council.name.eq_ignore_ascii_case(named);
    consortium.councils.iter().find(is_named).ok_or_else(|| {
        let known: Vec<_> = consortium.councils.iter().map(|council| council.slug.as_str()).collect();
        format!("`{named}` is no council of {}: name one of {}", consortium.name, known.join(", ")).into()
    })
}

async fn all(nearhome: &Nearhome) -> Outcome<Vec<Organisation>> {
    let mut reads = nearhome.db().begin_read(&worker()).await?;
    let mut all = organisations::organisations(&mut reads, OrganisationKind::Council).await?;
    all.extend(organisations::organisations(&mut reads, OrganisationKind::Provider).await?);
    Ok(all)
}

/// The registered organisation of this name, however it is capitalised, or the council of this short name or code.
async fn registered(nearhome: &Nearhome, named: &str) -> Outcome<Organisation> {
    let code = match configured(nearhome).await {
        Ok(consortium) => council_of(&consortium, named).ok().map(|council| council.code.to_string()),
        Err(_) => None,
    };
    let is_named = |one: &Organisation| one.name.eq_ignore_ascii_case(named.trim()) || (code.is_some() && one.council_code == code);
    let found = all(nearhome).await?.into_iter().find(is_named);
    found.ok_or_else(|| format!("no organisation is called `{named}`: `nearhome organisation list` names all").into())
}

#[derive(Debug, Args)]
pub(crate) struct InviteArguments {
    /// The email address at work
    email: String,
    /// The person's name
    #[arg(long)]
    name: String,
    /// The role, such as administrator or provider-signatory
    #[arg(long, value_parser = role)]
    role: Role,
    /// The organisation, by its name; a council also by its short name
    #[arg(long)]
    organisation: String,
    /// The post, in the organisation's words; if not said, the role
    #[arg(long)]
    post: Option<String>,
    /// The mail server of `nearhome work`: the link goes there in a letter. Without one it is printed here, for you to hand over
    #[arg(long, env = "NEARHOME_MAIL_HOST")]
    mail_host: Option<String>,
    /// The address that the link leads to
    #[arg(long, env = "NEARHOME_ORIGIN", default_value = "http://127.0.0.1:8080")]
    origin: String,
}

fn role(text: &str) -> Result<Role, String> {
    Role::from_code(&text.to_uppercase().replace('-', "_")).map_err(|unknown| {
        let known = Role::ALL.iter().filter(|role| role.held_in() != OrganisationKind::System);
        let known: Vec<_> = known.map(|role| role.code().to_lowercase().replace('_', "-")).collect();
        format!("{unknown}: name one of {}", known.join(", "))
    })
}

pub(crate) async fn invite(common: &Common, arguments: &InviteArguments) -> Outcome {
    let nearhome = common.nearhome().await?;
    let organisation = registered(&nearhome, &arguments.organisation).await?;
    let wanted = InvitePerson {
        organisation: organisation.id,
        email: arguments.email.clone(),
        name: arguments.name.clone(),
        role: arguments.role,
        post: arguments.post.clone().unwrap_or_else(|| arguments.role.label().to_owned()),
    };
    if arguments.mail_host.is_some() {
        let id = perform(&nearhome, &worker(), key(&nearhome), &wanted).await?;
        return common.print(&json!({ "invitation": id, "link": null }), || {
            format!("A letter to {} waits for `nearhome work`. Its link works for {INVITATION_DAYS} days, once.", arguments.email)
        });
    }
    let (id, token) = invite_by_hand(&nearhome, &worker(), &wanted).await?;
    let link = format!("{}/invitations/{}", arguments.origin.trim_end_matches('/'), token.reveal());
    common.print(&json!({ "invitation": id, "link": link }), || {
        format!("Hand this link to {}, and to nobody else. It works for {INVITATION_DAYS} days, once:\n{link}", arguments.email)
    })
}

#[derive(Debug, Args)]
pub(crate) struct AdmitArguments {
    /// Ofsted's number of the home or fostering agency
    #[arg(long)]
    urn: String,
    /// The framework's reference
    #[arg(long)]
    framework: String,
    /// The lot's code
    #[arg(long)]
    lot: String,
    /// The category's code
    #[arg(long)]
    category: String,
    /// The most that it will ask for a week, in pounds: the price that it tendered
    #[arg(long)]
    max_weekly: Pence,
    /// From when, like 2026-04-01
    #[arg(long)]
    from: Day,
}

pub(crate) async fn admit(common: &Common, arguments: &AdmitArguments) -> Outcome {
    let nearhome = common.nearhome().await?;
    configured(&nearhome).await?;
    let urn = Urn::parse(&arguments.urn)?;
    let mut reads = nearhome.db().begin_read(&worker()).await?;
    let service = store::market::service::by_urn(&mut reads, urn.as_str()).await?;
    drop(reads);
    let service = service.ok_or_else(|| format!("no home or agency {urn} is in the provider file: import the list that has it"))?;
    let admit = AdmitService {
        service: service.id,
        framework: arguments.framework.clone(),
        lot: arguments.lot.clone(),
        category: arguments.category.clone(),
        tendered_max_pence: arguments.max_weekly,
        admitted_on: arguments.from,
    };
    let id = perform(&nearhome, &worker(), key(&nearhome), &admit).await?;
    common.print(&json!({ "admission": id, "service": service.id }), || {
        format!(
            "{} is admitted to {} of {} from {}, for {} a week at most.",
            service.name, admit.category, admit.framework, admit.admitted_on, admit.tendered_max_pence
        )
    })
}

#[derive(Debug, Subcommand)]
pub(crate) enum CeilingVerb {
    /// Enter what a decision lets a council spend under a framework, or its new figure
    Set {
        /// The council, by its name or short name
        #[arg(long)]
        council: String,
        /// The framework's reference
        #[arg(long)]
        framework: String,
        /// The decision: minute or number
        #[arg(long)]
        decision: String,
        /// The most that may be committed, in pounds
        #[arg(long)]
        limit: Pence,
        /// In whose prices it is, like 2025/26
        #[arg(long)]
        price_base_year: String,
        /// Nobody published the figure: it is marked wherever it is shown
        #[arg(long)]
        example: bool,
    },
}

pub(crate) async fn ceiling(common: &Common, verb: &CeilingVerb) -> Outcome {
    let CeilingVerb::Set { council, framework, decision, limit, price_base_year, example } = verb;
    let nearhome = common.nearhome().await?;
    configured(&nearhome).await?;
    let council = registered(&nearhome, council).await?;
    let set = SetCeiling {
        council: council_only(&council)?,
        framework: framework.clone(),
        decision: decision.clone(),
        price_base_year: price_base_year.clone(),
        limit: *limit,
        is_example: *example,
    };
    let id = perform(&nearhome, &worker(), key(&nearhome), &set).await?;
    common.print(&json!({ "ceiling": id }), || format!("{} may commit {limit} under {framework} by “{decision}”.", council.name))
}

fn council_only(organisation: &Organisation) -> Outcome<OrganisationId> {
    match organisation.kind {
        OrganisationKind::Council => Ok(organisation.id),
        OrganisationKind::Provider | OrganisationKind::System => {
            Err(format!("{} is no council: it commits nothing", organisation.name).into())
        }
    }
}

//! The `nearhome` program: one binary that serves, works, migrates, verifies, imports and exports.

mod accounts;
mod ambient;
mod decision;
mod demo;
mod generated;
mod import;
mod mail;
mod ocds;
mod place;
mod rank;
mod record;
mod schema;
mod serve;
mod settings;
mod setup;
mod story;
mod tender;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use settings::Common;

/// A page is built in buffers of tens of kilobytes that live for a moment. The system's allocator hands such memory back to the
/// kernel after every page and asks for it again for the next, which took an eighth of the server's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Homes for children in care: procure, purchase, pay, and see the gaps.
#[derive(Debug, Parser)]
#[command(name = "nearhome", version)]
struct Program {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Bring the database's schema up to date
    Migrate,
    /// Load a world for trying out into an empty database
    Demo(demo::DemoArguments),
    /// Tell how one child is placed, each step with its result
    Story,
    /// Check the consortium's configuration, or put it in force
    #[command(subcommand)]
    Consortium(setup::ConsortiumVerb),
    /// Register councils and providers, or list them
    #[command(subcommand)]
    Organisation(setup::OrganisationVerb),
    /// Invite a person, such as the first administrator of an organisation
    Invite(setup::InviteArguments),
    /// Admit a home or fostering agency to a category of a framework
    Admit(setup::AdmitArguments),
    /// Enter what a decision lets a council spend
    #[command(subcommand)]
    Ceiling(setup::CeilingVerb),
    /// Enter what a council decided, or list what was
    #[command(subcommand)]
    Decision(decision::DecisionVerb),
    /// Draft a tender from a file, or list tenders
    #[command(subcommand)]
    Tender(tender::TenderVerb),
    /// Serve the pages and the JSON
    Serve(serve::ServeArguments),
    /// Do the work that waits: letters, deadlines
    Work(serve::WorkArguments),
    /// List the accounts of a sample database
    Accounts,
    /// Print the present code of a sample account
    Code(accounts::CodeArguments),
    /// Say where a postcode is: miles, the three flags and the legal class for a council
    Place(place::PlaceArguments),
    /// Rank the offers of a referral, with every part of every score
    Rank(rank::RankArguments),
    /// Check the whole record and name the first bad entry
    Verify(record::VerifyArguments),
    /// Give out what others keep
    #[command(subcommand)]
    Export(record::Export),
    /// Work on files of the Open Contracting Data Standard
    #[command(subcommand)]
    Ocds(ocds::OcdsVerb),
    /// Take in what others publish
    #[command(subcommand)]
    Import(import::Import),
}

/// Why a command ended without success, in words for the person at the terminal.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> ExitCode {
    let program = Program::parse();
    settings::start_log(program.common.log_json);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("nearhome: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(program)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            settings::report(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

async fn run(program: Program) -> Outcome {
    let common = program.common;
    match program.verb {
        Verb::Migrate => schema::migrate(&common).await,
        Verb::Demo(arguments) => demo::demo(&common, &arguments).await,
        Verb::Story => story::story(&common).await,
        Verb::Consortium(verb) => setup::consortium(&common, &verb).await,
        Verb::Organisation(verb) => setup::organisation(&common, &verb).await,
        Verb::Invite(arguments) => setup::invite(&common, &arguments).await,
        Verb::Admit(arguments) => setup::admit(&common, &arguments).await,
        Verb::Ceiling(verb) => setup::ceiling(&common, &verb).await,
        Verb::Decision(verb) => decision::decision(&common, &verb).await,
        Verb::Tender(verb) => tender::tender(&common, &verb).await,
        Verb::Serve(arguments) => serve::serve(&common, &arguments).await,
        Verb::Work(arguments) => serve::work(&common, &arguments).await,
        Verb::Accounts => accounts::accounts(&common).await,
        Verb::Code(arguments) => accounts::print_code(&common, &arguments).await,
        Verb::Place(arguments) => place::place(&common, &arguments).await,
        Verb::Rank(arguments) => rank::rank(&common, &arguments).await,
        Verb::Verify(arguments) => record::verify(&common, &arguments).await,
        Verb::Export(what) => record::export(&common, &what).await,
        Verb::Ocds(verb) => ocds::ocds(&common, &verb),
        Verb::Import(what) => import::import(&common, what).await,
    }
}

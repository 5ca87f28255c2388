//! `nearhome accounts` and `nearhome code`: signing in to a sample database.

use std::collections::BTreeSet;

use clap::Args;
use domain::access::worker;
use serde_json::json;
use service::ask;
use service::people::sample::{PASSWORD, SampleAccount, SampleAccounts, code};

use crate::Outcome;
use crate::settings::Common;

#[derive(Debug, Args)]
pub(crate) struct CodeArguments {
    /// The sample account's email
    email: String,
}

/// Lists one account per role, or all for machines.
pub(crate) async fn accounts(common: &Common) -> Outcome {
    let nearhome = common.nearhome().await?;
    let accounts = ask(&nearhome, &worker(), &SampleAccounts).await?;
    if accounts.is_empty() {
        return Err("this is no sample database: its accounts are its people's own".into());
    }
    let answer = json!({ "password": PASSWORD, "accounts": accounts });
    common.print(&answer, || describe(common, &accounts))
}

/// One account per role, with how to sign in.
pub(crate) fn describe(common: &Common, accounts: &[SampleAccount]) -> String {
    let mut seen = BTreeSet::new();
    let mut lines = vec![
        "Sample accounts, one per role; they exist only in this sample database.".to_owned(),
        format!("  password  {PASSWORD}"),
        format!("  code      {} code EMAIL   (what the account's authenticator app would show)", common.this_program()),
    ];
    for account in accounts.iter().filter(|account| seen.insert(account.role)) {
        lines.push(format!("  {:<36} {} ({})", account.role.to_string(), account.email, account.organisation));
    }
    lines.join("\n")
}

/// Prints the code of a sample account. Real accounts have secrets of their own, for which this prints a useless number; so it refuses.
pub(crate) async fn print_code(common: &Common, arguments: &CodeArguments) -> Outcome {
    let nearhome = common.nearhome().await?;
    let accounts = ask(&nearhome, &worker(), &SampleAccounts).await?;
    if accounts.iter().all(|account| account.email != arguments.email) {
        return Err(format!("`{}` is no sample account of this database", arguments.email).into());
    }
    let now = code(&nearhome, &arguments.email)?;
    common.print(&json!({ "code": now }), || now.clone())
}

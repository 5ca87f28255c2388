//! Where letters are handed in, and how the way there is protected.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use service::jobs::mail::{MailSettings, MailTls};

use crate::Outcome;

/// A password is never an option: whoever lists the processes of a machine reads those.
const PASSWORD: &str = "NEARHOME_MAIL_PASSWORD";

#[derive(Debug, Args)]
pub(crate) struct MailArguments {
    /// The mail server
    #[arg(long, env = "NEARHOME_MAIL_HOST", default_value = "127.0.0.1")]
    mail_host: String,
    /// Its port: 25 and 587 begin plainly and change to TLS, 465 is TLS from the start
    #[arg(long, env = "NEARHOME_MAIL_PORT", default_value_t = 25)]
    mail_port: u16,
    /// From whom letters come
    #[arg(long, env = "NEARHOME_MAIL_FROM", default_value = "Nearhome <nearhome@localhost>")]
    mail_from: String,
    /// How the way to the mail server is protected; if not said: not at all on this machine, by STARTTLS beyond it
    #[arg(long, env = "NEARHOME_MAIL_TLS")]
    mail_tls: Option<Protection>,
    /// The account at the mail server; its password is in `NEARHOME_MAIL_PASSWORD` or in the file
    #[arg(long, env = "NEARHOME_MAIL_USER")]
    mail_user: Option<String>,
    /// The file with the password of the account, which may end in a line break
    #[arg(long, env = "NEARHOME_MAIL_PASSWORD_FILE")]
    mail_password_file: Option<PathBuf>,
    /// The address that letters lead to
    #[arg(long, env = "NEARHOME_ORIGIN", default_value = "http://127.0.0.1:8080")]
    origin: String,
}

/// The ways to protect it, as they are written on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Protection {
    /// Not at all: everybody on the way can read the letters
    None,
    /// STARTTLS, without which nothing is sent
    Starttls,
    /// TLS from the first byte
    Tls,
}

impl MailArguments {
    /// Everything that the mailer needs.
    pub(crate) fn settings(&self) -> Outcome<MailSettings> {
        Ok(MailSettings {
            host: self.mail_host.clone(),
            port: self.mail_port,
            from: self.mail_from.clone(),
            tls: protection(self.mail_tls, &self.mail_host),
            user: self.mail_user.clone(),
            password: self.password()?,
            site: self.origin.clone(),
        })
    }

    fn password(&self) -> Outcome<Option<String>> {
        if let Ok(password) = std::env::var(PASSWORD) {
            return Ok(Some(password));
        }
        let Some(path) = &self.mail_password_file else { return Ok(None) };
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

/// As said; else plain to this machine only. An invitation is as good as a password to whoever reads it on the way.
fn protection(said: Option<Protection>, host: &str) -> MailTls {
    match said.unwrap_or(if is_loopback(host) { Protection::None } else { Protection::Starttls }) {
        Protection::None => MailTls::None,
        Protection::Starttls => MailTls::StartTls,
        Protection::Tls => MailTls::Tls,
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_leave_this_machine_protected_unless_it_is_said_otherwise() {
        for host in ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost", "LocalHost"] {
            assert_eq!(protection(None, host), MailTls::None, "{host}");
        }
        for host in ["mail.example.gov.uk", "10.0.0.5", "127.0.0.1.example.gov.uk", "localhost.example", "::2", ""] {
            assert_eq!(protection(None, host), MailTls::StartTls, "{host}");
        }
        assert_eq!(protection(Some(Protection::None), "mail.example.gov.uk"), MailTls::None);
        assert_eq!(protection(Some(Protection::Starttls), "127.0.0.1"), MailTls::StartTls);
        assert_eq!(protection(Some(Protection::Tls), "localhost"), MailTls::Tls);
    }
}

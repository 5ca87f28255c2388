//! Letters by email: plain text, in the outbox until the mail server has taken them.
//!
//! A letter never names a child or says anything about one: email is read on telephones and forwarded. It says that there is
//! something to see, and where.

use std::fmt;
use std::time::SystemTime;

use domain::calendar::Instant;
use domain::ids::JobId;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use serde::{Deserialize, Serialize};
use store::{Tx, outbox};

use super::Trouble;
use crate::Failure;

/// The kind of job.
pub(super) const KIND: &str = "mail";

/// A letter, as it waits in the outbox. Its words are set when it is sent; a finished job keeps none of it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Mail {
    /// Asks somebody to join an organisation.
    Invitation {
        /// The recipient's email.
        to: String,
        /// The recipient's name.
        name: String,
        /// Who invites.
        organisation: String,
        /// The secret part of the link.
        token: String,
        /// Until when the link works.
        expires_at: Instant,
    },
    /// Says that there is something to see.
    Notice {
        /// The recipient's email.
        to: String,
        /// The subject line; it names no child.
        subject: String,
        /// The words; they name no child.
        body: String,
    },
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invitation { .. } => "Mail::Invitation(…)",
            Self::Notice { .. } => "Mail::Notice(…)",
        })
    }
}

/// Puts a letter into the outbox, in the transaction that causes it.
///
/// # Errors
/// [`Failure::Fault`] of the database.
pub async fn enqueue(tx: &mut Tx, mail: &Mail) -> Result<(), Failure> {
    let mail = serde_json::to_value(mail).map_err(|error| store::Fault::inconsistent("mail", error))?;
    let at = tx.at();
    Ok(outbox::enqueue(tx, KIND, &serde_json::json!({ "shape": 1, "mail": mail }), at).await?)
}

/// How the way to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailTls {
    /// Not at all: for a server on the same machine.
    None,
    /// By STARTTLS, without which nothing is sent.
    StartTls,
    /// By TLS from the first byte, usually on port 465.
    Tls,
}

/// Where letters are handed in.
#[derive(Clone, Deserialize)]
pub struct MailSettings {
    /// The mail server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// From whom letters come, like `Nearhome <nearhome@example.gov.uk>`.
    pub from: String,
    /// How the way there is protected.
    pub tls: MailTls,
    /// The account at the mail server, if it asks for one.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<String>,
    /// Where Nearhome is reached, for the links in letters, like `https://nearhome.example.gov.uk`.
    pub site: String,
}

impl fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailSettings").field("host", &self.host).field("port", &self.port).field("from", &self.from).finish_non_exhaustive()
    }
}

/// Sends letters.
#[derive(Debug, Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    site: String,
}

impl Mailer {
    /// Prepares the way; connects only when there is something to send.
    ///
    /// # Errors
    /// [`Failure::Invalid`] at `from`, `tls` or `user` for settings that cannot work.
    pub fn new(settings: &MailSettings) -> Result<Self, Failure> {
        let from = settings.from.parse().map_err(|error| Failure::invalid("from", format!("`{}`: {error}", settings.from)))?;
        let tls = match settings.tls {
            MailTls::None => Tls::None,
            MailTls::StartTls => Tls::Required(parameters(&settings.host)?),
            MailTls::Tls => Tls::Wrapper(parameters(&settings.host)?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.as_str()).port(settings.port).tls(tls);
        match (&settings.user, &settings.password) {
            (Some(_), Some(_)) if settings.tls == MailTls::None => {
                return Err(Failure::invalid("tls", "a password is not sent unprotected: set tls to `start-tls`"));
            }
            (Some(user), Some(password)) => builder = builder.credentials(Credentials::new(user.clone(), password.clone())),
            (None, None) => {}
            (Some(_), None) | (None, Some(_)) => return Err(Failure::invalid("user", "give both user and password, or neither")),
        }
        Ok(Self { transport: builder.build(), from, site: settings.site.trim_end_matches('/').to_owned() })
    }

    /// Sends the letter of a job. Sent twice it carries the same message id, by which mailboxes drop the second.
    pub(super) async fn deliver(&self, job: JobId, body: &str, now: Instant) -> Result<(), Trouble> {
        let message = self.message(job, body, now).map_err(|what| Trouble { what, is_final: true })?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => Err(Trouble { is_final: error.is_permanent(), what: with_sources(&error) }),
        }
    }

    fn message(&self, job: JobId, body: &str, now: Instant) -> Result<Message, String> {
        #[derive(Deserialize)]
        struct Body {
            mail: Mail,
        }
        let mail = serde_json::from_str::<Body>(body).map_err(|error| format!("the letter cannot be read: {error}"))?.mail;
        let (to, name, subject, text) = self.words(mail);
        let to = Mailbox::new(name, to.parse().map_err(|error| format!("the recipient's address: {error}"))?);
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(subject)
            .date(SystemTime::from(now.utc()))
            .message_id(Some(format!("<{job}@{}>", self.from.email.domain())))
            .header(ContentType::TEXT_PLAIN)
            .body(text)
            .map_err(|error| error.to_string())
    }

    /// Recipient, their name, subject and words.
    fn words(&self, mail: Mail) -> (String, Option<String>, String, String) {
        match mail {
            Mail::Invitation { to, name, organisation, token, expires_at } => {
                let subject = format!("{organisation} invites you to Nearhome");
                let text = format!(
                    "Dear {name},\n\n\
                     {organisation} invites you to work with Nearhome, where councils and providers arrange homes for children in care.\n\n\
                     Take up the invitation by {expires_at}:\n\n\
                     {site}/invitations/{token}\n\n\
                     The link works once and is for you alone. If you did not expect it, delete this message.\n",
                    site = self.site,
                );
                (to, Some(name), subject, text)
            }
            Mail::Notice { to, subject, body } => (to, None, subject, body),
        }
    }
}

/// The mail server proves that it is this host.
fn parameters(host: &str) -> Result<TlsParameters, Failure> {
    TlsParameters::new(host.to_owned()).map_err(|error| Failure::invalid("tls", error.to_string()))
}

/// The error with what caused it, in one line.
fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

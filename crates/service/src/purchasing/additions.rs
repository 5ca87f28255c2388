//! What is added to an emergency's referral after its profile was sent reaches those who were asked.

use std::collections::BTreeSet;

use domain::access::{Action, Relation};
use domain::calendar::Day;
use domain::ids::ReferralId;
use domain::people::Caller;
use domain::purchasing::profile::{Profile, ReleaseWarning};
use domain::purchasing::questions::question;
use serde::{Deserialize, Serialize};
use store::purchasing::referral::Referral;
use store::purchasing::release::Release;
use store::{Fault, ReadTx, Reads, Threshold, Tx};

use crate::purchasing::referral::{is_unchanged, own};
use crate::purchasing::release::{profile_of, tell, unread};
use crate::{Command, Failure, Query};

/// Sends today's profile to every service that was asked, awaits its outcome, and knows an older one. An emergency is released on
/// nine answers; who offers a home must know of the risks that were written down the next morning.
#[derive(Serialize, Deserialize, Debug, Clone)]
pub struct SendAdditions {
    /// Which referral.
    pub referral: ReferralId,
    /// Its version as it was opened.
    pub version: i64,
    /// The officer has read what the check of the free texts found, and releases them.
    pub warnings_read: bool,
}

impl Command for SendAdditions {
    const ACTION: Action = Action::ReleaseReferral;
    /// How many services were told.
    type Answer = u32;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        own(threshold, caller, self.referral).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<u32, Failure> {
        let referral: Referral = tx.get(self.referral).await?;
        is_unchanged(&referral, self.version)?;
        let known = added(tx, &referral, Day::in_uk(tx.at())).await?;
        if known.asked.is_empty() {
            return Err(Failure::refused("everybody who was asked knows what this referral says"));
        }
        if !known.warnings.is_empty() && !self.warnings_read {
            return Err(Failure::refused(unread(&known.warnings)));
        }
        let text = serde_json::to_string(&known.profile).map_err(|error| Fault::inconsistent("release.profile", error))?;
        let event = serde_json::json!({ "shape": 1, "number": referral.number, "added": known.keys });
        let mut providers = Vec::new();
        for mut release in known.asked {
            providers.push(release.provider_id);
            (release.profile, release.added_to_at) = (text.clone(), Some(tx.at()));
            tx.update(&mut release, &event).await?;
        }
        let subject = format!("Referral {} says more now", referral.number);
        let body = format!("The profile of referral {} was added to. Sign in and read it before you answer.", referral.number);
        let told = u32::try_from(providers.len()).unwrap_or(u32::MAX);
        tell(tx, providers, &subject, &body).await?;
        Ok(told)
    }
}

/// What those who were asked do not know yet.
#[derive(Debug, Clone, Copy)]
pub struct GetAdditions {
    /// Which referral.
    pub referral: ReferralId,
    /// The day for which the age is reckoned.
    pub on: Day,
}

/// The difference between what was sent and what the referral says.
#[derive(Debug, Clone)]
pub struct Additions {
    /// The questions whose answers are new or changed, in the order of the form.
    pub labels: Vec<&'static str>,
    /// How many services know an older profile.
    pub services: usize,
    /// What may identify the child, for the officer to read.
    pub warnings: Vec<ReleaseWarning>,
}

impl Query for GetAdditions {
    const ACTION: Action = Action::ReleaseReferral;
    type Answer = Additions;

    async fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        own(reads, caller, self.referral).await
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<Additions, Failure> {
        let referral: Referral = reads.get(self.referral).await?;
        let added = added(reads, &referral, self.on).await?;
        let labels = added.keys.iter().filter_map(|key| question(key)).map(|question| question.field.label).collect();
        Ok(Additions { labels, services: added.asked.len(), warnings: added.warnings })
    }
}

/// Who knows an older profile than today's, and what they do not know.
struct Added {
    profile: Profile,
    warnings: Vec<ReleaseWarning>,
    asked: Vec<Release>,
    keys: BTreeSet<String>,
}

async fn added(reads: &mut impl Reads, referral: &Referral, on: Day) -> Result<Added, Failure> {
    let (profile, warnings) = profile_of(reads, referral.id, on).await?;
    let (mut asked, mut keys) = (Vec::new(), BTreeSet::new());
    if !referral.state.takes_offers() {
        return Ok(Added { profile, warnings, asked, keys });
    }
    for release in store::purchasing::release::of_referral(reads, referral.org_id, referral.id).await? {
        let sent: Profile = serde_json::from_str(&release.profile).map_err(|error| Fault::inconsistent("release.profile", error))?;
        // A birthday alone is no news.
        if release.outcome.is_none() && (&sent.answers, &sent.home_outward) != (&profile.answers, &profile.home_outward) {
            let all = sent.answers.0.keys().chain(profile.answers.0.keys());
            keys.extend(all.filter(|key| sent.answers.get(key) != profile.answers.get(key)).cloned());
            asked.push(release);
        }
    }
    Ok(Added { profile, warnings, asked, keys })
}

//! What an emergency's referral says more since it was sent, and the act that tells those who were asked.

use axum::extract::{Path, State};
use domain::calendar::Day;
use domain::purchasing::referral::Urgency;
use service::people::sign_in::SignedIn;
use service::purchasing::additions::{Additions, GetAdditions, SendAdditions};
use service::purchasing::board::ReferralView;
use service::{Failure, ask, perform};

use super::referrals::{page, path, referral};
use super::search::{read_first, words_found};
use super::{Answered, Done, done};
use crate::blocks::{Block, Cell};
use crate::caller::Who;
use crate::forms::Posted;
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::Link;
use crate::{forms, pages};

/// What the officer should know on the referral's own page: that those who were asked know less than it says. Asked for an
/// emergency only, the one referral that is still written while the search is on.
pub(crate) async fn notice(site: &Site, who: &SignedIn, view: &ReferralView) -> Result<Option<[Block; 2]>, Stopped> {
    let is_written_on = view.referral.urgency == Urgency::Emergency && view.referral.state.takes_offers();
    if !is_written_on || !domain::access::could(who.role, domain::access::Action::ReleaseReferral) {
        return Ok(None);
    }
    let known = additions(site, who, view).await?;
    Ok((known.services > 0).then(|| {
        let text = format!("{} services were asked and do not know what was added since: {}", known.services, known.labels.join(", "));
        let send = Link::new("Send what was added", format!("{}/additions", path(view.referral.id)));
        [Block::Warning { text }, Block::Acts { links: vec![send] }]
    }))
}

async fn additions(site: &Site, who: &SignedIn, view: &ReferralView) -> Result<Additions, Stopped> {
    let query = GetAdditions { referral: view.referral.id, on: Day::in_uk(site.nearhome.now()) };
    Ok(ask(&site.nearhome, &who.caller, &query).await?)
}

/// `GET /referrals/{id}/additions`
pub(crate) async fn ask_additions(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    additions_page(&site, &who, &id, None).await
}

async fn additions_page(site: &Site, who: &SignedIn, id: &str, again: Option<(&Posted, &Wrong)>) -> Answered {
    let view = referral(site, who, id).await?;
    let known = additions(site, who, &view).await?;
    let rows = known.labels.iter().map(|label| vec![Cell::text(*label)]).collect();
    let mut blocks = vec![Block::table("New or changed since it was sent", &["Question"], rows, "Everybody who was asked knows it all.")];
    blocks.extend(words_found(&known.warnings));
    let fields = read_first(&known.warnings).into_iter().collect();
    let action = format!("{}/additions", path(view.referral.id));
    let form = forms::form(site, action, Some(view.referral.version), fields, "Send to everybody who was asked");
    pages::ask(page(site, who, "Send what was added", &view), form, blocks, again)
}

/// `POST /referrals/{id}/additions`
pub(crate) async fn send_additions(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let referral = pages::id(&id)?;
    let outcome = match posted.version() {
        Ok(version) => {
            let command = SendAdditions { referral, version, warnings_read: posted.value("warnings_read") == "yes" };
            perform(&site.nearhome, &who.caller, posted.key, &command).await
        }
        Err(failure) => Err::<u32, Failure>(failure),
    };
    match outcome {
        Ok(_) => Ok(done(&path(referral), Done::Added)),
        Err(failure) => additions_page(&site, &who, &id, Some((&posted, &Wrong::with(failure)?))).await,
    }
}

//! `nearhome rank REFERRAL`: the offers of a referral as they rank now, with every part of every score.

use clap::Args;
use domain::access::worker;
use domain::calendar::Day;
use domain::ids::OfferId;
use serde_json::json;
use service::purchasing::evaluation::{Comparison, RankReferral};
use service::{Failure, ask};

use crate::Outcome;
use crate::settings::Common;

#[derive(Debug, Args)]
pub(crate) struct RankArguments {
    /// The referral's number, such as R-2026-0007
    referral: String,
    /// The ONS code of the council whose referral it is, where several have one of this number
    #[arg(long)]
    council: Option<String>,
}

pub(crate) async fn rank(common: &Common, arguments: &RankArguments) -> Outcome {
    let nearhome = common.nearhome().await?;
    let query = RankReferral { number: arguments.referral.clone(), council: arguments.council.clone(), today: Day::in_uk(nearhome.now()) };
    let compared = match ask(&nearhome, &worker(), &query).await {
        Err(Failure::Denied(_)) => return Err(format!("there is no referral {}", arguments.referral).into()),
        other => other?,
    };
    common.print(&for_machines(&compared), || format!("{}, {}\n    {}", compared.number, compared.state, describe(&compared)))
}

fn name(compared: &Comparison, id: OfferId) -> &str {
    compared.offers.iter().find(|offer| offer.id == id).map_or("", |offer| offer.service.name.as_str())
}

/// The ranking in one line per offer.
pub(crate) fn describe(compared: &Comparison) -> String {
    let ranking = &compared.ranking;
    let mut lines: Vec<String> = ranking
        .ranked
        .iter()
        .map(|ranked| {
            let parts: Vec<_> = ranked.parts.iter().map(|part| format!("{} {}", part.name, part.points)).collect();
            format!("{}. {}: {} = {}", ranked.rank, name(compared, ranked.offer), ranked.total, parts.join(" + "))
        })
        .collect();
    for (what, offers) in [("stopped", &ranking.stopped), ("not scored", &ranking.unscored)] {
        lines.extend(offers.iter().map(|apart| format!("{what}: {}: {}", name(compared, apart.offer), apart.reasons.join("; "))));
    }
    if lines.is_empty() {
        lines.push("no offer has come in yet".to_owned());
    }
    lines.join("\n    ")
}

/// Points as text with two decimals, as pages show them.
fn for_machines(compared: &Comparison) -> serde_json::Value {
    let ranking = &compared.ranking;
    let part = |part: &domain::purchasing::matching::Part| json!({ "name": part.name, "weight_percent": part.weight_percent, "points": part.points.to_string(), "why": part.sentence });
    let ranked = |ranked: &domain::purchasing::matching::Ranked| {
        json!({
            "rank": ranked.rank,
            "offer": ranked.offer,
            "service": name(compared, ranked.offer),
            "total": ranked.total.to_string(),
            "parts": ranked.parts.iter().map(part).collect::<Vec<_>>(),
        })
    };
    let apart = |apart: &domain::purchasing::matching::Apart| json!({ "offer": apart.offer, "service": name(compared, apart.offer), "reasons": apart.reasons });
    json!({
        "referral": compared.number,
        "state": compared.state,
        "ranked": ranking.ranked.iter().map(ranked).collect::<Vec<_>>(),
        "stopped": ranking.stopped.iter().map(apart).collect::<Vec<_>>(),
        "unscored": ranking.unscored.iter().map(apart).collect::<Vec<_>>(),
    })
}

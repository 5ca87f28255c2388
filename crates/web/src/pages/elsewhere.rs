//! What other bodies publish of their procurements: what the market is paid elsewhere.

use axum::extract::State;
use domain::calendar::Day;
use service::ask;
use service::publish::outside::ListOutside;

use super::Answered;
use crate::blocks::{Block, Cell, on};
use crate::caller::Who;
use crate::pages;
use crate::server::Site;
use crate::view::Link;

/// So many are shown.
const SHOWN: u32 = 100;

/// `GET /tenders/elsewhere`
pub(crate) async fn list(State(site): State<Site>, Who(who): Who) -> Answered {
    let all = ask(&site.nearhome, &who.caller, &ListOutside { limit: SHOWN }).await?;
    let rows = all.iter().map(|one| {
        let is_sound = one.faults == 0;
        let state = if is_sound { Cell::tag("Sound", "green") } else { Cell::tag(format!("{} faults", one.faults), "yellow") };
        vec![
            Cell::text(one.published_at.map(|at| on(Day::in_uk(at))).unwrap_or_default()),
            Cell::text(one.title.as_deref().unwrap_or("Not stated")),
            Cell::text(one.buyer.as_deref().unwrap_or(&one.publisher)),
            Cell::text(&one.suppliers),
            Cell::text(one.value_pence.map(|pence| pence.to_string()).unwrap_or_default()),
            Cell::text(&one.tags),
            state,
        ]
    });
    let columns = ["Published", "Procurement", "Buyer", "Suppliers", "#Value", "Stage", "Form"];
    let none = "Nothing is taken in yet: the command `nearhome import ocds` does it.";
    let table = Block::table(format!("The latest {SHOWN} releases"), &columns, rows.collect(), none);
    let mut page = pages::page(&site, Some(&who), "What others buy").within("/tenders");
    page.back = Some(Link::new("Back", "/tenders"));
    let about = "What other public bodies published of their procurements, as they published it.";
    Ok(pages::show(&page, None, &[Block::text(about), table])?)
}

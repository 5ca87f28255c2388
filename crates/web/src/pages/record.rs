//! The audit record as a council keeps an eye on it: how far it is sealed, and the signed heads to take away.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse as _;
use domain::record::write_heads;
use service::governance::heads::SignedHeads;
use service::{Failure, ask};

use super::Answered;
use crate::blocks::{Block, Cell, when};
use crate::caller::Who;
use crate::pages;
use crate::server::Site;
use crate::view::Link;

/// Heads shown on the page; the file has all of them.
const SHOWN: usize = 50;

/// `GET /record`
pub(crate) async fn see(State(site): State<Site>, Who(who): Who) -> Answered {
    let heads = ask(&site.nearhome, &who.caller, &SignedHeads).await?;
    let rows = heads.iter().rev().take(SHOWN).map(|head| {
        let sealed = &head.checkpoint;
        let (number, entries) = (sealed.number.to_string(), sealed.tree_size.to_string());
        vec![Cell::text(number), Cell::text(when(sealed.at)), Cell::text(entries), Cell::text(sealed.root.to_string())]
    });
    let words = "Every change is an entry of the record, and the entries are sealed under signed heads. Keep the heads somewhere of your \
                 own: if an entry is changed, taken out or slipped in later, it shows against them.";
    let blocks = [
        Block::text(words),
        Block::Links { links: vec![Link::new("Download all signed heads", "/record/heads")] },
        Block::table("Latest signed heads", &["Head", "Sealed", "#Entries", "Root"], rows.collect(), "Nothing is sealed yet."),
    ];
    let page = pages::page(&site, Some(&who), "Audit record").within("/record");
    Ok(pages::show(&page, None, &blocks)?)
}

/// `GET /record/heads`: one head a line, as `nearhome verify --heads` reads them.
pub(crate) async fn heads(State(site): State<Site>, Who(who): Who) -> Answered {
    let heads = ask(&site.nearhome, &who.caller, &SignedHeads).await?;
    let file = write_heads(&heads).map_err(Failure::refused)?;
    let name = "attachment; filename=\"nearhome-heads.jsonl\"";
    Ok(([(header::CONTENT_TYPE, "application/jsonl"), (header::CONTENT_DISPOSITION, name)], file).into_response())
}

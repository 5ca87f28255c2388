//! A bidder's files: uploaded once, used in as many bids as need them.

use axum::extract::multipart::{MultipartError, MultipartRejection};
use axum::extract::{Multipart, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;
use domain::access::{Action, could};
use domain::ids::BidderFileId;
use domain::procurement::bid_file::FileRefusal;
use service::people::sign_in::SignedIn;
use service::procurement::bidder::{KeptFile, RemoveFile, file, papers, upload as keep};
use service::{Failure, perform};

use super::tenders::page;
use super::{Answered, Done, WasDone, done};
use crate::blocks::{Block, Cell, Fact, when};
use crate::caller::Who;
use crate::forms::{self, Posted};
use crate::pages;
use crate::problem::Wrong;
use crate::server::Site;
use crate::view::{Field, FieldKind, Link};

/// `GET /papers`
pub(crate) async fn list(State(site): State<Site>, Who(who): Who, Query(was): Query<WasDone>) -> Answered {
    let kept = papers(&site.nearhome, &who.caller).await?;
    let writes = could(who.role, Action::WriteBid);
    let row = |(id, kept): &(BidderFileId, KeptFile)| {
        let act = if writes { Cell::link(format!("Remove {}", kept.file.name), format!("/papers/{id}/remove")) } else { Cell::text("") };
        vec![
            Cell::link(&kept.file.name, format!("/papers/{id}")),
            Cell::text(kept.file.size.to_string()),
            Cell::text(when(kept.uploaded_at)),
            act,
        ]
    };
    let columns = ["Name", "#Bytes", "Uploaded", "Remove"];
    let mut blocks = vec![
        Block::text("A file serves every bid of your organisation. It is kept encrypted, and goes with a bid when the bid is submitted."),
        Block::table("Files", &columns, kept.files.iter().map(row).collect(), "There is no file yet."),
    ];
    if writes {
        blocks.insert(0, Block::Acts { links: vec![Link::new("Upload a file", "/papers/upload")] });
    }
    let mut page = page(&site, &who, "Your files", "/tenders".to_owned());
    page.notice = was.notice();
    Ok(pages::show(&page, None, &blocks)?)
}

/// `GET /papers/upload`
pub(crate) async fn ask_upload(State(site): State<Site>, Who(who): Who) -> Answered {
    upload_page(&site, &who, None)
}

fn upload_page(site: &Site, who: &SignedIn, wrong: Option<&Wrong>) -> Answered {
    let hint = Some("PDF, DOCX, XLSX, PNG or JPEG, smaller than 10 MB, without a password".to_owned());
    let field = Field { hint, ..pages::field(FieldKind::File, "file", "Which file?") };
    let form = forms::form(site, "/papers/upload", None, vec![field], "Upload the file");
    let page = page(site, who, "Upload a file", "/papers".to_owned());
    // A browser does not send a file twice, so there is nothing to show again.
    let posted =
        Posted { pairs: Vec::new(), raw: domain::purchasing::forms::RawForm::from_pairs([]), key: uuid::Uuid::nil(), version: None };
    pages::ask(page, form, Vec::new(), wrong.map(|wrong| (&posted, wrong)))
}

/// The file of a form, with its name.
async fn received(multipart: Result<Multipart, MultipartRejection>) -> Result<(String, Vec<u8>), Failure> {
    let unreadable = || Failure::invalid("", "This form could not be read. Open the page again");
    // Beyond the limit of the body it is cut off, wherever that is noticed first.
    let broken = |error: MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Failure::invalid("file", FileRefusal::TooLarge.to_string()),
        _ => unreadable(),
    };
    let mut multipart = multipart.map_err(|_| unreadable())?;
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        if field.name() == Some("file") {
            let name = field.file_name().unwrap_or_default().to_owned();
            let content = field.bytes().await.map_err(broken)?;
            return if name.is_empty() { Err(Failure::invalid("file", "Select a file")) } else { Ok((name, content.to_vec())) };
        }
    }
    Err(Failure::invalid("file", "Select a file"))
}

/// `POST /papers/upload`
pub(crate) async fn upload(State(site): State<Site>, Who(who): Who, multipart: Result<Multipart, MultipartRejection>) -> Answered {
    let outcome = match received(multipart).await {
        Ok((name, content)) => keep(&site.nearhome, &who.caller, &name, content).await,
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(_) => Ok(done("/papers", Done::Uploaded)),
        Err(failure) => upload_page(&site, &who, Some(&Wrong::with(failure)?)),
    }
}

/// `GET /papers/{file}`: to be saved, never shown inside the site.
pub(crate) async fn download(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    let (about, content) = file(&site.nearhome, &who.caller, pages::id(&id)?).await?;
    let name = crate::caller::escaped(&about.name.replace('/', "_"));
    let headers = [(header::CONTENT_TYPE, about.media_type), (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{name}"))];
    Ok((headers, content.to_vec()).into_response())
}

/// `GET /papers/{file}/remove`
pub(crate) async fn ask_remove(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    let (about, _) = file(&site.nearhome, &who.caller, pages::id(&id)?).await?;
    let form = forms::form(&site, format!("/papers/{id}/remove"), None, Vec::new(), "Remove the file");
    let above = vec![
        Block::facts(vec![Fact::new("File", about.name)]),
        Block::text("Bids that were submitted with it keep it. A bid that names it and is not submitted yet asks for another."),
    ];
    pages::ask(page(&site, &who, "Remove a file", "/papers".to_owned()), form, above, None)
}

/// `POST /papers/{file}/remove`
pub(crate) async fn remove(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    perform(&site.nearhome, &who.caller, posted.key, &RemoveFile { file: pages::id(&id)? }).await?;
    Ok(done("/papers", Done::FileRemoved))
}

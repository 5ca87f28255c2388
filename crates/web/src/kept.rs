//! A form that was sent after the session had ended is not lost: it is kept, and its page shows it again after signing in.
//!
//! Between the two the browser holds the key to it in a cookie of its own, and the database holds the sealed form, for one
//! person and one hour (`service::people::kept_form`). The form that is shown carries the key and the version of the one that
//! was sent, so it is done once, and never over what others wrote meanwhile.

use axum::body::Body;
use axum::extract::{self, FromRequest as _, Request};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use domain::purchasing::forms::RawForm;
use service::people::kept_form::{self, KEPT_MINUTES, KeptForm};
use service::people::sign_in::{SignedIn, Token};

use crate::blocks::Block;
use crate::caller;
use crate::forms;
use crate::server::{Site, WebSettings};
use crate::view::{Form, Notice, Page};

tokio::task_local! {
    /// The form that the request at hand shows again. Pages are drawn far below the gate, and none of them knows of it.
    static AGAIN: KeptForm;
}

fn cookie_name(settings: &WebSettings) -> &'static str {
    if settings.is_secure { "__Host-nearhome_kept" } else { "nearhome_kept" }
}

fn cookie(key: Option<&Token>, settings: &WebSettings) -> Option<HeaderValue> {
    let (name, secure) = (cookie_name(settings), if settings.is_secure { "; Secure" } else { "" });
    let (value, seconds) = key.map_or(("", 0), |key| (key.reveal(), KEPT_MINUTES * 60));
    // A token is base64url, so the text is always a header value.
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")).ok()
}

/// Keeps the form of a request that nobody is signed in for (any more); answers the way to the sign-in page with the key to it.
/// What cannot be kept is no reason not to let somebody sign in.
pub(crate) async fn instead_of(site: &Site, request: Request<Body>, mut response: Response) -> Response {
    if *request.method() != Method::POST {
        return response;
    }
    let Some(session) = caller::token(request.headers(), &site.settings) else { return response };
    let path = request.uri().path().to_owned();
    let Ok(extract::Form(pairs)) = extract::Form::<Vec<(String, String)>>::from_request(request, site).await else { return response };
    match kept_form::keep(&site.nearhome, &session, &KeptForm { path, pairs }).await {
        Ok(Some(key)) => {
            if let Some(cookie) = cookie(Some(&key), &site.settings) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
        }
        Ok(None) => {}
        Err(failure) => tracing::error!(%failure, "a form could not be kept"),
    }
    response
}

/// The form of this very address that this person sent too late.
pub(crate) async fn of(site: &Site, who: Option<&SignedIn>, headers: &HeaderMap, path: &str) -> Option<KeptForm> {
    let key = caller::cookie_value(headers, cookie_name(&site.settings))?;
    let found = kept_form::kept(&site.nearhome, who?.caller.person, &Token::received(key)).await;
    let found = found.inspect_err(|failure| tracing::error!(%failure, "a kept form could not be read")).ok()??;
    (found.path == path).then_some(found)
}

/// Runs the rest of a request with the form that it concerns: its page shows it, and once it was taken its key is thrown away.
pub(crate) async fn with<F>(site: &Site, kept: Option<KeptForm>, method: &Method, rest: F) -> Response
where
    F: Future<Output = Response>,
{
    let Some(kept) = kept else { return rest.await };
    if *method == Method::GET {
        return AGAIN.scope(kept, rest).await;
    }
    let mut response = rest.await;
    let is_taken = response.status() == StatusCode::SEE_OTHER;
    if let Some(cookie) = cookie(None, &site.settings).filter(|_| is_taken) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The page with what was typed back in the form that it was typed into, and with a word about it; `None` when nothing waits
/// for this page.
pub(crate) fn put_back(page: &Page, blocks: &[Block]) -> Option<(Page, Vec<Block>)> {
    let put = |kept: &KeptForm| {
        let mut blocks = blocks.to_vec();
        let is_meant = |block: &&mut Block| matches!(block, Block::Form { form } if form.action == kept.path);
        let Some(Block::Form { form }) = blocks.iter_mut().find(is_meant) else { return None };
        as_sent(form, kept);
        let text = "You were signed out before this page was sent. What you typed is here again: nothing was done with it yet.";
        let notice = Some(Notice { is_success: false, text: text.to_owned(), link: None });
        Some((Page { notice, ..page.clone() }, blocks))
    };
    // Outside of such a request there is nothing to put back.
    AGAIN.try_with(put).ok().flatten()
}

fn as_sent(form: &mut Form, kept: &KeptForm) {
    let raw = RawForm::from_pairs(kept.pairs.iter().cloned());
    forms::as_typed(&mut form.fields, &raw, &[]);
    if !raw.value("idempotency_key").is_empty() {
        raw.value("idempotency_key").clone_into(&mut form.idempotency_key);
    }
    form.version = raw.value("version").parse().ok().or(form.version);
}

//! Who sends a request: the session cookie, and the gate before every page.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::{Action, Denied, could};
use service::Failure;
use service::people::session::api_caller;
use service::people::sign_in::{self, SignedIn, Token};

use crate::problem::Stopped;
use crate::routes::{Access, Matched};
use crate::server::{Site, WebSettings, request_id};
use crate::{csrf, kept, problem, routes};

/// What stands before one row of the table.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    pub site: Site,
    pub access: Access,
    pub pattern: &'static str,
}

/// Lets a request through to its handler with the person behind it, and draws the page for whatever stops it.
pub(crate) async fn gate(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let mut response = if gate.access == Access::Open {
        let reference = request_id(&request).to_owned();
        problem::tell(&reference, next.run(request).await)
    } else if let Access::Token(action) = gate.access {
        let reference = request_id(&request).to_owned();
        let passed = pass_token(&gate, action, &mut request).await;
        let response = match passed {
            Ok(()) => next.run(request).await,
            Err(stopped) => stopped,
        };
        problem::tell(&reference, response)
    } else {
        let reference = request_id(&request).to_owned();
        // Only an address under which nothing stands gets here.
        let is_software = request.uri().path().starts_with("/api/");
        let (signed_in, passed) = pass(&gate, &mut request).await;
        let response = match passed {
            Ok(()) => {
                let (method, path) = (request.method().clone(), request.uri().path().to_owned());
                let again = kept::of(&gate.site, signed_in.as_ref(), request.headers(), &path).await;
                kept::with(&gate.site, again, &method, next.run(request)).await
            }
            Err(stopped) if signed_in.is_none() && stopped.status().is_redirection() => {
                kept::instead_of(&gate.site, request, stopped).await
            }
            Err(stopped) => stopped,
        };
        if is_software { problem::tell(&reference, response) } else { problem::draw(&gate.site, signed_in.as_ref(), &reference, response) }
    };
    response.extensions_mut().insert(Matched(gate.pattern));
    response
}

async fn pass(gate: &Gate, request: &mut Request) -> (Option<SignedIn>, Result<(), Response>) {
    let signed_in = match session(&gate.site, request.headers()).await {
        Ok(signed_in) => signed_in,
        Err(failure) => return (None, Err(Stopped::from(failure).into_response())),
    };
    if !csrf::is_ours(request, &gate.site.settings) {
        return (signed_in, Err(problem::foreign_form()));
    }
    let Access::Signed(action) = gate.access else {
        request.extensions_mut().insert(Visitor(signed_in.clone()));
        return (signed_in, Ok(()));
    };
    let Some(signed_in) = signed_in else { return (None, Err(to_sign_in(request))) };
    let passed = admit(&gate.site, &signed_in, action, request).await.map_err(IntoResponse::into_response);
    (Some(signed_in), passed)
}

/// Lets in a role that could ever do this, and notes one that could not.
async fn admit(site: &Site, signed_in: &SignedIn, action: Action, request: &mut Request) -> Result<(), Stopped> {
    if could(signed_in.role, action) {
        request.extensions_mut().insert(signed_in.clone());
        return Ok(());
    }
    let denied = Denied::NotAllowed { role: signed_in.role, action };
    service::note_denied(&site.nearhome, &signed_in.caller, action, &denied).await;
    Err(Failure::Denied(denied).into())
}

/// A token is shown in its header and nowhere else: no browser sends it by itself, so no form of another site can act with it.
async fn pass_token(gate: &Gate, action: Action, request: &mut Request) -> Result<(), Response> {
    let Some(token) = bearer(request.headers()) else { return Err(problem::no_token()) };
    let found = match api_caller(&gate.site.nearhome, token.reveal()).await {
        Ok(None) => sign_in::resolve(&gate.site.nearhome, &token).await,
        found => found,
    };
    match found {
        Ok(Some(caller)) => admit(&gate.site, &caller, action, request).await.map_err(IntoResponse::into_response),
        Ok(None) => Err(problem::no_token()),
        Err(failure) => Err(Stopped::from(failure).into_response()),
    }
}

/// What the header shows: a token of an organisation, or a person's session.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<Token> {
    let line = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = line.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Token::received(token))
}

/// To the password page, and after it back to the page that was asked for, or on which the form stood.
fn to_sign_in(request: &Request) -> Response {
    let uri = request.uri();
    let page = match *request.method() {
        Method::GET => uri.path_and_query().map_or(uri.path(), |whole| whole.as_str()),
        _ => routes::page_above(uri.path()),
    };
    let target = if page == "/" { "/sign-in".to_owned() } else { format!("/sign-in?return={}", escaped(page)) };
    Redirect::to(&target).into_response()
}

/// A path as the value of a query parameter.
pub(crate) fn escaped(path: &str) -> String {
    use std::fmt::Write as _;
    path.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

/// A path to go to, if it is one of ours: a link from outside must not send anybody elsewhere after signing in.
#[must_use]
pub(crate) fn own_path(text: &str) -> Option<&str> {
    let is_ours = text.starts_with('/') && !text.starts_with("//") && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    is_ours.then_some(text)
}

async fn session(site: &Site, headers: &HeaderMap) -> Result<Option<SignedIn>, Failure> {
    match token(headers, &site.settings) {
        Some(token) => sign_in::resolve(&site.nearhome, &token).await,
        None => Ok(None),
    }
}

/// The name of the cookie. With the prefix a browser takes it only over HTTPS, for this very host and every path, so no
/// neighbouring host can plant one.
fn cookie_name(settings: &WebSettings) -> &'static str {
    if settings.is_secure { "__Host-nearhome_session" } else { "nearhome_session" }
}

/// The session token that the browser sent.
pub(crate) fn token(headers: &HeaderMap, settings: &WebSettings) -> Option<Token> {
    cookie_value(headers, cookie_name(settings)).map(Token::received)
}

/// The value of a cookie.
pub(crate) fn cookie_value<'h>(headers: &'h HeaderMap, wanted: &str) -> Option<&'h str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
}

/// The header that gives the browser this token, or takes it away. It ends with the browser; the server ends it sooner.
pub(crate) fn cookie(token: Option<&Token>, settings: &WebSettings) -> Option<HeaderValue> {
    let name = cookie_name(settings);
    let secure = if settings.is_secure { "; Secure" } else { "" };
    let text = match token {
        Some(token) => format!("{name}={}; Path=/; HttpOnly; SameSite=Lax{secure}", token.reveal()),
        None => format!("{name}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{secure}"),
    };
    // A token is base64url, so the text is always a header value.
    HeaderValue::from_str(&text).ok()
}

/// Who is signed in on a page that is open to all.
#[derive(Debug, Clone)]
pub(crate) struct Visitor(pub Option<SignedIn>);

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or(Self(None)))
    }
}

/// Who is signed in on a page that needs it. The gate put it there.
#[derive(Debug, Clone)]
pub(crate) struct Who(pub SignedIn);

impl<S: Send + Sync> FromRequestParts<S> for Who {
    type Rejection = Stopped;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let signed_in = parts.extensions.get::<SignedIn>().cloned();
        signed_in.map(Self).ok_or(Stopped::from(Failure::Denied(Denied::SignInFirst)))
    }
}

/// The network address of whoever sent the request, for counting failed attempts; empty in a test without a network.
#[derive(Debug, Clone)]
pub(crate) struct Source(pub String);

impl FromRequestParts<Site> for Source {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Self::Rejection> {
        let near = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
        // Only the last entry was written by our proxy; whatever stands before it, the sender may have invented.
        let entries = parts.headers.get_all("x-forwarded-for").into_iter().next_back().and_then(|value| value.to_str().ok());
        let far = entries.and_then(|line| line.rsplit(',').next()?.trim().parse::<IpAddr>().ok());
        let address = if site.settings.is_behind_proxy { far.or(near) } else { near };
        Ok(Self(address.map(|address| address.to_string()).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
        for elsewhere in ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\nb", "javascript:alert(1)"] {
            assert_eq!(own_path(elsewhere), None, "{elsewhere}");
        }
        assert_eq!(own_path("/board?page=2"), Some("/board?page=2"));
        assert_eq!(escaped("/board?page=2&x"), "/board%3Fpage%3D2%26x");
    }
}

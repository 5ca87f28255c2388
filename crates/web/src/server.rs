//! The server: the route table with everything that holds for every answer around it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use service::Nearhome;
use tokio::net::TcpListener;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;

use crate::routes;

/// The name under which a request is found in the log; also shown on the page that reports a fault of ours.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The largest body that a request may have. The longest form has a dozen texts of five thousand characters.
pub(crate) const BODY_BYTES_MAX: usize = 256 * 1024;
/// How long an answer may take. The database gives up sooner.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// How this installation is reached.
#[derive(Debug, Clone, Default)]
pub struct WebSettings {
    /// Whether browsers reach it over HTTPS. Then cookies are for HTTPS only and browsers are told never to use HTTP.
    /// Only a server that listens on loopback may do without.
    pub is_secure: bool,
    /// The scheme and host under which browsers know it, such as `https://nearhome.example`. Where it is not set, a browser
    /// that does not say from which kind of site a form came is compared with the `Host` that it asked for.
    pub origin: Option<String>,
    /// Whether a proxy of ours stands in front, whose `X-Forwarded-For` names the real source of a request.
    pub is_behind_proxy: bool,
}

/// What every handler is given.
#[derive(Debug, Clone)]
pub struct Site {
    /// The use cases.
    pub nearhome: Nearhome,
    /// How this installation is reached.
    pub settings: Arc<WebSettings>,
}

/// The whole of the pages and the JSON, ready to be served or to be asked in a test.
pub fn app(nearhome: Nearhome, settings: WebSettings) -> Router {
    let site = Site { nearhome, settings: Arc::new(settings) };
    routes::router(&site)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, ANSWER_WITHIN))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(site, add_headers))
        .layer(from_fn(log))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
}

/// Answers requests until `shutdown` completes, then finishes those that have begun.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, app: Router, shutdown: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(shutdown).await
}

/// Nothing is loaded from elsewhere, run from the page's own text, or shown inside another site.
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Headers that hold for every answer. `Referrer-Policy` is `same-origin`, not `no-referrer`: under the latter an older
/// browser sends every form with `Origin: null`, which [`crate::csrf`] must refuse. No address leaves this site either way.
const HEADERS: [(&str, &str); 6] = [
    ("content-security-policy", CONTENT_POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

async fn add_headers(State(site): State<Site>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    // What a page shows is about a child: no cache keeps it, and Back after sign-out shows nothing. Assets say otherwise.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if site.settings.is_secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000; includeSubDomains"));
    }
    response
}

/// One line per request. The path is left out where ids would add up to a trail of one child: the record has that.
async fn log(request: Request, next: Next) -> Response {
    let id = request_id(&request).to_owned();
    let method = request.method().clone();
    let begun = std::time::Instant::now();
    let response = next.run(request).await;
    let route = response.extensions().get::<routes::Matched>().map_or("", |matched| matched.0);
    tracing::info!(id, %method, route, status = response.status().as_u16(), milliseconds = begun.elapsed().as_millis(), "answered");
    response
}

/// The id under which this request is logged.
pub(crate) fn request_id(request: &Request) -> &str {
    request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

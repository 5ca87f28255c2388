//! The style sheet, script and images that the browser fetches, from inside the binary.
//!
//! A page names an asset by [`path`], which carries a version: the start of the file's hash. With that version the
//! browser may keep the file for a year. A request with another version (a page made by an older or newer server of
//! the same installation) gets the bytes too, but must ask again, so that nothing wrong is ever kept for long.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::body::Body;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use serde::Deserialize;

/// What `scripts/assets` built for the browser.
#[derive(RustEmbed)]
#[folder = "built/static/"]
struct Built;

/// One file, in every encoding that we hold.
struct Asset {
    mime: HeaderValue,
    version: String,
    plain: Vec<u8>,
    brotli: Option<Vec<u8>>,
    gzip: Option<Vec<u8>>,
}

static ASSETS: LazyLock<BTreeMap<String, Asset>> = LazyLock::new(|| {
    let names = Built::iter().filter(|name| !name.ends_with(".br") && !name.ends_with(".gz"));
    names.filter_map(|name| Some((name.to_string(), Asset::load(&name)?))).collect()
});

impl Asset {
    fn load(name: &str) -> Option<Self> {
        let file = Built::get(name)?;
        let mime = match file.metadata.mimetype() {
            text if text.starts_with("text/") => format!("{text}; charset=utf-8"),
            other => other.to_owned(),
        };
        let hash = file.metadata.sha256_hash();
        let version = hash.iter().take(8).fold(String::new(), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        Some(Self {
            mime: HeaderValue::from_str(&mime).ok()?,
            version,
            plain: file.data.into_owned(),
            brotli: Built::get(&format!("{name}.br")).map(|file| file.data.into_owned()),
            gzip: Built::get(&format!("{name}.gz")).map(|file| file.data.into_owned()),
        })
    }

    /// The smallest form that the client says it can read.
    fn encoded(&self, accepted: &str) -> (Option<&'static str>, &[u8]) {
        if let Some(brotli) = self.brotli.as_deref().filter(|_| accepts(accepted, "br")) {
            return (Some("br"), brotli);
        }
        if let Some(gzip) = self.gzip.as_deref().filter(|_| accepts(accepted, "gzip")) {
            return (Some("gzip"), gzip);
        }
        (None, &self.plain)
    }
}

/// Whether an `Accept-Encoding` header names the coding, and does not refuse it with a weight of zero.
fn accepts(header: &str, coding: &str) -> bool {
    header.split(',').any(|entry| {
        let (name, weight) = entry.split_once(';').unwrap_or((entry, "q=1"));
        let weight = weight.trim().trim_start_matches("q=");
        name.trim() == coding && weight.parse::<f32>().is_ok_and(|weight| weight > 0.0)
    })
}

/// Where a page finds an asset: `/assets/nearhome.css?v=0123456789abcdef`. `None` if there is no such asset.
#[must_use]
pub fn path(name: &str) -> Option<String> {
    let asset = ASSETS.get(name)?;
    Some(format!("/assets/{name}?v={}", asset.version))
}

/// The version that a page asked for.
#[derive(Debug, Deserialize)]
pub struct Version {
    v: Option<String>,
}

/// Answers `GET /assets/{name}`. Needs no sign-in: nothing here is about anybody.
pub async fn serve(Path(name): Path<String>, Query(asked): Query<Version>, request: HeaderMap) -> Response {
    let Some(asset) = ASSETS.get(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let text = |name| request.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
    let (encoding, body) = asset.encoded(text(header::ACCEPT_ENCODING));
    // One tag per encoding: a cache between us and the browser must not swap them.
    let tag = format!("\"{}-{}\"", asset.version, encoding.unwrap_or("plain"));
    let current = asked.v.as_deref() == Some(asset.version.as_str());
    let keep = if current { "public, max-age=31536000, immutable" } else { "no-cache" };

    let mut answer = Response::builder()
        .header(header::CACHE_CONTROL, keep)
        .header(header::VARY, "Accept-Encoding")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::ETAG, &tag);
    if text(header::IF_NONE_MATCH).split(',').any(|known| known.trim().trim_start_matches("W/") == tag) {
        let unchanged = answer.status(StatusCode::NOT_MODIFIED).body(Body::empty());
        return unchanged.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response());
    }
    if let Some(encoding) = encoding {
        answer = answer.header(header::CONTENT_ENCODING, encoding);
    }
    let full = answer.header(header::CONTENT_TYPE, &asset.mime).body(Body::from(body.to_vec()));
    full.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

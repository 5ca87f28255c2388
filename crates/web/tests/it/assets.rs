//! How assets are served: versions, caching, encodings.

use axum::body::to_bytes;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use web::assets;

/// Asks for a path that a page would name, with one header.
async fn get(path: &str, name: HeaderName, value: &str) -> Response {
    let uri: Uri = path.parse().unwrap();
    let file = uri.path().strip_prefix("/assets/").unwrap().to_owned();
    let headers = HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())]);
    assets::serve(Path(file), Query::try_from_uri(&uri).unwrap(), headers).await
}

fn text(answer: &Response, name: HeaderName) -> String {
    answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

#[tokio::test]
async fn the_version_in_a_page_is_kept_for_a_year_and_another_is_not() {
    let path = assets::path("nearhome.css").unwrap();
    let kept = get(&path, header::ACCEPT_ENCODING, "gzip, br").await;
    assert_eq!(kept.status(), StatusCode::OK);
    assert_eq!(text(&kept, header::CACHE_CONTROL), "public, max-age=31536000, immutable");
    assert_eq!(text(&kept, header::CONTENT_TYPE), "text/css; charset=utf-8");
    for stale in ["/assets/nearhome.css", "/assets/nearhome.css?v=0000000000000000"] {
        let answer = get(stale, header::ACCEPT_ENCODING, "br").await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(text(&answer, header::CACHE_CONTROL), "no-cache");
    }
    assert_eq!(assets::path("../Cargo.toml"), None);
    let missing = get("/assets/nothing.css", header::ACCEPT_ENCODING, "br").await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_client_gets_an_encoding_that_it_can_read() {
    let path = assets::path("nearhome.js").unwrap();
    let wanted = [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip;q=0.5", "gzip"), ("", ""), ("zstd", "")];
    for (accepted, encoding) in wanted {
        let answer = get(&path, header::ACCEPT_ENCODING, accepted).await;
        assert_eq!(text(&answer, header::CONTENT_ENCODING), encoding, "for `{accepted}`");
        assert_eq!(text(&answer, header::VARY), "Accept-Encoding");
    }
}

#[tokio::test]
async fn a_known_tag_is_answered_without_a_body() {
    let path = assets::path("favicon.svg").unwrap();
    let tag = text(&get(&path, header::ACCEPT, "*/*").await, header::ETAG);
    let again = get(&path, header::IF_NONE_MATCH, &format!("\"other\", W/{tag}")).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(text(&again, header::ETAG), tag);
    assert!(to_bytes(again.into_body(), 1_000).await.unwrap().is_empty());
}

/// The goal is 60 KB for a cold page, style and script included; the page itself gets the rest of it.
#[tokio::test]
async fn style_and_script_leave_most_of_the_weight_to_the_page() {
    let mut sent = 0;
    for name in ["nearhome.css", "nearhome.js", "favicon.svg"] {
        let answer = get(&assets::path(name).unwrap(), header::ACCEPT_ENCODING, "gzip").await;
        sent += to_bytes(answer.into_body(), 1_000_000).await.unwrap().len();
    }
    assert!(sent < 30_000, "{sent} bytes");
}

/// Our own pages forbid what the style sheet must then not ask for: no font, no other host.
#[tokio::test]
async fn nothing_is_fetched_from_anywhere_else() {
    for name in ["nearhome.css", "nearhome.js"] {
        let answer = get(&assets::path(name).unwrap(), header::ACCEPT, "*/*").await;
        let body = to_bytes(answer.into_body(), 1_000_000).await.unwrap();
        let body = String::from_utf8_lossy(&body);
        for forbidden in ["@font-face", "@import", "url(http", "eval(", "Transport"] {
            assert!(!body.contains(forbidden), "{name} contains {forbidden}");
        }
    }
}

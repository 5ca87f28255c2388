//! Forms are taken from our own pages only.
//!
//! A browser says from which kind of site a request comes, and a page cannot make it lie. That needs no token in the form,
//! so a form that lay open overnight is still good after signing in again.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, Method, header};

use crate::server::WebSettings;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether the request may change something: it is safe, or it comes from one of our pages.
///
/// Browsers of the last years send `Sec-Fetch-Site`; older ones send `Origin` with forms. A request with neither does not
/// come from a browser's form and is refused.
#[must_use]
pub fn is_ours(request: &Request, settings: &WebSettings) -> bool {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    let headers = request.headers();
    match (text(headers, &FETCH_SITE), text(headers, &header::ORIGIN)) {
        // `none`: the person themselves began it, such as by reloading.
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => is_our_origin(origin, text(headers, &header::HOST), settings),
        (None, None) => false,
    }
}

fn is_our_origin(origin: &str, host: Option<&str>, settings: &WebSettings) -> bool {
    if let Some(ours) = &settings.origin {
        return origin == ours.trim_end_matches('/');
    }
    let scheme = if settings.is_secure { "https://" } else { "http://" };
    origin.strip_prefix(scheme).is_some_and(|asked| Some(asked) == host)
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn post(headers: &[(&str, &str)]) -> Request {
        let request = headers.iter().fold(Request::post("/sign-in"), |request, (name, value)| request.header(*name, *value));
        request.body(Body::empty()).unwrap()
    }

    #[test]
    fn only_our_own_pages_may_send_forms() {
        let settings = WebSettings { is_secure: true, origin: None, is_behind_proxy: false };
        let cases: [(&[(&str, &str)], bool); _] = [
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://ours.example"), ("host", "ours.example")], false),
            (&[("origin", "https://ours.example"), ("host", "ours.example")], true),
            (&[("origin", "http://ours.example"), ("host", "ours.example")], false),
            (&[("origin", "https://ours.example.evil.example"), ("host", "ours.example")], false),
            (&[("origin", "null"), ("host", "ours.example")], false),
            (&[], false),
        ];
        for (headers, is_allowed) in cases {
            assert_eq!(is_ours(&post(headers), &settings), is_allowed, "{headers:?}");
        }
        let named = WebSettings { origin: Some("https://nearhome.example/".to_owned()), ..settings };
        assert!(is_ours(&post(&[("origin", "https://nearhome.example"), ("host", "inside:8080")]), &named));
        assert!(!is_ours(&post(&[("origin", "https://inside:8080"), ("host", "inside:8080")]), &named));
    }
}

//! A browser without script: what it was given, it sends back.

use axum::body::Body;
use axum::http::Request;
use domain::people::Caller;
use testkit::{World, signed_in};
use web::server::{WebSettings, app};

use crate::kernel::{Answer, send};

/// Holds cookies as a browser does.
pub(crate) struct Browser {
    app: axum::Router,
    pub(crate) cookies: String,
}

impl Browser {
    pub(crate) fn new(world: &World) -> Self {
        Self { app: app(world.nearhome.clone(), WebSettings::default()), cookies: String::new() }
    }

    /// Somebody's, from the start.
    pub(crate) async fn of(world: &World, caller: &Caller) -> Self {
        let mut browser = Self::new(world);
        browser.signs_in(world, caller).await;
        browser
    }

    /// As after password and code: another session cookie, and whatever else the browser holds.
    pub(crate) async fn signs_in(&mut self, world: &World, caller: &Caller) {
        let token = signed_in(&world.nearhome, caller).await;
        let others: Vec<&str> = self.cookies.split("; ").filter(|one| one.starts_with("nearhome_kept")).collect();
        self.cookies = [&[format!("nearhome_session={}", token.reveal()).as_str()], others.as_slice()].concat().join("; ");
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(&self.app, Request::get(path).header("cookie", &self.cookies).body(Body::empty()).unwrap()).await
    }

    /// Sends a form with one file in it, in the input `file`.
    pub(crate) async fn post_file(&self, path: &str, name: &str, content: &[u8]) -> Answer {
        let head = format!(
            "--boundary\r\nContent-Disposition: form-data; name=\"idempotency_key\"\r\n\r\nk\r\n--boundary\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        let body = [head.as_bytes(), content, b"\r\n--boundary--\r\n"].concat();
        let form = Request::post(path).header("cookie", &self.cookies).header("sec-fetch-site", "same-origin");
        let form = form.header("content-type", "multipart/form-data; boundary=boundary");
        send(&self.app, form.body(Body::from(body)).unwrap()).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: &str) -> Answer {
        let form = Request::post(path).header("cookie", &self.cookies).header("sec-fetch-site", "same-origin");
        let form = form.header("content-type", "application/x-www-form-urlencoded");
        let answer = send(&self.app, form.body(Body::from(body.to_owned())).unwrap()).await;
        for set in answer.headers.get_all("set-cookie") {
            let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
            let name = pair.split('=').next().unwrap();
            let rest = self.cookies.split("; ").filter(|one| !one.starts_with(name) && !one.is_empty());
            let kept = if pair.ends_with('=') { None } else { Some(pair.as_str()) };
            self.cookies = rest.chain(kept).collect::<Vec<_>>().join("; ");
        }
        answer
    }
}

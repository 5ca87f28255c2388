//! Whether this server lives, and whether it should be sent requests.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;

use crate::server::Site;

/// A database that takes longer for one statement is not there, as far as a waiting person is concerned.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

/// Answers `GET /health`: the process runs. It asks nothing of the database, so that a database that is away for a minute
/// does not get every server restarted.
pub async fn health() -> &'static str {
    "ok\n"
}

/// Answers `GET /ready`: the database answers in time, and its tables are those that this version knows.
pub async fn ready(State(site): State<Site>) -> (StatusCode, &'static str) {
    match tokio::time::timeout(ANSWERS_WITHIN, site.nearhome.ready()).await {
        Ok(Ok(())) => (StatusCode::OK, "ready\n"),
        Ok(Err(failure)) => {
            tracing::error!(%failure, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer, or has other tables than this version\n")
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database did not answer within a second\n"),
    }
}

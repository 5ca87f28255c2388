//! What is refused at the gate is in the access log, and nobody can fill it.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::Duration;
use domain::people::Role;
use testkit::{signed_in, world};
use web::server::{WebSettings, app};

use crate::kernel::send;

testkit::both! {
    async fn whoever_is_refused_before_a_page_is_in_the_access_log_once_a_minute(database) {
        let world = world(database).await;
        let app = app(world.nearhome.clone(), WebSettings::default());
        let token = signed_in(&world.nearhome, &world.as_role(Role::FinanceOfficer)).await;
        let ask = async |path: &str, token: &str| {
            let request = Request::get(path).header("cookie", format!("nearhome_session={token}"));
            send(&app, request.body(Body::empty()).unwrap()).await.status
        };
        assert_eq!(ask("/board", "nobody's").await, StatusCode::SEE_OTHER);
        assert_eq!(ask("/commitments", token.reveal()).await, StatusCode::OK);
        assert_eq!(world.denials().await, [], "neither nobody nor what was given is a denial");
        for _ in 0..20 {
            assert_eq!(ask("/board", token.reveal()).await, StatusCode::FORBIDDEN);
        }
        let entry = |action: &str| ("FINANCE_OFFICER".to_owned(), action.to_owned());
        assert_eq!(world.denials().await, [entry("SEE_BOARD")]);
        assert_eq!(ask("/people", token.reveal()).await, StatusCode::FORBIDDEN);
        assert_eq!(world.denials().await, [entry("SEE_BOARD"), entry("SEE_PEOPLE")], "another attempt is another entry");
        world.clock.forward(Duration::seconds(61));
        assert_eq!(ask("/board", token.reveal()).await, StatusCode::FORBIDDEN);
        assert_eq!(world.denials().await.len(), 3, "a minute later it is noted again");
    }
}

//! What a council sees of the offers, in the browser.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::people::{Caller, Role};
use testkit::case::{offered, ready, referral};
use testkit::world::HOME_CATEGORY;
use testkit::{World, signed_in, world};
use web::server::{WebSettings, app};

use crate::kernel::{Answer, send};
use crate::markup::faults;

async fn sees(world: &World, caller: &Caller, path: &str) -> Answer {
    let token = signed_in(&world.nearhome, caller).await;
    let app = app(world.nearhome.clone(), WebSettings::default());
    let cookie = format!("nearhome_session={}", token.reveal());
    send(&app, Request::get(path).header("cookie", cookie).body(Body::empty()).unwrap()).await
}

testkit::both! {
    async fn offers_are_on_a_map_with_the_same_in_a_table_and_no_more_of_the_child_than_the_reader_may_know(database) {
        let world = world(database).await;
        ready(&world, 10_000_000_000).await;
        let (referral, releases) = referral(&world, 1, &[world.home], HOME_CATEGORY).await;
        offered(&world, releases[0], "5,000").await;
        let path = format!("/referrals/{referral}/offers");

        let page = sees(&world, &world.as_role(Role::PlacementOfficer), &path).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert_eq!(faults(&page.body), Vec::<String>::new());
        for part in ["nh-map__picture", "20 miles from Nottingham city centre", "0.0 miles", "home area, NG7 (not the address)"] {
            assert!(page.body.contains(part), "{part}: {}", page.body);
        }
        assert!(!page.body.contains("2QB"), "the whole postcode is on the page");
        assert!(!page.body.contains("https://") && !page.body.contains("<image"), "the map asks others for something");

        // Who approves a price sees the offers and nothing of the child; a provider does not see the page at all.
        let page = sees(&world, &world.as_role(Role::HeadOfContracting), &path).await;
        assert!(page.body.contains("nh-map") && !page.body.contains("NG7"), "{}", page.body);
        let page = sees(&world, &world.as_role(Role::ReferralsManager), &path).await;
        assert!(page.status != StatusCode::OK && !page.body.contains("NG7") && !page.body.contains("nh-map"), "{}", page.body);
    }
}

//! What a page costs, counted in statements: that does not waver as time does.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::people::Role;
use domain::purchasing::referral::Urgency;
use service::perform;
use service::purchasing::referral::{ChildEntry, WriteReferral};
use testkit::{World, signed_in, world};
use web::server::{WebSettings, app};

use crate::kernel::send;

/// The caller by one statement; the beginning of a transaction, the board, and on which state of the database it stands.
const MOST: u64 = 4;

/// A board without a line asks once more how many there are.
async fn write(world: &World) {
    let child = ChildEntry {
        case_number: "NC-1".to_owned(),
        given_name: "Zephyrine".to_owned(),
        family_name: "Quillfeather".to_owned(),
        born_on: "2013-05-03".parse().unwrap(),
        home_postcode: None,
        is_synthetic: true,
    };
    let command = WriteReferral { child, urgency: Urgency::Planned, even_though_open: false };
    perform(&world.nearhome, &world.as_role(Role::SocialWorker), world.key(), &command).await.unwrap();
}

testkit::both! {
    async fn the_board_costs_four_statements_and_one_when_nothing_changed(database) {
        let has_marks = database.address.starts_with("postgres");
        let world = world(database).await;
        write(&world).await;
        let token = signed_in(&world.nearhome, &world.as_role(Role::PlacementOfficer)).await.reveal().to_owned();
        let app = app(world.nearhome.clone(), WebSettings::default());
        let mut costs = Vec::new();
        // Other tests write to the same PostgreSQL, which makes a new mark each time; sooner or later none does.
        for _ in 0..300 {
            let before = world.database.db.statements_sent();
            let request = Request::get("/board?show=all").header("cookie", format!("nearhome_session={token}"));
            assert_eq!(send(&app, request.body(Body::empty()).unwrap()).await.status, StatusCode::OK);
            costs.push(world.database.db.statements_sent() - before);
            if has_marks && costs.last() == Some(&1) {
                break;
            }
        }
        assert!(costs.iter().all(|cost| *cost <= MOST), "{costs:?}");
        assert_eq!(costs.last() == Some(&1), has_marks, "{costs:?}");
    }
}

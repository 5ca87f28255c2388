//! Answers that stand: never older than the look that let the caller in, never another organisation's.

use std::collections::HashMap;
use std::sync::Arc;

use domain::access::Denied;
use domain::people::{Caller, Role};
use domain::purchasing::referral::Urgency;
use service::purchasing::board::Board;
use service::purchasing::referral::{ChildEntry, WriteReferral};
use service::{Failure, Nearhome, ask_standing, perform};
use store::state::DatabaseState;
use testkit::{Seeded, World, both, world};

const BOARD: Board = Board { only_open: true, page: 1, today: domain::calendar::Day::FIRST };

async fn write(world: &World, case_number: String) {
    let child = ChildEntry {
        case_number,
        given_name: "Zephyrine".to_owned(),
        family_name: "Quillfeather".to_owned(),
        born_on: "2013-05-03".parse().unwrap(),
        home_postcode: None,
        is_synthetic: true,
    };
    let command = WriteReferral { child, urgency: Urgency::Planned, even_though_open: false };
    perform(&world.nearhome, &world.as_role(Role::SocialWorker), world.key(), &command).await.unwrap();
}

async fn as_of(world: &World) -> Option<DatabaseState> {
    let mut reads = world.database.db.begin_read(&domain::access::visitor()).await.unwrap();
    store::state::of(&mut reads).await.unwrap()
}

async fn total(world: &World, nearhome: &Nearhome, caller: &Caller) -> i64 {
    let as_of = as_of(world).await;
    ask_standing(nearhome, caller, as_of.as_ref(), &BOARD).await.unwrap().total
}

both! {
    async fn a_board_asked_again_shows_every_change_at_once(database) {
        let world = world(database).await;
        let officer = world.as_role(Role::PlacementOfficer);
        let other_server = Nearhome::new(world.database.db.clone(), world.clock.clone(), Arc::new(Seeded::new(2)));
        for written in 0..12 {
            for nearhome in [&world.nearhome, &other_server, &world.nearhome, &other_server] {
                assert_eq!(total(&world, nearhome, &officer).await, written);
            }
            write(&world, format!("NC-{written}")).await;
        }
    }

    async fn a_standing_answer_is_for_its_organisation_and_roles_only(database) {
        let world = world(database).await;
        write(&world, "NC-1".to_owned()).await;
        let as_of = as_of(&world).await;
        let asked = async |caller: Caller| ask_standing(&world.nearhome, &caller, as_of.as_ref(), &BOARD).await;
        for _ in 0..2 {
            assert_eq!(asked(world.as_role(Role::PlacementOfficer)).await.unwrap().total, 1);
            assert_eq!(asked(world.of_other_council(Role::PlacementOfficer)).await.unwrap().total, 0);
            let same_organisation = Caller { role: Role::ContractOfficer, ..world.as_role(Role::PlacementOfficer) };
            assert!(matches!(asked(same_organisation).await, Err(Failure::Denied(Denied::NotAllowed { .. }))));
            assert!(matches!(asked(world.as_role(Role::ReferralsManager)).await, Err(Failure::Denied(_))));
        }
    }

    /// What the whole idea rests on. On SQLite there is no mark, and nothing stands.
    async fn equal_marks_mean_equal_contents_while_others_write(database) {
        let world = Arc::new(world(database).await);
        let officer = world.as_role(Role::PlacementOfficer);
        let writer = |number: usize| {
            let world = Arc::clone(&world);
            async move {
                for written in 0..10 {
                    write(&world, format!("NC-{number}-{written}")).await;
                }
            }
        };
        let writers: Vec<_> = (0..4).map(|number| tokio::spawn(writer(number))).collect();
        let mut seen: HashMap<DatabaseState, i64> = HashMap::new();
        let (mut looks, mut last) = (0, 0);
        while looks < 400 || last < 40 {
            looks += 1;
            let mut reads = world.database.db.begin_read(&officer).await.unwrap();
            let mark = store::state::of(&mut reads).await.unwrap();
            (_, last) = store::purchasing::referral::board(&mut reads, officer.organisation, true, 1, 0, BOARD.today).await.unwrap();
            if let Some(mark) = mark {
                let before = *seen.entry(mark.clone()).or_insert(last);
                assert_eq!(before, last, "{mark:?}");
            }
        }
        for writer in writers {
            writer.await.unwrap();
        }
    }
}

//! A leaver is removed and a lost telephone reset, on pages, without script.

use axum::http::StatusCode;
use domain::people::Role;
use service::ask;
use service::people::organisation::Colleagues;
use testkit::{World, world};

use crate::browser::Browser;
use crate::markup::faults;

/// A page as its reader sees the addresses in it: our tables escape more than they must.
fn addresses(page: &str) -> String {
    page.replace("&#x2f;", "/")
}

/// The role of whoever has this one in the council.
async fn membership(world: &World, role: Role) -> String {
    let people = ask(&world.nearhome, &world.as_role(Role::Administrator), &Colleagues).await.unwrap();
    people.iter().find(|one| one.role == role).unwrap().membership.to_string()
}

testkit::both! {
    async fn a_leavers_role_is_ended_and_their_running_session_is_refused(database) {
        let world = world(database).await;
        let mut admin = Browser::of(&world, &world.as_role(Role::Administrator)).await;
        let leaver = Browser::of(&world, &world.as_role(Role::SocialWorker)).await;
        assert_eq!(leaver.get("/board").await.status, StatusCode::OK);
        let id = membership(&world, Role::SocialWorker).await;
        let path = format!("/people/{id}/end");
        let list = admin.get("/people").await;
        assert!(addresses(&list.body).contains(&path) && list.body.contains("<caption"), "{}", list.body);
        let confirm = admin.get(&path).await;
        assert!(confirm.body.contains("signed out everywhere") && faults(&confirm.body).is_empty(), "{}", confirm.body);

        let without = admin.post(&path, "").await;
        assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(without.body.contains("href=\"#reason\"") && without.body.contains("Select why the role ends"), "{}", without.body);
        assert_eq!(leaver.get("/board").await.status, StatusCode::OK, "nothing has happened yet");

        let ended = admin.post(&path, "reason=LEFT").await;
        assert_eq!(ended.status, StatusCode::SEE_OTHER, "{}", ended.body);
        let list = admin.get(ended.header("location")).await;
        assert!(list.body.contains("The role was ended") && !addresses(&list.body).contains(&path), "{}", list.body);
        let next = leaver.get("/board").await;
        assert!(next.status == StatusCode::SEE_OTHER && next.header("location").starts_with("/sign-in"), "{:?}", next.status);
        assert_eq!(admin.post(&path, "reason=LEFT").await.status, StatusCode::UNPROCESSABLE_ENTITY, "it has ended");
    }

    async fn the_last_who_keeps_people_cannot_go(database) {
        let world = world(database).await;
        let mut admin = Browser::of(&world, &world.as_role(Role::Administrator)).await;
        let path = format!("/people/{}/end", membership(&world, Role::Administrator).await);
        let refused = admin.post(&path, "reason=LEFT").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("Nobody else could invite people after that"), "{}", refused.body);
        assert_eq!(admin.get("/people").await.status, StatusCode::OK);
    }

    async fn a_lost_telephone_is_reset_and_an_invitation_withdrawn(database) {
        let world = world(database).await;
        let mut admin = Browser::of(&world, &world.as_role(Role::Administrator)).await;
        let loser = Browser::of(&world, &world.as_role(Role::TeamManager)).await;
        let path = format!("/people/{}/reset", membership(&world, Role::TeamManager).await);
        let confirm = admin.get(&path).await;
        assert!(confirm.body.contains("stop working at once") && faults(&confirm.body).is_empty(), "{}", confirm.body);
        let reset = admin.post(&path, "").await;
        assert_eq!(reset.status, StatusCode::SEE_OTHER, "{}", reset.body);
        assert_eq!(loser.get("/board").await.status, StatusCode::SEE_OTHER, "they are signed out");

        let list = admin.get(reset.header("location")).await;
        assert!(list.body.contains("no longer work"), "no banner: {}", list.body);
        let body = addresses(&list.body);
        let (_, rest) = body.split_once("/people/invited/").unwrap();
        let withdraw = format!("/people/invited/{}", rest.split('"').next().unwrap());
        let confirm = admin.get(&withdraw).await;
        assert!(confirm.body.contains("Withdraw the invitation") && faults(&confirm.body).is_empty(), "{}", confirm.body);
        let done = admin.post(&withdraw, "").await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let list = admin.get(done.header("location")).await;
        assert!(list.body.contains("No invitation is open") && list.body.contains("was withdrawn"), "{}", list.body);
    }

    async fn the_own_address_is_refused_at_its_field(database) {
        let world = world(database).await;
        let mut admin = Browser::of(&world, &world.as_role(Role::Administrator)).await;
        let people = ask(&world.nearhome, &world.as_role(Role::Administrator), &Colleagues).await.unwrap();
        let own = &people.iter().find(|one| one.role == Role::Administrator).unwrap().email;
        let form = format!("name=Me&email={}&role=SOCIAL_WORKER&post=Case+work", own.replace('@', "%40"));
        let refused = admin.post("/people/invite", &form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("href=\"#email\"") && refused.body.contains("nobody gives a role to themselves"), "{}", refused.body);
    }
}

//! Those who keep people and tokens let nobody near a child's case alone, and what somebody held ends when they leave.

use domain::access::{Action, Relation, authorise, worker};
use domain::people::{Caller, Role, RoleEnd};
use service::jobs::run_due;
use service::people::organisation::{ColleagueRole, Colleagues, EndMembership, InvitePerson, IssueToken, RevokeToken, Tokens, issue_token};
use service::people::sign_in::{self, Token};
use service::people::tokens::RolesForSoftware;
use service::{Failure, ask, perform};
use testkit::{SmtpServer, both};
use uuid::Uuid;

use crate::invitation::mailer;
use crate::people::{Running, message_at};

const ADMIN: &str = "admin@riverside.example";
const WORKER: &str = "worker@riverside.example";
const NEW: &str = "new@riverside.example";

fn key(running: &Running) -> Uuid {
    Uuid::from_u128(running.nearhome.random())
}

async fn token(running: &Running, caller: &Caller, role: Role) -> Result<Token, Failure> {
    let wanted = IssueToken { name: "Case system".to_owned(), role, days: 30 };
    issue_token(&running.nearhome, caller, key(running), &wanted).await.map(|(_, token)| token)
}

async fn works(running: &Running, token: &Token) -> bool {
    sign_in::api_caller(&running.nearhome, token.reveal()).await.unwrap().is_some()
}

async fn invite(running: &Running, caller: &Caller, email: &str, role: Role) -> Result<(), Failure> {
    let (organisation, name, post) = (running.council, "Grace Example".to_owned(), "Placements".to_owned());
    let wanted = InvitePerson { organisation, email: email.to_owned(), name, role, post };
    perform(&running.nearhome, caller, key(running), &wanted).await.map(drop)
}

/// To whom the letters that wait go, and what they say.
async fn letters(running: &Running) -> Vec<(String, String)> {
    let server = SmtpServer::start().await;
    while run_due(&running.nearhome, &mailer(&server)).await.unwrap() > 0 {}
    let mut all: Vec<_> = server.messages().into_iter().map(|letter| (letter.to[0].clone(), letter.content)).collect();
    all.sort();
    all
}

/// Ends the role of whoever has this email.
async fn end(running: &Running, caller: &Caller, email: &str, role: Role) -> Vec<String> {
    let people = ask(&running.nearhome, caller, &Colleagues).await.unwrap();
    let membership = people.iter().find(|one| one.email == email && one.role == role).unwrap().membership;
    let shown = ask(&running.nearhome, caller, &ColleagueRole { membership }).await.unwrap();
    let end = EndMembership { membership, reason: RoleEnd::Left };
    perform(&running.nearhome, caller, key(running), &end).await.unwrap();
    shown.tokens
}

both! {
    async fn an_administrator_issues_no_token_that_reaches_children(database) {
        let running = Running::on(&database).await;
        running.person(ADMIN, &[Role::Administrator]).await;
        let admin = running.caller(ADMIN).await;
        for role in [Role::SocialWorker, Role::PlacementOfficer, Role::ReviewingOfficer] {
            let refused = token(&running, &admin, role).await.unwrap_err();
            assert!(message_at(&refused, "role").contains("reaches children"), "{role}: {refused:?}");
        }
        let for_people = token(&running, &admin, Role::Director).await.unwrap_err();
        assert!(message_at(&for_people, "role").contains("given by people"));
        assert_eq!(ask(&running.nearhome, &admin, &RolesForSoftware).await.unwrap(), [Role::ContractOfficer, Role::FinanceOfficer]);
        let finance = token(&running, &admin, Role::FinanceOfficer).await.unwrap();
        assert!(works(&running, &finance).await);
    }

    async fn software_calls_with_a_token_until_it_is_revoked(database) {
        let running = Running::on(&database).await;
        running.person(WORKER, &[Role::SocialWorker]).await;
        let worker = running.caller(WORKER).await;
        let wanted = IssueToken { name: "Case system".to_owned(), role: Role::SocialWorker, days: 30 };
        let key = Uuid::from_u128(6);
        let (id, token) = issue_token(&running.nearhome, &worker, key, &wanted).await.unwrap();
        assert!(matches!(issue_token(&running.nearhome, &worker, key, &wanted).await, Err(Failure::Conflict(_))), "shown once");
        let software = sign_in::api_caller(&running.nearhome, token.reveal()).await.unwrap().unwrap();
        assert_eq!((software.role, software.caller.organisation), (Role::SocialWorker, running.council));
        assert!(sign_in::api_caller(&running.nearhome, "guess").await.unwrap().is_none());
        assert!(running.who(&token).await.is_none(), "a token is no session");
        assert_eq!(ask(&running.nearhome, &worker, &Tokens).await.unwrap()[0].id, id);
        running.person("other@riverside.example", &[Role::PlacementOfficer]).await;
        let other = running.caller("other@riverside.example").await;
        let not_theirs = perform(&running.nearhome, &other, Uuid::from_u128(7), &RevokeToken { token: id }).await;
        assert!(matches!(not_theirs, Err(Failure::Refused(_))), "{not_theirs:?}");
        running.person(ADMIN, &[Role::Administrator]).await;
        let admin = running.caller(ADMIN).await;
        perform(&running.nearhome, &admin, Uuid::from_u128(8), &RevokeToken { token: id }).await.unwrap();
        assert!(!works(&running, &token).await);
    }

    async fn a_leavers_tokens_end_with_the_role_that_they_need(database) {
        let running = Running::on(&database).await;
        running.person(ADMIN, &[Role::Administrator]).await;
        running.person("both@riverside.example", &[Role::PlacementOfficer, Role::Administrator]).await;
        let admin = running.caller(ADMIN).await;
        let both = running.caller("both@riverside.example").await;
        let [child, money] = [Role::PlacementOfficer, Role::FinanceOfficer];
        let (reaches, pays) = (token(&running, &both, child).await.unwrap(), token(&running, &both, money).await.unwrap());
        let session = running.sign_in("both@riverside.example").await;
        let told = end(&running, &admin, "both@riverside.example", Role::PlacementOfficer).await;
        assert!(running.who(&session).await.is_none(), "signed out, also from the role that is left");
        assert_eq!(told.len(), 1, "the page says which tokens end");
        assert_eq!((works(&running, &reaches).await, works(&running, &pays).await), (false, true));
        assert_eq!(ask(&running.nearhome, &admin, &Tokens).await.unwrap().len(), 1, "revoked, not only refused");
        end(&running, &admin, "both@riverside.example", Role::Administrator).await;
        assert!(!works(&running, &pays).await);
    }

    async fn a_token_works_no_longer_than_its_issuer_could_issue_it(database) {
        let running = Running::on(&database).await;
        running.person("both@riverside.example", &[Role::PlacementOfficer, Role::Administrator]).await;
        let both = running.caller("both@riverside.example").await;
        let reaches = token(&running, &both, Role::PlacementOfficer).await.unwrap();
        assert!(works(&running, &reaches).await);
        // The role goes without the act that revokes: by a restored copy, or by a version of the program that knew no better.
        let grant = authorise(&worker(), Action::RunJobs, Some(Relation::Shared)).unwrap();
        let mut tx = running.nearhome.db().begin_write(&worker()).await.unwrap().enter(grant, running.now(), 9);
        let roles = store::people::organisation::roles_of(&mut tx, both.person).await.unwrap();
        let mut row = roles.into_iter().find(|role| role.role == Role::PlacementOfficer).unwrap();
        row.ended_at = Some(running.now());
        tx.update(&mut row, &serde_json::json!({ "shape": 1 })).await.unwrap();
        tx.commit().await.unwrap();
        assert!(!works(&running, &reaches).await);
    }

    async fn nobody_gives_a_role_to_their_own_address(database) {
        let running = Running::on(&database).await;
        running.person(ADMIN, &[Role::Administrator]).await;
        let admin = running.caller(ADMIN).await;
        let own = invite(&running, &admin, " Admin@Riverside.example ", Role::PlacementOfficer).await.unwrap_err();
        assert!(message_at(&own, "email").contains("nobody gives a role to themselves"));
        assert_eq!(letters(&running).await, []);
    }

    async fn others_hear_when_a_person_is_invited_near_a_childs_case(database) {
        let running = Running::on(&database).await;
        running.person(ADMIN, &[Role::Administrator, Role::HeadOfService]).await;
        running.person("second@riverside.example", &[Role::Administrator, Role::Director]).await;
        running.person("head@riverside.example", &[Role::HeadOfService]).await;
        running.person(WORKER, &[Role::SocialWorker]).await;
        let admin = running.caller(ADMIN).await;
        invite(&running, &Caller { role: Role::Administrator, ..admin.clone() }, NEW, Role::TeamManager).await.unwrap();
        let sent = letters(&running).await;
        let to: Vec<&str> = sent.iter().map(|(to, _)| to.as_str()).collect();
        assert_eq!(to, ["head@riverside.example", NEW, "second@riverside.example"], "each once, the inviter not");
        assert!(sent[0].1.contains("(admin@riverside.example) invited Grace Example"), "{}", sent[0].1);
        assert!(!sent[0].1.contains("/invitations/"), "only the invited get the link");

        let admin = Caller { role: Role::Administrator, ..admin };
        invite(&running, &admin, "payer@riverside.example", Role::FinanceOfficer).await.unwrap();
        assert_eq!(letters(&running).await.len(), 1, "a role that reaches no child is nobody else's concern");
        invite(&running, &worker(), "third@riverside.example", Role::SocialWorker).await.unwrap();
        assert_eq!(letters(&running).await.len(), 1, "the installation's invitations are its own");
    }

    async fn an_ended_role_cannot_be_ended_again_and_keeps_its_reason(database) {
        let running = Running::on(&database).await;
        running.person(ADMIN, &[Role::Administrator]).await;
        running.person(WORKER, &[Role::SocialWorker]).await;
        let session = running.sign_in(WORKER).await;
        let admin = running.caller(ADMIN).await;
        let membership = running.who(&session).await.unwrap().membership.unwrap();
        end(&running, &admin, WORKER, Role::SocialWorker).await;
        assert!(running.who(&session).await.is_none(), "the running session is refused at its next request");
        let again = EndMembership { membership, reason: RoleEnd::Away };
        assert!(matches!(perform(&running.nearhome, &admin, key(&running), &again).await, Err(Failure::Refused(_))));
        let mut reads = running.nearhome.db().begin_read(&worker()).await.unwrap();
        let row: store::people::organisation::Membership = store::Reads::get(&mut reads, membership).await.unwrap();
        assert_eq!(row.ended_reason, Some(RoleEnd::Left));
    }
}

//! Being invited, and taking it up.

use domain::access::{Denied, worker};
use domain::people::{OrganisationKind, Role};
use service::jobs::mail::{MailSettings, MailTls, Mailer};
use service::jobs::run_due;
use service::people::organisation::{InvitePerson, OpenInvitations, ResetSignIn, WithdrawInvitation, accept_invitation, invited};
use service::people::sign_in::{self, NextStep, Token};
use service::{Failure, ask, perform};
use testkit::{SmtpServer, both};
use uuid::Uuid;

use crate::people::{ADDRESS, PASSWORD, Running, message_at};

const NEW: &str = "grace@riverside.example";

fn invitation(running: &Running, email: &str, role: Role) -> InvitePerson {
    InvitePerson {
        organisation: running.council,
        email: email.to_owned(),
        name: "Grace Example".to_owned(),
        role,
        post: "Placements".to_owned(),
    }
}

pub fn settings(server: &SmtpServer) -> MailSettings {
    MailSettings {
        host: "127.0.0.1".to_owned(),
        port: server.port,
        from: "Nearhome <nearhome@riverside.example>".to_owned(),
        tls: MailTls::None,
        user: None,
        password: None,
        site: "https://nearhome.example/".to_owned(),
    }
}

pub fn mailer(server: &SmtpServer) -> Mailer {
    Mailer::new(&settings(server)).unwrap()
}

/// Invites, delivers the letter, and takes the token out of it, as its reader would.
async fn letter_of(running: &Running, wanted: &InvitePerson) -> Token {
    perform(&running.nearhome, &worker(), Uuid::from_u128(running.nearhome.random()), wanted).await.unwrap();
    delivered(running, &wanted.email).await
}

/// Delivers the one letter that waits, which is for this reader.
async fn delivered(running: &Running, email: &str) -> Token {
    let server = SmtpServer::start().await;
    assert_eq!(run_due(&running.nearhome, &mailer(&server)).await.unwrap(), 1);
    assert_eq!(server.messages().pop().unwrap().to, [email.to_owned()]);
    token_in(&server)
}

/// The token in the last letter that was delivered there.
pub fn token_in(server: &SmtpServer) -> Token {
    let message = server.messages().pop().unwrap();
    let content = message.content.replace("=\n", "");
    let token = content.split("/invitations/").nth(1).unwrap().lines().next().unwrap();
    Token::received(token)
}

both! {
    async fn an_invitation_is_taken_up_once(database) {
        let running = Running::on(&database).await;
        let token = letter_of(&running, &invitation(&running, NEW, Role::PlacementOfficer)).await;
        let seen = invited(&running.nearhome, &token).await.unwrap();
        assert_eq!((seen.email.as_str(), seen.has_account), (NEW, false));
        accept_invitation(&running.nearhome, &token, PASSWORD).await.unwrap();
        let again = accept_invitation(&running.nearhome, &token, PASSWORD).await;
        assert!(matches!(again, Err(Failure::Refused(_))));
        let begun = sign_in::begin(&running.nearhome, NEW, PASSWORD, ADDRESS).await.unwrap();
        assert!(matches!(begun.next, NextStep::Enrol(_)), "the app is set up at the first sign-in");
    }

    async fn two_who_take_up_the_same_invitation_make_one_person(database) {
        let running = Running::on(&database).await;
        let token = letter_of(&running, &invitation(&running, NEW, Role::PlacementOfficer)).await;
        let tries: Vec<_> = (0..4)
            .map(|_| {
                let (nearhome, token) = (running.nearhome.clone(), token.clone());
                tokio::spawn(async move { accept_invitation(&nearhome, &token, PASSWORD).await.is_ok() })
            })
            .collect();
        let mut taken_up = 0;
        for outcome in tries {
            taken_up += usize::from(outcome.await.unwrap());
        }
        assert_eq!(taken_up, 1);
    }

    async fn a_weak_password_is_answered_at_the_field(database) {
        let running = Running::on(&database).await;
        let token = letter_of(&running, &invitation(&running, NEW, Role::PlacementOfficer)).await;
        for (password, words) in [
            ("short", "12 characters or more"),
            ("passwordpassword", "Choose a harder one"),
            ("grace@riverside.example", "Choose a harder one"),
            ("Grace Example", "Choose a harder one"),
            ("123456789012", "Choose a harder one"),
        ] {
            let failure = accept_invitation(&running.nearhome, &token, password).await.unwrap_err();
            assert!(message_at(&failure, "password").contains(words), "{password}: {failure:?}");
        }
        accept_invitation(&running.nearhome, &token, PASSWORD).await.unwrap();
    }

    async fn an_invitation_does_not_take_over_an_account(database) {
        let running = Running::on(&database).await;
        running.person(NEW, &[Role::Director]).await;
        let token = letter_of(&running, &invitation(&running, NEW, Role::TeamManager)).await;
        assert!(invited(&running.nearhome, &token).await.unwrap().has_account);
        let taken = accept_invitation(&running.nearhome, &token, "another long enough password").await.unwrap_err();
        assert!(message_at(&taken, "password").contains("already sign in"));
        accept_invitation(&running.nearhome, &token, PASSWORD).await.unwrap();
        let session = running.sign_in(NEW).await;
        assert_eq!(running.who(&session).await.unwrap().roles.len(), 2);
    }

    async fn a_lost_password_and_telephone_are_set_anew_by_email_only(database) {
        let running = Running::on(&database).await;
        running.person("admin@riverside.example", &[Role::Administrator]).await;
        running.person(NEW, &[Role::Director]).await;
        let admin = running.caller("admin@riverside.example").await;
        let session = running.sign_in(NEW).await;
        let membership = running.who(&session).await.unwrap().membership.unwrap();
        perform(&running.nearhome, &admin, Uuid::from_u128(13), &ResetSignIn { membership }).await.unwrap();
        assert!(running.who(&session).await.is_none());
        assert!(sign_in::begin(&running.nearhome, NEW, PASSWORD, ADDRESS).await.is_err());
        let token = delivered(&running, NEW).await;
        accept_invitation(&running.nearhome, &token, "nine kestrels above Derwent").await.unwrap();
        let begun = sign_in::begin(&running.nearhome, NEW, "nine kestrels above Derwent", ADDRESS).await.unwrap();
        let NextStep::Enrol(enrolment) = begun.next else { panic!("the old secret still counts") };
        let secret = totp_rs::Secret::try_from_base32(&enrolment.secret).unwrap();
        // The code of the new secret has to come from a later step than the last one that was used.
        running.forward(30);
        let session = sign_in::second_factor(&running.nearhome, &begun.token, &running.code(secret.as_ref())).await.unwrap();
        assert_eq!(running.who(&session).await.unwrap().roles.len(), 1, "the same role, not a second one");
    }

    async fn a_withdrawn_invitation_opens_nothing(database) {
        let running = Running::on(&database).await;
        running.person("admin@riverside.example", &[Role::Administrator]).await;
        let admin = running.caller("admin@riverside.example").await;
        let token = letter_of(&running, &invitation(&running, NEW, Role::TeamManager)).await;
        let open = ask(&running.nearhome, &admin, &OpenInvitations { at: running.now() }).await.unwrap();
        assert_eq!(open[0].email, NEW);
        let withdraw = WithdrawInvitation { invitation: open[0].id };
        perform(&running.nearhome, &admin, Uuid::from_u128(14), &withdraw).await.unwrap();
        assert!(matches!(accept_invitation(&running.nearhome, &token, PASSWORD).await, Err(Failure::Refused(_))));
        assert_eq!(ask(&running.nearhome, &admin, &OpenInvitations { at: running.now() }).await.unwrap(), []);
    }

    async fn an_invitation_is_over_after_a_week(database) {
        let running = Running::on(&database).await;
        let token = letter_of(&running, &invitation(&running, NEW, Role::PlacementOfficer)).await;
        running.forward(7 * 24 * 60 * 60);
        assert!(matches!(invited(&running.nearhome, &token).await, Err(Failure::Refused(_))));
        assert!(matches!(accept_invitation(&running.nearhome, &token, PASSWORD).await, Err(Failure::Refused(_))));
    }

    async fn nobody_invites_into_another_organisation_or_a_role_that_it_does_not_have(database) {
        let running = Running::on(&database).await;
        running.person("admin@riverside.example", &[Role::Administrator]).await;
        let admin = running.caller("admin@riverside.example").await;
        assert_eq!(admin.kind, OrganisationKind::Council);
        let elsewhere = InvitePerson { organisation: running.provider, ..invitation(&running, NEW, Role::ReferralsManager) };
        let refused = perform(&running.nearhome, &admin, Uuid::from_u128(9), &elsewhere).await;
        assert!(matches!(refused, Err(Failure::Denied(Denied::NotVisible))));
        let wrong_role = invitation(&running, NEW, Role::ReferralsManager);
        let refused = perform(&running.nearhome, &admin, Uuid::from_u128(10), &wrong_role).await.unwrap_err();
        assert!(message_at(&refused, "role").contains("Riverside Council"));
        let wrong_address = invitation(&running, "grace at riverside", Role::TeamManager);
        let refused = perform(&running.nearhome, &admin, Uuid::from_u128(11), &wrong_address).await.unwrap_err();
        assert!(message_at(&refused, "email").contains("name@example.com"));
    }
}

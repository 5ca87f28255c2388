//! Who gets in, who does not, and what either can tell from it.

use domain::access::{Denied, worker};
use domain::people::{Role, RoleEnd};
use service::people::organisation::{Colleagues, EndMembership};
use service::people::sign_in::{self, NextStep};
use service::{Failure, ask, perform};
use testkit::both;
use uuid::Uuid;

use crate::people::{ADDRESS, PASSWORD, Running, SECRET, message_at};

const ADA: &str = "ada@riverside.example";

both! {
    async fn a_password_and_a_code_open_a_session_under_a_new_token(database) {
        let running = Running::on(&database).await;
        let ada = running.person(ADA, &[Role::PlacementOfficer]).await;
        let begun = sign_in::begin(&running.nearhome, " Ada@Riverside.example ", PASSWORD, ADDRESS).await.unwrap();
        assert_eq!(begun.next, NextStep::Code);
        assert!(running.who(&begun.token).await.is_none(), "a password alone opens nothing");
        let token = sign_in::second_factor(&running.nearhome, &begun.token, &running.code(&SECRET)).await.unwrap();
        assert_ne!(token, begun.token);
        assert!(running.who(&begun.token).await.is_none(), "the token from before is worth nothing");
        let signed_in = running.who(&token).await.unwrap();
        assert_eq!((signed_in.caller.person, signed_in.caller.organisation), (ada, running.council));
        assert_eq!((signed_in.role, signed_in.organisation_name.as_str()), (Role::PlacementOfficer, "Riverside Council (synthetic)"));
        assert!(!signed_in.is_sample_world);
        let again = sign_in::second_factor(&running.nearhome, &begun.token, &running.code(&SECRET)).await;
        assert!(matches!(again, Err(Failure::Denied(Denied::SignInFirst))));
        assert_eq!(format!("{token:?}"), "Token(…)");
    }

    async fn an_unknown_email_and_a_wrong_password_look_alike(database) {
        let running = Running::on(&database).await;
        running.person(ADA, &[Role::PlacementOfficer]).await;
        let mut heard = Vec::new();
        for email in [ADA, "nobody@riverside.example"] {
            for _ in 0..6 {
                let failure = sign_in::begin(&running.nearhome, email, "not the password", ADDRESS).await.unwrap_err();
                heard.push(format!("{failure:?}"));
            }
        }
        let (known, unknown) = heard.split_at(6);
        assert_eq!(known, unknown, "in the first five answers and in the refusal of the sixth");
    }

    async fn the_sixth_try_is_refused_even_with_the_right_password_until_the_time_is_over(database) {
        let running = Running::on(&database).await;
        running.person(ADA, &[Role::PlacementOfficer]).await;
        for _ in 0..5 {
            let wrong = sign_in::begin(&running.nearhome, ADA, "not the password", ADDRESS).await.unwrap_err();
            assert_eq!(message_at(&wrong, ""), "The email address or the password is not right");
        }
        let Err(Failure::Refused(why)) = sign_in::begin(&running.nearhome, ADA, PASSWORD, "192.0.2.200").await else { panic!() };
        assert_eq!(why, "Too many attempts. Try again after 10:16am");
        running.forward(16 * 60);
        sign_in::begin(&running.nearhome, ADA, PASSWORD, ADDRESS).await.unwrap();
    }

    async fn one_address_cannot_try_many_emails(database) {
        let running = Running::on(&database).await;
        for number in 0..20 {
            let wrong = sign_in::begin(&running.nearhome, &format!("{number}@riverside.example"), "x", ADDRESS).await;
            assert!(matches!(wrong, Err(Failure::Invalid(_))));
        }
        let refused = sign_in::begin(&running.nearhome, "20@riverside.example", "x", ADDRESS).await;
        assert!(matches!(refused, Err(Failure::Refused(_))));
        let elsewhere = sign_in::begin(&running.nearhome, "20@riverside.example", "x", "192.0.2.8").await;
        assert!(matches!(elsewhere, Err(Failure::Invalid(_))));
    }

    async fn guesses_at_the_same_time_are_counted_one_after_the_other(database) {
        let running = Running::on(&database).await;
        running.person(ADA, &[Role::PlacementOfficer]).await;
        let guesses: Vec<_> = (0..12)
            .map(|_| {
                let nearhome = running.nearhome.clone();
                tokio::spawn(async move { sign_in::begin(&nearhome, ADA, "not the password", ADDRESS).await })
            })
            .collect();
        let mut heard = 0;
        for guess in guesses {
            heard += usize::from(matches!(guess.await.unwrap(), Err(Failure::Invalid(_))));
        }
        assert_eq!(heard, 5);
    }

    async fn a_code_works_once_and_wrong_codes_are_counted(database) {
        let running = Running::on(&database).await;
        running.person(ADA, &[Role::PlacementOfficer]).await;
        let first = sign_in::begin(&running.nearhome, ADA, PASSWORD, ADDRESS).await.unwrap();
        let code = running.code(&SECRET);
        sign_in::second_factor(&running.nearhome, &first.token, &code).await.unwrap();
        let second = sign_in::begin(&running.nearhome, ADA, PASSWORD, ADDRESS).await.unwrap();
        for _ in 0..5 {
            let replayed = sign_in::second_factor(&running.nearhome, &second.token, &code).await.unwrap_err();
            assert!(message_at(&replayed, "code").contains("already used"));
        }
        running.forward(30);
        let refused = sign_in::second_factor(&running.nearhome, &second.token, &running.code(&SECRET)).await;
        assert!(matches!(refused, Err(Failure::Refused(_))), "five wrong codes close the door for the right one");
    }

    async fn the_same_code_sent_twice_at_once_works_once(database) {
        let running = Running::on(&database).await;
        running.person(ADA, &[Role::PlacementOfficer]).await;
        let code = running.code(&SECRET);
        let mut tries = Vec::new();
        for _ in 0..4 {
            let begun = sign_in::begin(&running.nearhome, ADA, PASSWORD, ADDRESS).await.unwrap();
            let (nearhome, code) = (running.nearhome.clone(), code.clone());
            tries.push(tokio::spawn(async move { sign_in::second_factor(&nearhome, &begun.token, &code).await.is_ok() }));
        }
        let mut opened = 0;
        for outcome in tries {
            opened += usize::from(outcome.await.unwrap());
        }
        assert_eq!(opened, 1);
    }

    async fn a_session_knows_that_the_database_is_for_trying_out(database) {
        let running = Running::on(&database).await;
        running.person(ADA, &[Role::PlacementOfficer]).await;
        let consortium = service::governance::consortium::read(include_str!("../../../../config/d2n2.toml")).unwrap();
        let command = service::governance::consortium::ChangeConsortium { consortium, is_sample: true };
        perform(&running.nearhome, &worker(), Uuid::from_u128(12), &command).await.unwrap();
        let token = running.sign_in(ADA).await;
        assert!(running.who(&token).await.unwrap().is_sample_world);
    }

    async fn the_first_right_code_confirms_the_secret(database) {
        let running = Running::on(&database).await;
        let council = running.council;
        let person = service::people::organisation::RegisterPerson {
            email: ADA.to_owned(),
            name: "Ada Example".to_owned(),
            password: Some(PASSWORD.to_owned()),
            totp_secret: None,
            roles: vec![service::people::organisation::RoleToGive { organisation: council, role: Role::Director, post: "Director".to_owned() }],
            is_sample: true,
        };
        perform(&running.nearhome, &worker(), Uuid::from_u128(3), &person).await.unwrap();
        let first = sign_in::begin(&running.nearhome, ADA, PASSWORD, ADDRESS).await.unwrap();
        let second = sign_in::begin(&running.nearhome, ADA, PASSWORD, ADDRESS).await.unwrap();
        assert_eq!(first.next, second.next, "the same secret until it is confirmed");
        let NextStep::Enrol(enrolment) = second.next.clone() else { panic!("no secret to set up") };
        assert!(enrolment.secret_uri.starts_with("otpauth://totp/Nearhome:ada%40riverside.example?"), "{}", enrolment.secret_uri);
        assert_eq!(sign_in::next_step(&running.nearhome, &second.token).await.unwrap(), Some(second.next));
        let secret = totp_rs::Secret::try_from_base32(&enrolment.secret).unwrap();
        sign_in::second_factor(&running.nearhome, &second.token, &running.code(secret.as_ref())).await.unwrap();
        assert_eq!(sign_in::begin(&running.nearhome, ADA, PASSWORD, ADDRESS).await.unwrap().next, NextStep::Code);
    }

    async fn a_session_ends_after_an_idle_hour_and_after_twelve_in_any_case(database) {
        let running = Running::on(&database).await;
        running.person(ADA, &[Role::PlacementOfficer]).await;
        let idle = running.sign_in(ADA).await;
        running.forward(60 * 60);
        assert!(running.who(&idle).await.is_none());
        let busy = running.sign_in(ADA).await;
        for _ in 0..14 {
            running.forward(50 * 60);
            assert!(running.who(&busy).await.is_some());
        }
        running.forward(20 * 60);
        assert!(running.who(&busy).await.is_none(), "twelve hours are over");
    }

    async fn a_password_waits_ten_minutes_for_its_code(database) {
        let running = Running::on(&database).await;
        running.person(ADA, &[Role::PlacementOfficer]).await;
        let begun = sign_in::begin(&running.nearhome, ADA, PASSWORD, ADDRESS).await.unwrap();
        running.forward(10 * 60);
        assert_eq!(sign_in::next_step(&running.nearhome, &begun.token).await.unwrap(), None);
        let late = sign_in::second_factor(&running.nearhome, &begun.token, &running.code(&SECRET)).await;
        assert!(matches!(late, Err(Failure::Denied(Denied::SignInFirst))));
    }

    async fn a_removed_role_stops_at_once(database) {
        let running = Running::on(&database).await;
        running.person(ADA, &[Role::PlacementOfficer]).await;
        running.person("admin@riverside.example", &[Role::Administrator]).await;
        let token = running.sign_in(ADA).await;
        let admin = running.caller("admin@riverside.example").await;
        let membership = running.who(&token).await.unwrap().membership.unwrap();
        let end = EndMembership { membership, reason: RoleEnd::Left };
        perform(&running.nearhome, &admin, Uuid::from_u128(4), &end).await.unwrap();
        assert!(running.who(&token).await.is_none());
        let left = ask(&running.nearhome, &admin, &Colleagues).await.unwrap();
        assert_eq!(left.len(), 1, "the administrator alone");
        let last = EndMembership { membership: left[0].membership, reason: RoleEnd::Left };
        assert!(matches!(perform(&running.nearhome, &admin, Uuid::from_u128(5), &last).await, Err(Failure::Refused(_))));
        running.forward(30);
        let begun = sign_in::begin(&running.nearhome, ADA, PASSWORD, ADDRESS).await.unwrap();
        let nothing_to_do = sign_in::second_factor(&running.nearhome, &begun.token, &running.code(&SECRET)).await;
        assert!(matches!(nothing_to_do, Err(Failure::Refused(_))));
    }

    async fn people_change_between_their_own_roles_only(database) {
        let running = Running::on(&database).await;
        running.person(ADA, &[Role::PlacementOfficer, Role::TeamManager]).await;
        running.person("other@riverside.example", &[Role::Director]).await;
        let token = running.sign_in(ADA).await;
        let others = running.sign_in("other@riverside.example").await;
        let signed_in = running.who(&token).await.unwrap();
        assert_eq!(signed_in.roles.len(), 2);
        for role in &signed_in.roles {
            sign_in::choose_role(&running.nearhome, &signed_in, &token, role.membership).await.unwrap();
            assert_eq!(running.who(&token).await.unwrap().role, role.role);
        }
        let theirs = running.who(&others).await.unwrap();
        let forbidden = sign_in::choose_role(&running.nearhome, &signed_in, &token, theirs.membership.unwrap()).await;
        assert!(matches!(forbidden, Err(Failure::Denied(Denied::NotVisible))));
        let mixed = sign_in::choose_role(&running.nearhome, &theirs, &token, theirs.membership.unwrap()).await;
        assert!(matches!(mixed, Err(Failure::Denied(Denied::NotVisible))), "the token decides, not what the page believed");
    }

    async fn signing_out_ends_the_session(database) {
        let running = Running::on(&database).await;
        running.person(ADA, &[Role::PlacementOfficer]).await;
        let token = running.sign_in(ADA).await;
        sign_in::sign_out(&running.nearhome, &token).await.unwrap();
        assert!(running.who(&token).await.is_none());
        sign_in::sign_out(&running.nearhome, &token).await.unwrap();
    }
}

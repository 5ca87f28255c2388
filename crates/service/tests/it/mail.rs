//! The outbox and a real mail server.

use domain::access::{Action, Relation, authorise, worker};
use service::Failure;
use service::jobs::mail::{self, Mail, MailSettings, MailTls, Mailer};
use service::jobs::run_due;
use store::Tx;
use testkit::{SmtpServer, both};

use crate::invitation::{mailer, settings};
use crate::people::Running;

async fn begin(running: &Running) -> Tx {
    let threshold = running.nearhome.db().begin_write(&worker()).await.unwrap();
    let grant = authorise(&worker(), Action::RunJobs, Some(Relation::Shared)).unwrap();
    threshold.enter(grant, running.now(), running.nearhome.random())
}

async fn enqueue(running: &Running, body: &str) {
    let mut tx = begin(running).await;
    let to = "pat@harbour.example".to_owned();
    mail::enqueue(&mut tx, &Mail::Notice { to, subject: "A referral waits".to_owned(), body: body.to_owned() }).await.unwrap();
    tx.commit().await.unwrap();
}

both! {
    async fn a_letter_arrives_word_for_word_and_once(database) {
        let running = Running::on(&database).await;
        let server = SmtpServer::start().await;
        enqueue(&running, "Sign in to see it.\n.A line that begins with a dot.\n").await;
        assert_eq!(run_due(&running.nearhome, &mailer(&server)).await.unwrap(), 1);
        assert_eq!(run_due(&running.nearhome, &mailer(&server)).await.unwrap(), 0);
        let messages = server.messages();
        assert_eq!(messages.len(), 1);
        assert_eq!((messages[0].from.as_str(), messages[0].to[0].as_str()), ("nearhome@riverside.example", "pat@harbour.example"));
        assert!(messages[0].content.contains("Subject: A referral waits\n"), "{}", messages[0].content);
        assert!(messages[0].content.contains("Date: Mon, 14 Dec 2026 10:00:00 +0000\n"), "{}", messages[0].content);
        assert!(messages[0].content.contains("Sign in to see it.\n.A line that begins with a dot.\n"), "{}", messages[0].content);
    }

    async fn a_busy_server_is_tried_again_later_and_later(database) {
        let running = Running::on(&database).await;
        let server = SmtpServer::start().await;
        enqueue(&running, "Sign in to see it.").await;
        for minutes in [1, 2, 4] {
            server.refuse_next("451 try later");
            assert_eq!(run_due(&running.nearhome, &mailer(&server)).await.unwrap(), 1);
            running.forward(minutes * 60 - 1);
            assert_eq!(run_due(&running.nearhome, &mailer(&server)).await.unwrap(), 0, "not before {minutes} minutes");
            running.forward(1);
        }
        assert_eq!(run_due(&running.nearhome, &mailer(&server)).await.unwrap(), 1);
        assert_eq!(server.messages().len(), 1);
    }

    async fn a_letter_that_never_goes_out_is_given_up_after_eight_tries(database) {
        let running = Running::on(&database).await;
        let server = SmtpServer::start().await;
        enqueue(&running, "Sign in to see it.").await;
        let mut tried = 0;
        for _ in 0..12 {
            server.refuse_next("451 try later");
            tried += run_due(&running.nearhome, &mailer(&server)).await.unwrap();
            running.forward(2 * 60 * 60);
        }
        assert_eq!(tried, 8);
    }

    async fn what_can_never_succeed_is_tried_once(database) {
        let running = Running::on(&database).await;
        let server = SmtpServer::start().await;
        enqueue(&running, "Sign in to see it.").await;
        let mut tx = begin(&running).await;
        store::outbox::enqueue(&mut tx, "dance", &serde_json::json!({ "shape": 1 }), running.now()).await.unwrap();
        tx.commit().await.unwrap();
        server.refuse_next("550 no such mailbox");
        assert_eq!(run_due(&running.nearhome, &mailer(&server)).await.unwrap(), 2);
        running.forward(24 * 60 * 60);
        assert_eq!(run_due(&running.nearhome, &mailer(&server)).await.unwrap(), 0);
        assert_eq!(server.messages(), []);
    }

    async fn where_protection_is_asked_for_and_not_offered_nothing_is_sent(database) {
        let running = Running::on(&database).await;
        let server = SmtpServer::start().await;
        enqueue(&running, "Sign in to see it.").await;
        for tls in [MailTls::StartTls, MailTls::Tls] {
            let careful = Mailer::new(&MailSettings { tls, ..settings(&server) }).unwrap();
            assert_eq!(run_due(&running.nearhome, &careful).await.unwrap(), 1);
            assert_eq!(server.messages(), [], "{tls:?}");
            running.forward(60 * 60);
        }
        run_due(&running.nearhome, &mailer(&server)).await.unwrap();
        assert_eq!(server.messages().len(), 1, "the letter waited");
    }

    async fn two_workers_do_not_do_the_same_job(database) {
        let running = Running::on(&database).await;
        let server = SmtpServer::start().await;
        for _ in 0..6 {
            enqueue(&running, "Sign in to see it.").await;
        }
        let workers: Vec<_> = (0..3)
            .map(|_| {
                let (nearhome, mailer) = (running.nearhome.clone(), mailer(&server));
                tokio::spawn(async move { run_due(&nearhome, &mailer).await.unwrap() })
            })
            .collect();
        let mut done = 0;
        for worker in workers {
            done += worker.await.unwrap();
        }
        assert_eq!((done, server.messages().len()), (6, 6));
    }
}

#[tokio::test]
async fn a_password_is_not_sent_unprotected() {
    let server = SmtpServer::start().await;
    let (user, password) = (Some("nearhome".to_owned()), Some("secret".to_owned()));
    let open = MailSettings { user, password, ..settings(&server) };
    assert!(matches!(Mailer::new(&open), Err(Failure::Invalid(_))));
    Mailer::new(&MailSettings { tls: MailTls::StartTls, ..open }).unwrap();
}

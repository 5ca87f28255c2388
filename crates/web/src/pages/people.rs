//! The people of one's own organisation: who has which role, whom it has invited, and what has to be done when somebody
//! leaves or loses their telephone. Each act has a page that says what it does before it is done.

use axum::extract::{Path, Query, State};
use domain::Code as _;
use domain::access::{Action, could};
use domain::ids::{InvitationId, MembershipId};
use domain::people::{Role, RoleEnd};
use domain::reach::reaches_children;
use service::people::invitation::{InvitationLine, InvitePerson, OpenInvitations, ResetSignIn, WithdrawInvitation};
use service::people::organisation::{ColleagueRole, Colleagues, EndMembership, RoleShown};
use service::people::sign_in::SignedIn;
use service::{Failure, ask, perform};

use super::{Answered, Done, WasDone, done};
use crate::blocks::{Block, Cell, Fact, when};
use crate::caller::Who;
use crate::forms::Posted;
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::{self, Choice, FieldKind, Link, Page};
use crate::{forms, pages};

/// `GET /people`
pub(crate) async fn list(State(site): State<Site>, Who(who): Who, Query(was): Query<WasDone>) -> Answered {
    let colleagues = ask(&site.nearhome, &who.caller, &Colleagues).await?;
    let invited = ask(&site.nearhome, &who.caller, &OpenInvitations { at: site.nearhome.now() }).await?;
    let rows = colleagues.iter().map(|one| {
        vec![
            Cell::text(&one.name),
            Cell::text(one.role.label()),
            Cell::text(&one.post),
            // The words of a link say whom it is about also to those who hear only the links.
            Cell::link(format!("Reset {}’s sign-in", one.name), format!("/people/{}/reset", one.membership)),
            Cell::link(format!("End {}’s role", one.name), format!("/people/{}/end", one.membership)),
        ]
    });
    let columns = ["Name", "Role", "Post", "Lost sign-in", "Leaving"];
    let people = Block::table("People and their roles", &columns, rows.collect(), "Nobody has a role yet.");
    let rows = invited.iter().map(|one| {
        vec![
            Cell::text(&one.name),
            Cell::text(&one.email),
            Cell::text(one.role.label()),
            Cell::text(when(one.expires_at)),
            Cell::link(format!("Withdraw {}’s invitation", one.name), format!("/people/invited/{}/withdraw", one.id)),
        ]
    });
    let columns = ["Name", "Email", "Role", "Open until", "Withdraw"];
    let open = Block::table("Open invitations", &columns, rows.collect(), "No invitation is open.");
    let invite = could(who.role, Action::InvitePerson).then(|| Block::Acts { links: vec![Link::new("Invite somebody", "/people/invite")] });
    let mut page = pages::page(&site, Some(&who), "People").within("/people");
    page.notice = was.notice();
    Ok(pages::show(&page, Some(&who.organisation_name), &invite.into_iter().chain([people, open]).collect::<Vec<_>>())?)
}

fn page(site: &Site, who: &SignedIn, title: &str) -> Page {
    let mut page = pages::page(site, Some(who), title).within("/people");
    page.back = Some(Link::new("Back to people", "/people"));
    page
}

/// `GET /people/invite`
pub(crate) async fn ask_invite(State(site): State<Site>, Who(who): Who) -> Answered {
    invite_page(&site, &who, None)
}

fn invite_page(site: &Site, who: &SignedIn, again: Option<(&Posted, &Wrong)>) -> Answered {
    let held = Role::ALL.iter().filter(|role| role.held_in() == who.organisation_kind);
    let reaches = |role: &Role| reaches_children(*role).then(|| "Reaches the cases of children".to_owned());
    let options = held.map(|role| Choice { code: role.code().to_owned(), label: role.label().to_owned(), hint: reaches(role) }).collect();
    let fields = vec![
        pages::field(FieldKind::Text, "name", "Name"),
        pages::field(FieldKind::Text, "email", "Email address at work"),
        view::Field { options, ..pages::field(FieldKind::OneOf, "role", "Role") },
        pages::field(FieldKind::Text, "post", "Post"),
    ];
    let words = "When you invite somebody into a role that reaches the cases of children, the others who keep people here, and the \
                 heads of the children’s service, are told by email.";
    let form = forms::form(site, "/people/invite", None, fields, "Send the invitation");
    pages::ask(page(site, who, "Invite somebody"), form, vec![Block::text(words)], again)
}

/// `POST /people/invite`
pub(crate) async fn invite(State(site): State<Site>, Who(who): Who, posted: Posted) -> Answered {
    let text = |input: &str| posted.value(input).to_owned();
    let outcome = match Role::from_code(posted.value("role")) {
        Err(_) => Err(Failure::invalid("role", "Select the role")),
        Ok(role) => {
            let organisation = who.caller.organisation;
            let command = InvitePerson { organisation, email: text("email"), name: text("name"), role, post: text("post") };
            perform(&site.nearhome, &who.caller, posted.key, &command).await.map(|_| ())
        }
    };
    match outcome {
        Ok(()) => Ok(done("/people", Done::Invited)),
        Err(failure) => invite_page(&site, &who, Some((&posted, &Wrong::with(failure)?))),
    }
}

async fn invitation(site: &Site, who: &SignedIn, id: &str) -> Result<InvitationLine, Stopped> {
    let id: InvitationId = pages::id(id)?;
    let open = ask(&site.nearhome, &who.caller, &OpenInvitations { at: site.nearhome.now() }).await?;
    open.into_iter().find(|line| line.id == id).ok_or_else(|| Failure::absent().into())
}

/// `GET /people/invited/{id}/withdraw`
pub(crate) async fn ask_withdraw(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    let line = invitation(&site, &who, &id).await?;
    let facts = vec![
        Fact::new("Name", line.name.as_str()),
        Fact::new("Email", line.email.as_str()),
        Fact::new("Role", line.role.label()),
        Fact::new("Open until", when(line.expires_at)),
    ];
    let words = "Withdrawn, the link in their letter no longer works. They are not told.";
    let form = forms::form(&site, format!("/people/invited/{}/withdraw", line.id), None, Vec::new(), "Withdraw the invitation");
    pages::ask(page(&site, &who, "Withdraw an invitation"), form, vec![Block::facts(facts), Block::text(words)], None)
}

/// `POST /people/invited/{id}/withdraw`
pub(crate) async fn withdraw(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    perform(&site.nearhome, &who.caller, posted.key, &WithdrawInvitation { invitation: pages::id(&id)? }).await?;
    Ok(done("/people", Done::InvitationWithdrawn))
}

async fn role(site: &Site, who: &SignedIn, id: &str) -> Result<RoleShown, Stopped> {
    let membership: MembershipId = pages::id(id)?;
    Ok(ask(&site.nearhome, &who.caller, &ColleagueRole { membership }).await?)
}

fn facts(role: &RoleShown) -> Block {
    let one = &role.colleague;
    Block::facts(vec![
        Fact::new("Name", one.name.as_str()),
        Fact::new("Email", one.email.as_str()),
        Fact::new("Role", one.role.label()),
        Fact::new("Post", one.post.as_str()),
    ])
}

/// `GET /people/{id}/end`
pub(crate) async fn ask_end(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    let role = role(&site, &who, &id).await?;
    end_page(&site, &who, &role, None)
}

fn end_page(site: &Site, who: &SignedIn, role: &RoleShown, again: Option<(&Posted, &Wrong)>) -> Answered {
    let reasons = RoleEnd::ALL.iter();
    let options = reasons.map(|end| Choice { code: end.code().to_owned(), label: end.label().to_owned(), hint: None }).collect();
    let fields = vec![view::Field { options, ..pages::field(FieldKind::OneOf, "reason", "Why does the role end?") }];
    let mut above = vec![facts(role)];
    let warning = "They are signed out everywhere at once. If they have another role, they sign in again and go on in that one.";
    above.push(Block::Warning { text: warning.to_owned() });
    if !role.tokens.is_empty() {
        above.push(Block::text("These API tokens, for which they answer in this role, are revoked with it:"));
        above.push(Block::Text { lines: role.tokens.clone() });
    }
    let form = forms::form(site, format!("/people/{}/end", role.colleague.membership), None, fields, "End the role");
    pages::ask(page(site, who, "End a role"), form, above, again)
}

/// `POST /people/{id}/end`
pub(crate) async fn end(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let membership: MembershipId = pages::id(&id)?;
    let outcome = match RoleEnd::from_code(posted.value("reason")) {
        Err(_) => Err(Failure::invalid("reason", "Select why the role ends")),
        Ok(reason) => perform(&site.nearhome, &who.caller, posted.key, &EndMembership { membership, reason }).await,
    };
    match outcome {
        Ok(()) => Ok(done("/people", Done::RoleEnded)),
        Err(failure) => {
            let wrong = Wrong::with(failure)?;
            // A role that has ended, or is not theirs to end, says so on a page of its own.
            let role = role(&site, &who, &id).await?;
            end_page(&site, &who, &role, Some((&posted, &wrong)))
        }
    }
}

/// `GET /people/{id}/reset`
pub(crate) async fn ask_reset(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    let role = role(&site, &who, &id).await?;
    let warning = "Their password and authenticator app stop working at once, in every organisation where they have a role, and they \
                   are signed out everywhere.";
    let words = format!("A letter with a link to set new ones goes to {}. You do not see the link.", role.colleague.email);
    let above = vec![facts(&role), Block::Warning { text: warning.to_owned() }, Block::text(words)];
    let form = forms::form(&site, format!("/people/{}/reset", role.colleague.membership), None, Vec::new(), "Reset their sign-in");
    pages::ask(page(&site, &who, "Reset a colleague’s sign-in"), form, above, None)
}

/// `POST /people/{id}/reset`
pub(crate) async fn reset(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    perform(&site.nearhome, &who.caller, posted.key, &ResetSignIn { membership: pages::id(&id)? }).await?;
    Ok(done("/people", Done::SignInReset))
}

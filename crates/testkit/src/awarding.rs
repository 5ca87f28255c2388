//! What an award waits for, for tests of what comes after it.

use domain::calendar::Day;
use domain::consortium::CouncilCode;
use domain::people::{Caller, Role};
use service::governance::decision::{AgreeAsPartner, ListDecisions, RecordConsultation};
use service::people::organisation::{RegisterPerson, RoleToGive};
use service::{ask, perform};

use crate::world::World;

/// The person who holds the post to which the decision of 2019 delegates the award.
///
/// # Panics
/// When they cannot be registered.
pub async fn director(world: &World) -> Caller {
    let post = "Director of Children's Integrated Services".to_owned();
    let person = RegisterPerson {
        email: "integrated@nottingham.example".to_owned(),
        name: "Sample director".to_owned(),
        password: None,
        totp_secret: None,
        roles: vec![RoleToGive { organisation: world.council, role: Role::Director, post }],
        is_sample: true,
    };
    let person = perform(&world.nearhome, &domain::access::worker(), world.key(), &person).await.unwrap();
    Caller { person, ..world.as_role(Role::Director) }
}

/// The portfolio holder is consulted and the three other councils, all of them in this world, agree.
///
/// # Panics
/// When anything of it is refused.
pub async fn consulted(world: &World) {
    consulted_about(world, "CCS072").await;
}

/// The same for whatever else the decision that names it governs.
///
/// # Panics
/// When anything of it is refused.
pub async fn consulted_about(world: &World, about: &str) {
    let officer = world.as_role(Role::ContractOfficer);
    let decisions = ask(&world.nearhome, &officer, &ListDecisions).await.unwrap();
    let decision = decisions.iter().find(|one| one.decision.frameworks().contains(&about)).unwrap().id;
    let said_on = Day::in_uk(world.nearhome.now());
    let about = about.to_owned();
    let who = "Portfolio Holder for Early Intervention and Early Years".to_owned();
    let consults = RecordConsultation { decision, about: about.clone(), who, said: "Agrees with the outcome".to_owned(), said_on };
    perform(&world.nearhome, &officer, world.key(), &consults).await.unwrap();
    for code in ["E06000015", "E10000007", "E10000024"] {
        let council = CouncilCode(code.to_owned());
        let agrees = AgreeAsPartner { decision, about: about.clone(), council, said: "Agrees".to_owned(), said_on };
        perform(&world.nearhome, &domain::access::worker(), world.key(), &agrees).await.unwrap();
    }
}

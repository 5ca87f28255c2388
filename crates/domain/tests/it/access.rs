//! The policy as a person reads it, and that every line of it counts.

use std::collections::BTreeMap;

use domain::Code as _;
use domain::access::{Action, Denied, IN_FORCE, POLICY, Policy, Relation, Rule, worker};
use domain::people::{Caller, Role};

#[test]
fn the_matrix_of_roles_and_actions() {
    insta::assert_snapshot!(IN_FORCE.matrix());
}

fn may(policy: Policy<'_>, role: Role, action: Action, relation: Relation) -> bool {
    policy.authorise(&Caller { role, ..worker() }, action, Some(relation)).is_ok()
}

/// All that a policy allows.
fn allowed(policy: Policy<'_>) -> Vec<(Action, Relation, Role)> {
    let all = Action::ALL.iter().flat_map(|action| Relation::ALL.iter().map(move |relation| (*action, *relation)));
    let all = all.flat_map(|(action, relation)| Role::ALL.iter().map(move |role| (action, relation, *role)));
    all.filter(|(action, relation, role)| may(policy, *role, *action, *relation)).collect()
}

/// No line can be taken out, lose a role, or be moved to another relation without a change in what people read **and** in
/// what is decided: no line is dead, doubled, or hidden behind another. What this changes on real pages is shown by the
/// walk over the route table in `web`, and for what has no page by the walk over commands in `service`: both expect what
/// the reviewed snapshot says, so with a line gone they fail.
#[test]
fn whatever_is_taken_from_the_policy_shows_and_decides() {
    let (matrix, before) = (IN_FORCE.matrix(), allowed(IN_FORCE));
    let changed = |rules: &[Rule], lost: usize, what: String| {
        let now = allowed(Policy(rules));
        assert_ne!(Policy(rules).matrix(), matrix, "{what} does not show");
        assert_eq!(before.iter().filter(|one| !now.contains(one)).count(), lost, "{what} decides nothing, or not alone");
    };
    let mut mutants = 0;
    for (place, rule) in POLICY.iter().enumerate() {
        let name = format!("{} {}", rule.action.code(), rule.relation.code());
        let mut without = POLICY.to_vec();
        without.remove(place);
        changed(&without, rule.roles.len(), format!("{name} taken out"));
        for role in rule.roles {
            let mut lesser = POLICY.to_vec();
            let roles: Vec<Role> = rule.roles.iter().copied().filter(|other| other != role).collect();
            lesser[place].roles = Box::leak(roles.into_boxed_slice());
            changed(&lesser, 1, format!("{name} without {role}"));
        }
        for relation in Relation::ALL.iter().copied().filter(|relation| *relation != rule.relation) {
            let mut moved = POLICY.to_vec();
            moved[place].relation = relation;
            changed(&moved, rule.roles.len(), format!("{name} as {}", relation.code()));
        }
        mutants += 1 + rule.roles.len() + Relation::ALL.len() - 1;
    }
    println!("{mutants} mutants of {} lines, each seen", POLICY.len());
}

/// A role does an action by one line only: whoever was allowed, was allowed by that line.
#[test]
fn no_role_may_do_the_same_by_two_lines() {
    let mut by = BTreeMap::new();
    for rule in POLICY {
        for role in rule.roles {
            let earlier = by.insert((rule.action.code(), role.code()), rule.relation.code());
            assert_eq!(earlier, None, "{role} may {} twice", rule.action);
        }
    }
}

#[test]
fn without_rules_nobody_may_do_anything() {
    assert_eq!(allowed(Policy(&[])), []);
    assert_eq!(Policy(&[]).authorise(&worker(), Action::SealRecord, None), Err(Denied::NotVisible));
}

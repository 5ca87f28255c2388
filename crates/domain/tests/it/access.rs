//! The policy as a person reads it: every change of it shows in this snapshot.

#[test]
fn the_matrix_of_roles_and_actions() {
    insta::assert_snapshot!(domain::access::matrix());
}

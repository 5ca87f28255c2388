//! The policy as it was reviewed: read from the snapshot that people read, not from the program. A row that is taken out of
//! the program is still here, so whatever that row allowed is now refused where it is expected.

use std::collections::BTreeSet;

use domain::Code as _;
use domain::access::{Action, Relation};
use domain::people::Role;

/// One row of the matrix for one role.
pub type Line = (Action, Relation, Role);

/// Actions that no page needs: the doors, the installation's own, and what only the terminal does so far. `web` shows that
/// every other action has a page and meets its lines there; `service` meets the lines of these.
pub const WITHOUT_PAGE: [Action; 12] = [
    Action::SignIn,
    Action::AcceptInvitation,
    Action::SignOut,
    Action::ChangeConsortium,
    Action::RegisterOrganisation,
    Action::KeepService,
    Action::AdmitService,
    Action::SetCeiling,
    Action::ExportPublications,
    Action::ImportReleases,
    Action::SealRecord,
    Action::RunJobs,
];

const MATRIX: &str = include_str!("../../domain/tests/it/snapshots/it__access__the_matrix_of_roles_and_actions.snap");

/// The same by its codes.
pub type Codes = (&'static str, &'static str, &'static str);

/// The codes of a line.
#[must_use]
pub fn codes((action, relation, role): Line) -> Codes {
    (action.code(), relation.code(), role.code())
}

fn lines() -> BTreeSet<Codes> {
    let body = MATRIX.splitn(3, "---\n").nth(2).unwrap();
    let mut action = "";
    let mut found = BTreeSet::new();
    for line in body.lines() {
        match line.strip_prefix("  ") {
            None => action = line,
            Some(rule) => {
                let mut words = rule.split(" (").next().unwrap().split_whitespace();
                let relation = words.next().unwrap();
                found.extend(words.map(|role| (action, relation, role)));
            }
        }
    }
    assert!(found.len() > 100, "the snapshot was not understood");
    found
}

/// The matrix.
#[derive(Debug)]
pub struct Matrix(BTreeSet<Codes>);

impl Matrix {
    /// Reads the snapshot.
    ///
    /// # Panics
    /// When it is not as it is printed.
    #[must_use]
    pub fn read() -> Self {
        Self(lines())
    }

    /// The lines by which this role may do this, standing so.
    #[must_use]
    pub fn allows(&self, action: Action, role: Role, stands: &[Relation]) -> Vec<Line> {
        let by = |relation: &Relation| self.0.contains(&(action.code(), relation.code(), role.code()));
        stands.iter().copied().filter(by).map(|relation| (action, relation, role)).collect()
    }

    /// Whether this role may do this to anything at all.
    #[must_use]
    pub fn could(&self, action: Action, role: Role) -> bool {
        !self.allows(action, role, Relation::ALL).is_empty()
    }

    /// Every line.
    ///
    /// # Panics
    /// When a code in the snapshot is not one of the program's.
    pub fn all(&self) -> impl Iterator<Item = Line> {
        self.0.iter().map(|(action, relation, role)| {
            (Action::from_code(action).unwrap(), Relation::from_code(relation).unwrap(), Role::from_code(role).unwrap())
        })
    }
}

//! Every problem of a consortium's configuration at once, each with the path to it and the reason.

use std::collections::BTreeSet;

use super::framework::{Category, Framework, HIGHEST_SCORE, Lot};
use super::{Consortium, Council, CouncilCode, Origin};
use crate::people::{OrganisationKind, Role};

/// Something in the configuration that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: `frameworks[CCS034].lots[1].categories[STD].maximum_weekly_prices`.
    pub path: String,
    /// Why, in words.
    pub reason: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path, self.reason)
    }
}

/// Problems found so far, and where the check is.
#[derive(Default)]
struct Found(Vec<Problem>);

impl Found {
    fn add(&mut self, path: &str, reason: impl Into<String>) {
        self.0.push(Problem { path: path.to_owned(), reason: reason.into() });
    }

    fn unless(&mut self, holds: bool, path: &str, reason: impl Into<String>) {
        if !holds {
            self.add(path, reason);
        }
    }

    /// A code or name that is the key of its row must be there, and only once.
    fn unique<'a>(&mut self, path: &str, keys: impl IntoIterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for key in keys {
            self.unless(!key.trim().is_empty(), path, "a row has no code");
            self.unless(seen.insert(key), path, format!("`{key}` comes twice"));
        }
    }

    fn origin(&mut self, path: &str, origin: &Origin) {
        if let Origin::Published(place) = origin {
            self.unless(!place.trim().is_empty(), &format!("{path}.origin"), "say where it was published");
        }
    }
}

pub(super) fn problems(consortium: &Consortium) -> Vec<Problem> {
    let mut found = Found::default();
    found.unless(!consortium.name.trim().is_empty(), "name", "the consortium has no name");
    found.origin("local", &consortium.local.origin);
    found.unless(consortium.local.radius_miles > 0, "local.radius_miles", "must be more than 0");
    check_councils(consortium, &mut found);
    check_counties(consortium, &mut found);
    check_approvals(consortium, &mut found);
    check_cascades(consortium, &mut found);
    check_settings(consortium, &mut found);
    check_publication(consortium, &mut found);
    found.unique("frameworks", consortium.frameworks.iter().map(|framework| framework.reference.as_str()));
    for framework in &consortium.frameworks {
        check_framework(consortium, framework, &mut found);
    }
    found.0
}

fn check_councils(consortium: &Consortium, found: &mut Found) {
    let councils = &consortium.councils;
    found.unless(!councils.is_empty(), "councils", "there is no council");
    found.unique("councils", councils.iter().map(|council| council.code.0.as_str()));
    found.unique("councils", councils.iter().map(|council| council.slug.as_str()));
    for council in councils {
        let path = format!("councils[{}]", council.code);
        found.unless(council.code.is_well_formed(), &path, "the code is not a letter and eight digits");
        found.unless(!council.name.trim().is_empty(), &path, "the council has no name");
        let is_slug = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        found.unless(council.slug.chars().all(is_slug), &path, "a slug is lower case letters, digits and hyphens");
        check_adjoining(consortium, council, &path, found);
        check_posts(council, &path, found);
    }
}

fn check_adjoining(consortium: &Consortium, council: &Council, path: &str, found: &mut Found) {
    let path = format!("{path}.adjoining");
    found.unique(&path, council.adjoining.iter().map(|code| code.0.as_str()));
    for code in &council.adjoining {
        found.unless(code.is_well_formed(), &path, format!("`{code}` is not a council code"));
        found.unless(*code != council.code, &path, "a council does not adjoin itself");
        // Areas touch both ways; of a council outside the consortium we hold no list to compare with.
        let is_mutual = consortium.council(code).is_none_or(|other| other.adjoining.contains(&council.code));
        found.unless(is_mutual, &path, format!("`{code}` does not list `{}` in return", council.code));
    }
}

/// A home's place is known by its district. A county without its districts would make every home in it look far away.
fn check_counties(consortium: &Consortium, found: &mut Found) {
    let counties = &consortium.counties;
    found.unique("counties", counties.iter().map(|county| county.code.0.as_str()));
    found.unique("counties.districts", counties.iter().flat_map(|county| &county.districts).map(|code| code.0.as_str()));
    for county in counties {
        let path = format!("counties[{}]", county.code);
        found.unless(county.code.is_county(), &path, "the code is not a county’s: E10 and six digits");
        found.unless(!county.districts.is_empty(), &path, "the county has no districts");
        for code in county.districts.iter().filter(|code| !code.is_well_formed()) {
            found.add(&path, format!("`{code}` is not a council code"));
        }
    }
    let named = consortium.councils.iter().flat_map(|council| std::iter::once(&council.code).chain(&council.adjoining));
    for code in named.filter(|code| code.is_county()).collect::<BTreeSet<_>>() {
        found.unless(counties.iter().any(|county| county.code == *code), "counties", format!("the districts of `{code}` are not listed"));
    }
}

fn check_posts(council: &Council, path: &str, found: &mut Found) {
    let path = format!("{path}.posts");
    for post in &council.posts {
        found.unless(!post.title.trim().is_empty(), &path, "a post has no title");
        found.origin(&path, &post.origin);
        found.unless(post.role.held_in() == OrganisationKind::Council, &path, format!("`{}` holds a role that no council has", post.title));
    }
    for needed in [Role::NominatedOfficer, Role::Director, Role::HeadOfContracting] {
        found.unless(
            council.posts.iter().any(|post| post.role == needed),
            &path,
            format!("no post is the council’s {}", needed.to_string().to_lowercase()),
        );
    }
}

fn check_approvals(consortium: &Consortium, found: &mut Found) {
    for row in &consortium.approvals {
        found.origin("approvals", &row.origin);
    }
    let layers = crate::governance::approval::ApprovalMatrix::legal_minimum().tightened_by(&consortium.approvals);
    match layers {
        Err(laxer) => found.add("approvals", laxer.to_string()),
        Ok(matrix) => {
            for council in &consortium.councils {
                let path = format!("councils[{}].approvals", council.code);
                for row in &council.approvals {
                    found.origin(&path, &row.origin);
                }
                if let Err(laxer) = matrix.tightened_by(&council.approvals) {
                    found.add(&path, laxer.to_string());
                }
            }
        }
    }
}

fn check_cascades(consortium: &Consortium, found: &mut Found) {
    found.unique("cascades", consortium.cascades.iter().map(|preset| preset.code.as_str()));
    for preset in &consortium.cascades {
        let path = format!("cascades[{}]", preset.code);
        found.origin(&path, &preset.origin);
        found.unless(!preset.waves.is_empty(), &path, "a cascade has at least one wave");
        for (wave, next) in preset.waves.iter().zip(preset.waves.iter().skip(1)) {
            found.unless(wave.opens_after_hours <= next.opens_after_hours, &path, "a wave opens before the one that precedes it");
        }
        if let (Some(closes), Some(last)) = (preset.closes_after_hours, preset.waves.last()) {
            found.unless(closes > last.opens_after_hours, &path, "the cascade closes before its last wave opens");
        }
        for wave in &preset.waves {
            let first = wave.rank_from.unwrap_or(1);
            let is_range = first >= 1 && wave.rank_to.is_none_or(|last| first <= last);
            found.unless(is_range, &path, "ranks begin at 1 and do not run backwards");
        }
    }
}

fn check_publication(consortium: &Consortium, found: &mut Found) {
    for (index, entry) in consortium.councils.iter().enumerate().filter_map(|(index, council)| Some((index, council.public.as_ref()?))) {
        found.origin(&format!("councils[{index}].public"), &entry.origin);
        found.unless(entry.email.contains('@'), &format!("councils[{index}].public.email"), "this is no email address");
    }
    let Some(publication) = &consortium.publication else { return };
    found.origin("publication", &publication.origin);
    found.unless(publication.site.starts_with("https://"), "publication.site", "the address begins with https://");
    found.unless(publication.ocid_prefix.starts_with("ocds-"), "publication.ocid_prefix", "the prefix begins with ocds-");
}

fn check_settings(consortium: &Consortium, found: &mut Found) {
    let settings = &consortium.settings;
    found.origin("settings", &settings.origin);
    found.unless(
        consortium.cascade(&settings.emergency_cascade).is_some(),
        "settings.emergency_cascade",
        format!("there is no cascade `{}`", settings.emergency_cascade),
    );
    let alerts = &settings.ceiling_alerts_basis_points;
    let is_ascending = alerts.iter().zip(alerts.iter().skip(1)).all(|(low, high)| low < high);
    found.unless(
        is_ascending && alerts.iter().all(|alert| alert.0 > 0),
        "settings.ceiling_alerts_basis_points",
        "alerts are above zero and ascend",
    );
    found.unless(
        settings.expected_weeks_fostering > 0 && settings.expected_weeks_residential > 0,
        "settings.expected_weeks",
        "an agreement is expected to last at least a week",
    );
    found.unless(
        settings.vacancy_stale_days <= settings.vacancy_hidden_days,
        "settings.vacancy_hidden_days",
        "a vacancy is hidden before it is stale",
    );
    found.unless(
        settings.settling_in_notice_days <= settings.notice_days,
        "settings.settling_in_notice_days",
        "notice in the first days is longer than later notice",
    );
}

fn check_framework(consortium: &Consortium, framework: &Framework, found: &mut Found) {
    let path = format!("frameworks[{}]", framework.reference);
    found.origin(&path, &framework.origin);
    found.origin(&format!("{path}.uplift"), &framework.uplift.origin);
    found.unless(!framework.title.trim().is_empty(), &path, "the framework has no title");
    found.unless(framework.starts_on < framework.ends_on, &format!("{path}.ends_on"), "the framework ends before it starts");
    found.unless(
        framework.value_ceiling_pence.is_none_or(|ceiling| ceiling.0 > 0),
        &format!("{path}.value_ceiling_pence"),
        "a ceiling is above zero",
    );
    found.unless(
        consortium.cascade(&framework.cascade).is_some(),
        &format!("{path}.cascade"),
        format!("there is no cascade `{}`", framework.cascade),
    );
    found.unless(framework.uplift.at_most_basis_points.0 >= 0, &format!("{path}.uplift"), "an uplift is never below zero");
    found.unless(
        !framework.allowed_ratings.is_empty(),
        &format!("{path}.allowed_ratings"),
        "no rating is allowed, so nobody could be admitted",
    );
    check_parties(consortium, framework, &path, found);
    for field in &framework.example_fields {
        found.unless(
            Framework::FIELDS.contains(&field.as_str()),
            &format!("{path}.example_fields"),
            format!("a framework has no field `{field}`"),
        );
    }
    check_criteria(framework, &path, found);
    found.unless(!framework.lots.is_empty(), &path, "the framework has no lot");
    found.unique(&format!("{path}.lots"), framework.lots.iter().map(|lot| lot.code.as_str()));
    let categories = framework.lots.iter().flat_map(|lot| &lot.categories);
    found.unique(&format!("{path}.categories"), categories.map(|category| category.code.as_str()));
    for lot in &framework.lots {
        check_lot(framework, lot, &path, found);
    }
}

fn check_parties(consortium: &Consortium, framework: &Framework, path: &str, found: &mut Found) {
    let member = |code: &CouncilCode| consortium.council(code).is_some();
    found.unless(member(&framework.lead), &format!("{path}.lead"), format!("`{}` is not a council of the consortium", framework.lead));
    let users = format!("{path}.users");
    found.unless(!framework.users.is_empty(), &users, "nobody may use the framework");
    found.unique(&users, framework.users.iter().map(|code| code.0.as_str()));
    for code in framework.users.iter().filter(|code| !member(code)) {
        found.add(&users, format!("`{code}` is not a council of the consortium"));
    }
    for decision in &framework.decisions {
        let path = format!("{path}.decisions[{}]", decision.council);
        found.origin(&path, &decision.origin);
        if let Some(origin) = &decision.ceiling_origin {
            found.origin(&format!("{path}.ceiling"), origin);
        }
        found.unless(framework.users.contains(&decision.council), &path, "the council is not a user");
        found.unless(decision.ceiling_pence.is_none_or(|ceiling| ceiling.0 > 0), &path, "a ceiling is above zero");
    }
}

fn check_criteria(framework: &Framework, path: &str, found: &mut Found) {
    let path = format!("{path}.criteria");
    found.unique(&path, framework.criteria.iter().map(|criterion| criterion.code.as_str()));
    let weights: u64 = framework.criteria.iter().map(|criterion| u64::from(criterion.weight_percent)).sum();
    found.unless(weights == 100, &path, format!("the weights come to {weights}, not to 100"));
    for criterion in &framework.criteria {
        let path = format!("{path}[{}]", criterion.code);
        found.origin(&path, &criterion.origin);
        found.unless(criterion.weight_percent > 0, &path, "a criterion weighs more than 0");
        found.unless((1..=HIGHEST_SCORE).contains(&criterion.scale_max), &path, format!("the highest score is from 1 to {HIGHEST_SCORE}"));
    }
}

fn check_lot(framework: &Framework, lot: &Lot, path: &str, found: &mut Found) {
    let path = format!("{path}.lots[{}]", lot.code);
    found.origin(&path, &lot.origin);
    found.unless(!lot.categories.is_empty(), &path, "the lot has no category");
    for category in &lot.categories {
        check_category(framework, category, &path, found);
    }
}

fn check_category(framework: &Framework, category: &Category, path: &str, found: &mut Found) {
    let path = format!("{path}.categories[{}]", category.code);
    found.origin(&path, &category.origin);
    found.unless(!category.name.trim().is_empty(), &path, "the category has no name");
    if let Some(ages) = category.ages {
        found.unless(ages.from <= ages.to && ages.to <= 17, &path, "ages run from 0 to 17");
    }
    let path = format!("{path}.maximum_weekly_prices");
    for row in &category.maximum_weekly_prices {
        found.origin(&path, &row.origin);
    }
    match category.maximum_prices() {
        Err(error) => found.add(&path, error.to_string()),
        Ok(prices) => found.unless(prices.on(framework.starts_on).is_some(), &path, "no maximum holds on the framework’s first day"),
    }
}

//! Which terms of a framework hold when.

use domain::calendar::{Day, Instant};
use domain::ids::TenderId;
use domain::procurement::terms::{Awarded, Configured, Terms, terms_over_time};
use uuid::Uuid;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn at(text: &str) -> Instant {
    day(text).starts_at()
}

fn configured(on: &str, version: &str) -> Configured {
    Configured { at: at(on), version: version.to_owned() }
}

fn awarded(number: u128, signed: &str, from: &str, version: &str) -> Awarded {
    Awarded { tender: TenderId(Uuid::from_u128(number)), signed_at: at(signed), from: day(from), version: version.to_owned() }
}

/// Version, first and last day, and by which tender, in a line.
fn told(configured: &[Configured], awards: &[Awarded]) -> Vec<String> {
    let line = |terms: Terms| {
        let by = terms.by.map_or_else(|| "configuration".to_owned(), |tender| tender.0.as_u128().to_string());
        format!("{} {} {} {by}", terms.version.unwrap_or_else(|| "?".to_owned()), terms.from, terms.until)
    };
    terms_over_time(configured, awards, day("2026-04-01"), day("2034-03-31")).into_iter().map(line).collect()
}

#[test]
fn each_award_puts_its_terms_in_force_from_its_first_day_and_ends_those_before() {
    let history = [configured("2026-06-10", "A-1"), configured("2028-03-10", "A-2"), configured("2032-05-20", "A-2")];
    let awards = [awarded(7, "2028-03-10", "2028-04-01", "A-2"), awarded(9, "2032-05-20", "2032-05-20", "A-2")];
    let lines = told(&history, &awards);
    assert_eq!(
        lines,
        ["A-1 1 April 2026 31 March 2028 configuration", "A-2 1 April 2028 19 May 2032 7", "A-2 20 May 2032 31 March 2034 9",]
    );
}

#[test]
fn a_change_of_the_configuration_alone_is_told_where_it_changed_the_terms() {
    let history = [configured("2026-03-01", "A-1"), configured("2026-05-01", "A-1"), configured("2027-01-04", "A-1a")];
    assert_eq!(told(&history, &[]), ["A-1 1 April 2026 3 January 2027 configuration", "A-1a 4 January 2027 31 March 2034 configuration"]);
    let first = [configured("2026-03-01", "A-1")];
    assert_eq!(told(&first, &[awarded(7, "2026-03-01", "2026-04-01", "A-1")]), ["A-1 1 April 2026 31 March 2034 7"], "its first award");
}

#[test]
fn what_was_not_kept_is_said_and_of_two_on_one_day_the_later_holds() {
    let award = awarded(7, "2028-03-10", "2028-04-01", "A-2");
    assert_eq!(told(&[], std::slice::from_ref(&award)), ["? 1 April 2026 31 March 2028 configuration", "A-2 1 April 2028 31 March 2034 7"]);
    let same_day = [configured("2026-03-01", "A-1"), configured("2027-01-04", "A-2"), configured("2027-01-04", "A-3")];
    assert_eq!(told(&same_day, &[]).len(), 2);
    assert!(told(&same_day, &[])[1].starts_with("A-3 4 January 2027"));
}

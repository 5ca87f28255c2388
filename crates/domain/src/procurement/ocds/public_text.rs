//! What may not stand in a text that the public reads: words by which one child could be known. Frameworks and lots speak of children
//! by the hundred; a notice about one child's placement may say nothing about that child.

use crate::purchasing::profile::{postcodes, words};

/// What in a text points at one child, in words for whoever must take it out.
#[must_use]
pub fn points_at_a_child(text: &str) -> Option<String> {
    let words = words(text);
    let said: Vec<&str> = words.iter().map(String::as_str).collect();
    let birth = said.windows(3).any(|three| three == ["date", "of", "birth"]) || said.iter().any(|word| matches!(*word, "dob" | "born"));
    if birth {
        return Some("it speaks of a birth".to_owned());
    }
    if let Some(age) = age_of_one(&said) {
        return Some(format!("it gives the age of one child, {age}"));
    }
    postcodes(&words).next().map(|postcode| format!("it names the postcode {postcode}"))
}

/// `aged 13`, `13-year-old`, `13 years old`; not `aged 5 to 18` nor `0-18 years old`, which are bands.
fn age_of_one<'a>(words: &[&'a str]) -> Option<&'a str> {
    let is_age = |word: &str| word.parse::<u32>().is_ok_and(|age| age <= 18);
    let joins =
        |word: Option<&&str>| word.is_some_and(|word| is_age(word) || matches!(*word, "to" | "and" | "or" | "under" | "over" | "upwards"));
    words.iter().enumerate().find_map(|(at, word)| {
        if !is_age(word) {
            return None;
        }
        let before = at.checked_sub(1).and_then(|at| words.get(at));
        let after: Vec<&str> = words.iter().skip(at + 1).take(2).copied().collect();
        let is_aged = matches!(before, Some(&"aged" | &"age")) && !joins(words.get(at + 1));
        let is_years = matches!(after.as_slice(), ["year" | "years" | "yr" | "yrs", "old" | "olds"]) && !joins(before);
        (is_aged || is_years).then_some(*word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_child_is_seen_and_a_thousand_are_not() {
        for text in [
            "Placement for a 13-year-old girl",
            "A boy aged 9 who needs a solo home",
            "for a child 7 years old",
            "DOB 3 May 2013",
            "Born in Derby",
            "near NG1 5AA",
        ] {
            assert!(points_at_a_child(text).is_some(), "{text}");
        }
        for text in [
            "Homes for children aged 5 to 18",
            "Children and young people (0-18 years old)",
            "1,772 children are fostered across the four areas",
            "Fostering, age band 11-15",
            "Contract for 13 years",
            "The framework runs to 31 March 2034; lot R1",
        ] {
            assert_eq!(points_at_a_child(text), None, "{text}");
        }
    }
}

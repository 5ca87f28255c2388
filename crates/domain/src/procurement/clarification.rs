//! Questions of bidders and their answers. What one asks, all are told; who asked, nobody.

use super::ocds::public_text::points_at_a_child;
use crate::purchasing::profile::words;

/// The longest question or answer, in letters.
pub const LETTERS_AT_MOST: usize = 5_000;

/// The ends of a company's name that people leave out when they speak of it.
const LEGAL_FORMS: [&str; 8] = ["ltd", "limited", "llp", "plc", "cic", "cio", "uk", "the"];

/// What speaks against telling this text to all bidders: it is empty or too long, it names one of the asker's own names, or it points
/// at one child.
#[must_use]
pub fn unfit_to_tell(text: &str, names_of_asker: &[String]) -> Option<String> {
    if text.trim().is_empty() {
        return Some("Enter what all bidders are told".to_owned());
    }
    if text.chars().count() > LETTERS_AT_MOST {
        return Some(format!("This must be no longer than {LETTERS_AT_MOST} characters"));
    }
    if let Some(name) = names_of_asker.iter().find(|name| is_named(text, name)) {
        return Some(format!("This names {name}: word it so that nobody can tell who asked"));
    }
    points_at_a_child(text).map(|found| format!("Word it without speaking of one child: {found}"))
}

/// Whether a text names somebody, however it is written and without the legal form.
fn is_named(text: &str, name: &str) -> bool {
    let name = words(name);
    let told: Vec<&str> = name.iter().map(String::as_str).filter(|word| !LEGAL_FORMS.contains(word)).collect();
    let text = words(text);
    !told.is_empty() && text.windows(told.len()).any(|window| window.iter().zip(&told).all(|(one, other)| one == other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unfit(text: &str) -> Option<String> {
        unfit_to_tell(text, &["Hazel Bank Care Ltd".to_owned(), "Oak View".to_owned()])
    }

    #[test]
    fn whoever_asked_is_not_named_however_it_is_written() {
        for text in ["We at HAZEL BANK CARE ask", "hazel-bank care’s homes", "May Oak View be used?", "Hazel Bank Care Limited"] {
            assert!(unfit(text).is_some_and(|why| why.contains("nobody can tell who asked")), "{text}");
        }
        for text in ["May a hazel hedge stay?", "Homes with a view of an oak", "Care at the bank"] {
            assert_eq!(unfit(text), None, "{text}");
        }
        assert_eq!(unfit_to_tell("Anything", &["Ltd".to_owned()]), None, "a name that is a legal form alone is no name");
    }

    #[test]
    fn a_text_for_all_is_neither_empty_nor_endless_nor_about_one_child() {
        assert!(unfit("  ").is_some());
        assert!(unfit(&"a ".repeat(LETTERS_AT_MOST)).is_some());
        assert!(unfit("Would you place a boy aged 9 with us?").is_some_and(|why| why.contains("one child")));
    }
}

//! Closed lists of words that are stored, sent and shown: each has one code and one label.

use thiserror::Error;

/// A closed list whose members have a stable code (stored, in JSON, in forms) and a label (shown to people).
pub trait Code: Copy + Eq + Sized + 'static {
    /// What the list is called in messages, for example `rating`.
    const LIST: &'static str;
    /// Every member, in the order in which people expect to see them.
    const ALL: &'static [Self];
    /// The stable spelling. Never changes once stored.
    fn code(self) -> &'static str;
    /// The words a person reads.
    fn label(self) -> &'static str;
    /// Reads a stable spelling.
    ///
    /// # Errors
    /// [`UnknownCode`] when no member has this spelling.
    fn from_code(code: &str) -> Result<Self, UnknownCode> {
        Self::ALL
            .iter()
            .copied()
            .find(|member| member.code() == code)
            .ok_or_else(|| UnknownCode { list: Self::LIST, code: code.to_owned() })
    }
}

/// A spelling that is not on its list.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{code}` is not a known {list}")]
pub struct UnknownCode {
    /// The list that was searched.
    pub list: &'static str,
    /// What was found instead.
    pub code: String,
}

/// Declares a closed list: `codes! { /// doc  pub enum Rating("rating") { /// doc  Good = "GOOD", "Good"; } }`.
///
/// Gives [`Code`], `Display` (the label) and serde as the code.
#[macro_export]
macro_rules! codes {
    ($(#[$meta:meta])* pub enum $name:ident($list:literal) { $($(#[$vmeta:meta])* $variant:ident = $code:literal, $label:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vmeta])* $variant,)+ }
        impl $crate::Code for $name {
            const LIST: &'static str = $list;
            const ALL: &'static [Self] = &[$(Self::$variant,)+];
            fn code(self) -> &'static str { match self { $(Self::$variant => $code,)+ } }
            fn label(self) -> &'static str { match self { $(Self::$variant => $label,)+ } }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str($crate::Code::label(*self)) }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.serialize_str($crate::Code::code(*self)) }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(d)?;
                <Self as $crate::Code>::from_code(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

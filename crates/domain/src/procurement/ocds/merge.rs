//! Many releases of one contracting process become one record: as it stands (*compiled*), or with every value that each field
//! ever had (*versioned*).
//!
//! The rules are those of the standard's merging routine. A field that is named with `null` is gone; an empty list or object says
//! nothing; items of a list are the same item when their `id` is the same, and an item without one is always another.

use thiserror::Error;

use super::json::{Named, Parts, Text};
use super::rules::{MergeRules, Place, Rule};
use super::tape::{Kind, Spot};

/// What shall come of the releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The process as it stands after the last release.
    Compiled,
    /// Every value that each field had, with the release that gave it.
    Versioned,
}

/// Why releases cannot be merged.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MergeFault {
    /// One of them is no object.
    #[error("a release is not an object")]
    NotAnObject,
    /// Several releases can only be put in order by their dates.
    #[error("a release has no `date`, so the releases have no order")]
    NoDate,
    /// The same field is a value in one release, and an object or a list in another.
    #[error("`{}` is a value, an object and a list in different releases", .0.join("/"))]
    Inconsistent(Vec<String>),
    /// An `id` that is neither text nor number tells no items apart.
    #[error("an `id` in `{}` is neither text nor number", .0.join("/"))]
    StrangeId(Vec<String>),
}

impl MergeFault {
    /// The same fault, seen from one step further up.
    fn under(mut self, name: &str) -> Self {
        match &mut self {
            Self::Inconsistent(path) | Self::StrangeId(path) => path.insert(0, name.to_owned()),
            Self::NotAnObject | Self::NoDate => {}
        }
        self
    }
}

/// Merges releases of one contracting process, in the order of their dates; of equal dates the earlier given comes first.
///
/// # Errors
/// [`MergeFault`].
pub fn merge<'t, 'a>(
    releases: impl IntoIterator<Item = Spot<'t, 'a>>,
    rules: &MergeRules,
    form: Form,
) -> Result<Merged<'t, 'a>, MergeFault> {
    let mut releases: Vec<_> = releases.into_iter().map(|release| (release.member("date").and_then(Spot::text), release)).collect();
    if releases.len() > 1 {
        if releases.iter().any(|(date, _)| date.is_none()) {
            return Err(MergeFault::NoDate);
        }
        releases.sort_by(|(one, _), (other, _)| one.as_deref().cmp(&other.as_deref()));
    }
    let mut merging = Merging { rules, form, releases: Vec::with_capacity(releases.len()), fields: Named::default() };
    let last = releases.len().saturating_sub(1);
    for (number, (_, release)) in releases.into_iter().enumerate() {
        // The first says where the names stand, the last what they say; those between would be written over.
        merging.take_in(release, number == 0 || number == last)?;
    }
    Ok(Merged { form, releases: merging.releases, fields: merging.fields })
}

/// What a release says of itself, for the versions of its values.
#[derive(Debug, Clone, Copy)]
struct Head<'t, 'a> {
    ocid: Option<Spot<'t, 'a>>,
    id: Option<Spot<'t, 'a>>,
    date: Option<Spot<'t, 'a>>,
    tag: Option<Spot<'t, 'a>>,
}

type Fields<'t, 'a> = Named<'a, Slot<'t, 'a>>;

/// One field of the merged release.
#[derive(Debug, Clone)]
enum Slot<'t, 'a> {
    /// Nothing was said that lasts.
    Empty,
    /// What a compiled release says of itself, as JSON.
    Own(String),
    /// A value, with the number of the release that gave it.
    Last(usize, Spot<'t, 'a>),
    /// The values there were before, and the last.
    Versions(Vec<(usize, Spot<'t, 'a>)>),
    /// An object, member by member.
    Object(Fields<'t, 'a>),
    /// A list of objects.
    Items(Items<'t, 'a>),
}

/// The items of a list, under the text of their ids; each item without one has a name that no other has.
type Items<'t, 'a> = Named<'a, Item<'t, 'a>>;

#[derive(Debug, Clone)]
struct Item<'t, 'a> {
    /// As first given; nothing for an item without one.
    id: Option<Spot<'t, 'a>>,
    fields: Fields<'t, 'a>,
}

struct Merging<'t, 'a, 'r> {
    rules: &'r MergeRules,
    form: Form,
    releases: Vec<Head<'t, 'a>>,
    fields: Fields<'t, 'a>,
}

impl<'t, 'a> Merging<'t, 'a, '_> {
    fn take_in(&mut self, release: Spot<'t, 'a>, stands: bool) -> Result<(), MergeFault> {
        if release.kind() != Kind::Object {
            return Err(MergeFault::NotAnObject);
        }
        let of = |name| release.member(name);
        let head = Head { ocid: of("ocid"), id: of("id"), date: of("date"), tag: of("tag") };
        let mut fields = std::mem::take(&mut self.fields);
        if self.form == Form::Compiled && stands {
            for (name, slot) in standing(head) {
                *fields.entry(Text::plain(name), || Slot::Empty) = slot;
            }
        }
        self.releases.push(head);
        for (name, value) in release.members() {
            // Of a versioned release `ocid` and `tag` are told apart from its fields, whatever the schema says of them.
            if *name != *"tag" && (*name != *"ocid" || self.form == Form::Compiled) {
                self.field(&mut fields, Place::RELEASE, name, value)?;
            }
        }
        self.fields = fields;
        Ok(())
    }

    fn field(&self, fields: &mut Fields<'t, 'a>, place: Place, name: Text<'a>, value: Spot<'t, 'a>) -> Result<(), MergeFault> {
        let rule = self.rules.of(place, &name);
        match (rule, value.kind()) {
            (Rule::Omitted, _) => Ok(()),
            (Rule::Within(_), Kind::List | Kind::Object) if value.is_empty() => Ok(()),
            (Rule::Within(place), Kind::Object) => {
                let slot = fields.entry(name.clone(), || Slot::Empty);
                self.object(slot, place, value).map_err(|fault| fault.under(&name))
            }
            (Rule::Within(place), Kind::Objects) => {
                let slot = fields.entry(name.clone(), || Slot::Empty);
                self.items(slot, place, value).map_err(|fault| fault.under(&name))
            }
            (Rule::Whole | Rule::Within(_), _) => {
                self.value(fields.entry(name, || Slot::Empty), value);
                Ok(())
            }
        }
    }

    fn object(&self, slot: &mut Slot<'t, 'a>, place: Place, object: Spot<'t, 'a>) -> Result<(), MergeFault> {
        if !matches!(slot, Slot::Object(_)) && slot.is_vacant() {
            *slot = Slot::Object(Fields::default());
        }
        let Slot::Object(fields) = slot else { return Err(MergeFault::Inconsistent(Vec::new())) };
        object.members().try_for_each(|(name, value)| self.field(fields, place, name, value))
    }

    fn items(&self, slot: &mut Slot<'t, 'a>, place: Place, list: Spot<'t, 'a>) -> Result<(), MergeFault> {
        if !matches!(slot, Slot::Items(_)) && slot.is_vacant() {
            *slot = Slot::Items(Items::default());
        }
        let Slot::Items(items) = slot else { return Err(MergeFault::Inconsistent(Vec::new())) };
        for given in list.within() {
            let id = given.member("id");
            let name = match id.map(|id| (id.kind(), id)) {
                // No id begins so: an item of its own for ever.
                None => Text::made(format!("\u{0}{}", items.len())),
                Some((Kind::Null, _)) => Text::plain("None"),
                Some((Kind::Number, digits)) => Text::plain(digits.as_written()),
                Some((Kind::Plain | Kind::Escaped, text)) => text.text().unwrap_or_else(|| Text::plain("")),
                Some((Kind::Bool | Kind::List | Kind::Objects | Kind::Object, _)) => return Err(MergeFault::StrangeId(Vec::new())),
            };
            let id = id.filter(|id| id.kind() != Kind::Null);
            let item = items.entry(name, || Item { id, fields: Fields::default() });
            let has_id = item.id.is_some();
            let mut members = given.members().filter(|(name, _)| !has_id || **name != *"id");
            members.try_for_each(|(name, value)| self.field(&mut item.fields, place, name, value))?;
        }
        Ok(())
    }

    /// What is an object or a list already stays one: a later value without members says nothing about them.
    fn value(&self, slot: &mut Slot<'t, 'a>, value: Spot<'t, 'a>) {
        if matches!(slot, Slot::Object(_) | Slot::Items(_)) && slot.is_said() {
            return;
        }
        let release = self.releases.len() - 1;
        match slot {
            Slot::Versions(versions) => {
                // Of two items with the same id in one release the later one counts.
                versions.pop_if(|(of, _)| *of == release);
                if versions.last().is_none_or(|(_, last)| !last.equals(value)) {
                    versions.push((release, value));
                }
            }
            Slot::Last(of, last) if self.form == Form::Versioned && *of != release => {
                if !last.equals(value) {
                    *slot = Slot::Versions(vec![(*of, *last), (release, value)]);
                }
            }
            Slot::Empty | Slot::Own(_) | Slot::Last(..) | Slot::Object(_) | Slot::Items(_) => *slot = Slot::Last(release, value),
        }
    }
}

impl Slot<'_, '_> {
    /// Whether anything was said here: an object of which every member was left out or empty says nothing.
    fn is_said(&self) -> bool {
        match self {
            Self::Empty => false,
            Self::Own(_) | Self::Last(..) | Self::Versions(_) => true,
            Self::Object(fields) => fields.iter().any(|(_, slot)| slot.is_said()),
            Self::Items(items) => items.iter().any(|(_, item)| item.is_said()),
        }
    }

    /// Whether something of another kind may still come here.
    fn is_vacant(&self) -> bool {
        match self {
            Self::Own(_) => false,
            Self::Last(_, value) => value.kind() == Kind::Null,
            Self::Versions(versions) => versions.iter().all(|(_, value)| value.kind() == Kind::Null),
            Self::Empty | Self::Object(_) | Self::Items(_) => !self.is_said(),
        }
    }
}

impl Item<'_, '_> {
    fn is_said(&self) -> bool {
        self.id.is_some() || self.fields.iter().any(|(_, slot)| slot.is_said())
    }
}

/// What a compiled release says of itself after a release.
fn standing<'t, 'a>(head: Head<'t, 'a>) -> [(&'static str, Slot<'t, 'a>); 4] {
    let shown = |value: Option<Spot<'_, '_>>| value.and_then(Spot::text).map_or_else(|| "None".to_owned(), |text| text.to_string());
    let id = serde_json::Value::from(format!("{}-{}", shown(head.ocid), shown(head.date)));
    let given = |value: Option<Spot<'t, 'a>>| value.map_or_else(|| Slot::Own("null".to_owned()), |value| Slot::Last(0, value));
    [
        ("tag", Slot::Own(r#"["compiled"]"#.to_owned())),
        ("id", Slot::Own(id.to_string())),
        ("date", given(head.date)),
        ("ocid", given(head.ocid)),
    ]
}

/// The merged release, ready to be written.
#[derive(Debug, Clone)]
pub struct Merged<'t, 'a> {
    form: Form,
    releases: Vec<Head<'t, 'a>>,
    fields: Fields<'t, 'a>,
}

impl Merged<'_, '_> {
    /// Writes it as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let openings = if self.form == Form::Versioned { self.releases.iter().map(opening).collect() } else { Vec::new() };
        let mut members = Parts::begin(out, b'{');
        if let (Form::Versioned, Some(last)) = (self.form, self.releases.last()) {
            write_given(last.ocid, members.member(&Text::plain("ocid")));
        }
        Writer { form: self.form, openings }.fields(&self.fields, &mut members);
        members.end(b'}');
    }
}

fn write_given(value: Option<Spot<'_, '_>>, out: &mut Vec<u8>) {
    match value {
        Some(value) => value.write(out),
        None => out.extend_from_slice(b"null"),
    }
}

/// With what each version of a value begins that a release gave: up to the value.
fn opening(release: &Head<'_, '_>) -> Vec<u8> {
    let mut opening = Vec::new();
    let mut members = Parts::begin(&mut opening, b'{');
    write_given(release.id, members.member(&Text::plain("releaseID")));
    write_given(release.date, members.member(&Text::plain("releaseDate")));
    write_given(release.tag, members.member(&Text::plain("releaseTag")));
    members.member(&Text::plain("value"));
    opening
}

struct Writer {
    form: Form,
    /// One for each release, when versions are written.
    openings: Vec<Vec<u8>>,
}

impl Writer {
    /// Writes all fields but those that are gone or of which nothing was said.
    fn fields(&self, fields: &Fields<'_, '_>, members: &mut Parts<'_>) {
        for (name, slot) in fields.iter() {
            let is_gone = self.form == Form::Compiled && matches!(slot, Slot::Last(_, value) if value.kind() == Kind::Null);
            if slot.is_said() && !is_gone {
                self.slot(slot, members.member(name));
            }
        }
    }

    fn slot(&self, slot: &Slot<'_, '_>, out: &mut Vec<u8>) {
        match slot {
            Slot::Empty => write_given(None, out),
            Slot::Own(json) => out.extend_from_slice(json.as_bytes()),
            Slot::Last(release, value) if self.form == Form::Versioned => self.versions(&[(*release, *value)], out),
            Slot::Last(_, value) => value.write(out),
            Slot::Versions(versions) => self.versions(versions, out),
            Slot::Object(fields) => {
                let mut members = Parts::begin(out, b'{');
                self.fields(fields, &mut members);
                members.end(b'}');
            }
            Slot::Items(items) => {
                let mut list = Parts::begin(out, b'[');
                for (_, item) in items.iter().filter(|(_, item)| item.is_said()) {
                    self.item(item, list.next());
                }
                list.end(b']');
            }
        }
    }

    fn item(&self, item: &Item<'_, '_>, out: &mut Vec<u8>) {
        let mut members = Parts::begin(out, b'{');
        if let Some(id) = item.id {
            id.write(members.member(&Text::plain("id")));
        }
        self.fields(&item.fields, &mut members);
        members.end(b'}');
    }

    fn versions(&self, versions: &[(usize, Spot<'_, '_>)], out: &mut Vec<u8>) {
        let mut list = Parts::begin(out, b'[');
        for (release, value) in versions {
            let out = list.next();
            out.extend_from_slice(self.openings.get(*release).map(Vec::as_slice).unwrap_or_default());
            value.write(out);
            out.push(b'}');
        }
        list.end(b']');
    }
}

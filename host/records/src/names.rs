//! The names of an interface's fields, and where each stands.

/// Places in the table, more than twice as many as the longest interface has names, so that few share one.
const PLACES: usize = 256;

/// No field stands here.
const FREE: Place = Place { text: "", field: u8::MAX, name: 0 };

/// A name, the field that it belongs to, and which of the field's names it is.
#[derive(Clone, Copy)]
struct Place {
    text: &'static str,
    field: u8,
    name: u8,
}

/// The fields of an interface in the order in which they are read, each with the names that a source may give it.
/// Of two that are there, the earlier name wins, and the other is an extra column.
pub(crate) struct Names {
    fields: &'static [&'static [&'static str]],
    /// Each name at the place of its hash or behind it.
    places: [Place; PLACES],
}

impl Names {
    pub(crate) const fn new(fields: &'static [&'static [&'static str]]) -> Self {
        assert!(fields.len() <= PLACES / 4);
        let mut places = [FREE; PLACES];
        let mut field = 0;
        while field < fields.len() {
            let mut name = 0;
            while name < fields[field].len() {
                let mut place = place(fields[field][name].as_bytes());
                while places[place].field != FREE.field {
                    place = (place + 1) % PLACES;
                }
                places[place] = Place { text: fields[field][name], field: field as u8, name: name as u8 };
                name += 1;
            }
            field += 1;
        }
        Self { fields, places }
    }

    /// How many fields there are.
    pub(crate) const fn len(&self) -> usize {
        self.fields.len()
    }

    /// The field with this name, and which of its names it is.
    pub(crate) fn find(&self, key: &str) -> Option<(usize, u8)> {
        let mut place = place(key.as_bytes());
        loop {
            let Place { text, field, name } = self.places[place];
            if text == key && field != FREE.field {
                return Some((field.into(), name));
            }
            if field == FREE.field {
                return None;
            }
            place = (place + 1) % PLACES;
        }
    }

    /// One of a field's names.
    pub(crate) fn name(&self, field: usize, name: u8) -> &'static str {
        self.fields[field][usize::from(name)]
    }
}

/// Where a name belongs: its length, and some letters that tell one field from another.
const fn place(name: &[u8]) -> usize {
    match name {
        [] => 0,
        [only] => *only as usize % PLACES,
        [first, middle @ .., last] => {
            let inner = if middle.is_empty() { 0 } else { middle[middle.len() / 2] as usize };
            (name.len() * 37 + *first as usize * 5 + inner * 11 + *last as usize * 3) % PLACES
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static NAMES: Names = Names::new(&[&["id"], &["email_address", "email"], &["a"], &[""]]);

    #[test]
    fn every_name_is_found_and_no_other() {
        for (field, names) in NAMES.fields.iter().enumerate() {
            for (name, text) in names.iter().enumerate() {
                assert_eq!(NAMES.find(text), Some((field, name as u8)), "{text}");
            }
        }
        for text in ["ids", "b", "email_addres", "emai1", "é"] {
            assert_eq!(NAMES.find(text), None, "{text}");
        }
    }
}

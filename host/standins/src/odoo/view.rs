//! Views: stored, checked and combined, for form views that a client adds to.

use serde_json::Value;

use super::database::Database;
use super::fault::Fault;
use super::store::{Row, id_of, is_set, text_of};

/// Moves `arch` to the stored column and fills model and mode from the parent.
pub(crate) fn before_create(database: &Database, values: &mut Row) -> Result<(), Fault> {
    before_write(values);
    if let Some(parent) = values.get("inherit_id").and_then(Value::as_i64) {
        let parent = database.store.get("ir.ui.view", parent).ok_or_else(|| Fault::missing("ir.ui.view", &[parent]))?;
        for name in ["model", "type"] {
            if !values.contains_key(name)
                && let Some(value) = parent.get(name)
            {
                values.insert(name.to_owned(), value.clone());
            }
        }
        values.entry("mode").or_insert_with(|| "extension".into());
    }
    Ok(())
}

/// Moves `arch` to the stored column.
pub(crate) fn before_write(values: &mut Row) {
    for name in ["arch", "arch_base"] {
        if let Some(arch) = values.shift_remove(name) {
            values.insert("arch_db".to_owned(), arch);
        }
    }
}

/// Checks that an extension finds its place and names fields that exist.
pub(crate) fn check(database: &Database, row: &Row) -> Result<(), Fault> {
    let Some(arch) = text_of(row, "arch_db") else { return Ok(()) };
    let tree = Tree::parse(arch).ok_or_else(|| {
        Fault::validation("Error while parsing or validating view:\n\nThe arch is no well-formed XML document")
    })?;
    if let Some(name) = text_of(row, "model")
        && let Some(model) = database.store.model(name)
    {
        for field in tree.elements.iter().filter(|element| element.name == "field") {
            let nested = field.parents(&tree).any(|parent| parent.name == "field");
            if let Some(field) = field.attribute("name").filter(|_| !nested)
                && !model.fields.contains_key(field)
            {
                return Err(Fault::validation(format!(
                    "Error while validating view near:\n\n{}\n\nField \"{field}\" does not exist in model \"{name}\"",
                    arch.chars().take(200).collect::<String>()
                )));
            }
        }
    }
    if let Some(parent) = id_of(row, "inherit_id") {
        let base = combined(database, parent);
        apply(&base, arch).map(|_| ())?;
    }
    Ok(())
}

/// A view's arch with every active extension applied, by priority.
pub(crate) fn combined(database: &Database, id: i64) -> String {
    let Some(view) = database.store.get("ir.ui.view", id) else { return String::new() };
    let mut arch = text_of(view, "arch_db").unwrap_or_default().to_owned();
    let mut extensions: Vec<(i64, i64, &str)> = database
        .store
        .rows("ir.ui.view")
        .filter(|(_, row)| id_of(row, "inherit_id") == Some(id) && is_set(row, "active"))
        .filter(|(_, row)| text_of(row, "mode") != Some("primary"))
        .map(|(id, row)| (id_of(row, "priority").unwrap_or(16), id, text_of(row, "arch_db").unwrap_or_default()))
        .collect();
    extensions.sort_unstable();
    for (_, _, extension) in extensions {
        // Checked when it was stored; a parent that changed since leaves it out.
        if let Ok(next) = apply(&arch, extension) {
            arch = next;
        }
    }
    arch
}

/// Applies an extension's `xpath` elements (and elements with a `position`) to a parent's arch.
fn apply(base: &str, extension: &str) -> Result<String, Fault> {
    let Some(tree) = Tree::parse(extension) else { return Ok(base.to_owned()) };
    let mut arch = base.to_owned();
    let root = match tree.elements.first() {
        Some(root) if root.name == "data" => 0,
        _ => usize::MAX,
    };
    for (index, spec) in tree.elements.iter().enumerate() {
        let top = if root == 0 { spec.parent == Some(0) } else { index == 0 };
        if !top {
            continue;
        }
        let expression = if spec.name == "xpath" {
            spec.attribute("expr")
                .ok_or_else(|| Fault::validation("Missing 'expr' attribute in xpath specification"))?
                .to_owned()
        } else {
            match spec.attribute("name") {
                Some(name) => format!("//{}[@name='{name}']", spec.name),
                None => format!("//{}", spec.name),
            }
        };
        let Some(parent) = Tree::parse(&arch) else { return Ok(arch) };
        let Some(target) = parent.find(&expression) else {
            let shown = if spec.name == "xpath" {
                format!("<xpath expr=\"{expression}\">")
            } else {
                extension[spec.start..spec.open_end].to_owned()
            };
            return Err(Fault::validation(format!(
                "Error while parsing or validating view:\n\nElement '{shown}' cannot be located in parent view"
            )));
        };
        let content = &extension[spec.open_end..spec.close_start];
        let (from, to, text) = match spec.attribute("position").unwrap_or("inside") {
            "before" => (target.start, target.start, content.to_owned()),
            "after" => (target.end, target.end, content.to_owned()),
            "replace" => (target.start, target.end, content.to_owned()),
            "inside" if target.open_end == target.end => {
                let open = arch[target.start..target.end].trim_end_matches("/>").trim_end();
                (target.start, target.end, format!("{open}>{content}</{}>", target.name))
            }
            "inside" => (target.close_start, target.close_start, content.to_owned()),
            _ => continue,
        };
        arch.replace_range(from..to, &text);
    }
    Ok(arch)
}

/// An element's place in its text: `<a …>` is `start..open_end`, `</a>` is `close_start..end`.
#[derive(Debug)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    parent: Option<usize>,
    start: usize,
    open_end: usize,
    close_start: usize,
    end: usize,
}

impl Element {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn parents<'tree>(&self, tree: &'tree Tree) -> impl Iterator<Item = &'tree Element> {
        std::iter::successors(self.parent.map(|at| &tree.elements[at]), |element| {
            element.parent.map(|at| &tree.elements[at])
        })
    }
}

/// The elements of an XML text in document order.
#[derive(Debug)]
struct Tree {
    elements: Vec<Element>,
}

impl Tree {
    /// `None` when the text isn't well-formed.
    fn parse(text: &str) -> Option<Tree> {
        let mut elements: Vec<Element> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        let mut at = 0;
        while let Some(found) = text[at..].find('<') {
            let start = at + found;
            let rest = &text[start..];
            if let Some(comment) = rest.strip_prefix("<!--") {
                at = start + 4 + comment.find("-->")? + 3;
            } else if rest.starts_with("<?") {
                at = start + rest.find("?>")? + 2;
            } else if let Some(closing) = rest.strip_prefix("</") {
                let end = closing.find('>')?;
                let element = &mut elements[open.pop()?];
                if closing[..end].trim() != element.name {
                    return None;
                }
                element.close_start = start;
                element.end = start + 2 + end + 1;
                at = element.end;
            } else {
                let end = start + tag_end(rest)?;
                let empty = text[..end - 1].ends_with('/');
                let inner = &text[start + 1..end - 1 - usize::from(empty)];
                let name_end = inner.find(char::is_whitespace).unwrap_or(inner.len());
                let element = Element {
                    name: inner[..name_end].to_owned(),
                    attributes: attributes(&inner[name_end..])?,
                    parent: open.last().copied(),
                    start,
                    open_end: end,
                    close_start: end,
                    end,
                };
                if element.name.is_empty() {
                    return None;
                }
                elements.push(element);
                if !empty {
                    open.push(elements.len() - 1);
                }
                at = end;
            }
        }
        (open.is_empty() && !elements.is_empty()).then_some(Tree { elements })
    }

    /// The first element that a simple path names: steps of `/tag` or `//tag`, with `[@a='b']` or `[n]`.
    fn find(&self, expression: &str) -> Option<&Element> {
        let mut current: Vec<Option<usize>> = vec![None];
        let mut rest = expression.trim();
        if !rest.starts_with('/') {
            return None;
        }
        while !rest.is_empty() {
            let deep = rest.starts_with("//");
            rest = rest.trim_start_matches('/');
            let mut depth = 0;
            let end = rest
                .char_indices()
                .find(|(_, c)| {
                    depth += i32::from(*c == '[') - i32::from(*c == ']');
                    *c == '/' && depth == 0
                })
                .map_or(rest.len(), |(end, _)| end);
            let step = &rest[..end];
            rest = &rest[end..];
            let (name, predicates) = step.split_once('[').unwrap_or((step, ""));
            let mut next: Vec<Option<usize>> = Vec::new();
            for (index, element) in self.elements.iter().enumerate() {
                let inside = current.iter().any(|from| match (from, deep) {
                    (None, true) => true,
                    (None, false) => element.parent.is_none(),
                    (Some(from), false) => element.parent == Some(*from),
                    (Some(from), true) => {
                        self.elements[*from].start < element.start && element.end <= self.elements[*from].end
                    }
                });
                if inside && (name == "*" || element.name == name) && holds(element, predicates) {
                    next.push(Some(index));
                }
            }
            current = next;
        }
        current.first().copied().flatten().map(|index| &self.elements[index])
    }
}

/// Whether `@a='b']…` holds; what isn't an attribute's test is taken as true.
fn holds(element: &Element, predicates: &str) -> bool {
    predicates.split('[').map(|part| part.trim_end_matches(']')).all(|part| {
        let Some(test) = part.trim().strip_prefix('@') else { return true };
        match test.split_once('=') {
            Some((name, value)) => element.attribute(name.trim()) == Some(value.trim().trim_matches(['\'', '"'])),
            None => element.attribute(test.trim()).is_some(),
        }
    })
}

/// Where the tag ends that begins `rest`, quotes respected.
fn tag_end(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in rest.char_indices().skip(1) {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '>' => return Some(at + 1),
            None if c == '<' => return None,
            None => {}
        }
    }
    None
}

fn attributes(text: &str) -> Option<Vec<(String, String)>> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| *c == '"' || *c == '\'')?;
        let end = after[1..].find(quote)?;
        found.push((name.trim().to_owned(), after[1..=end].to_owned()));
        rest = after[end + 2..].trim_start();
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "<form><sheet><notebook colspan=\"4\"><page string=\"A\" name=\"a\"/></notebook></sheet></form>";

    #[test]
    fn an_extension_lands_inside_the_notebook() {
        let extension = "<data><xpath expr=\"//notebook\" position=\"inside\"><page string=\"Dental\"/></xpath></data>";
        assert_eq!(
            apply(FORM, extension),
            Ok("<form><sheet><notebook colspan=\"4\"><page string=\"A\" name=\"a\"/><page string=\"Dental\"/></notebook></sheet></form>".to_owned())
        );
        let after = "<xpath expr=\"//page[@name='a']\" position=\"after\"><page string=\"B\"/></xpath>";
        assert!(apply(FORM, after).is_ok_and(|arch| arch.contains("name=\"a\"/><page string=\"B\"/>")));
    }

    #[test]
    fn a_place_that_is_not_there_is_refused_in_odoos_words() {
        let extension = "<data><xpath expr=\"//nonesuch\" position=\"inside\"><page/></xpath></data>";
        assert_eq!(
            apply(FORM, extension),
            Err(Fault::validation(
                "Error while parsing or validating view:\n\nElement '<xpath expr=\"//nonesuch\">' cannot be located in parent view"
            ))
        );
    }

    #[test]
    fn broken_xml_is_no_tree() {
        assert!(Tree::parse("<data><xpath").is_none());
        assert!(Tree::parse("<a></b>").is_none());
        assert!(Tree::parse(FORM).is_some());
    }
}

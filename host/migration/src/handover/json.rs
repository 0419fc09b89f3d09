//! JSON laid out anew without being read: numbers keep every digit, names their order.

/// On one line, without blanks between its parts.
pub(super) fn one_line(text: &str) -> String {
    laid_out(text, None)
}

/// A line for each member, indented.
pub(super) fn indented(text: &str) -> String {
    laid_out(text, Some(2))
}

/// `text` is JSON.
fn laid_out(text: &str, indent: Option<usize>) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let (mut depth, mut parts) = (0_usize, text.chars().peekable());
    let line = |out: &mut String, depth: usize| {
        if let Some(indent) = indent {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', depth * indent));
        }
    };
    while let Some(part) = parts.next() {
        match part {
            ' ' | '\t' | '\n' | '\r' => {}
            '"' => {
                out.push(part);
                let mut escaped = false;
                for part in parts.by_ref() {
                    out.push(part);
                    match part {
                        '"' if !escaped => break,
                        _ => escaped = part == '\\' && !escaped,
                    }
                }
            }
            '{' | '[' => {
                out.push(part);
                while parts.next_if(char::is_ascii_whitespace).is_some() {}
                match parts.next_if(|next| matches!(next, '}' | ']')) {
                    Some(end) => out.push(end),
                    None => {
                        depth += 1;
                        line(&mut out, depth);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(part);
            }
            ',' => {
                out.push(part);
                line(&mut out, depth);
            }
            ':' => out.push_str(if indent.is_some() { ": " } else { ":" }),
            _ => out.push(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_escapes_and_order_stay() {
        let text = "{ \"b\" : 1.10,\n\"a\":[ ],\"c\":[1e400,{\"q\":\"a \\\"b\\\\\", \"u\":\"{,: }\"}] }";
        let short = r#"{"b":1.10,"a":[],"c":[1e400,{"q":"a \"b\\","u":"{,: }"}]}"#;
        assert_eq!(one_line(text), short);
        let long = "{\n  \"b\": 1.10,\n  \"a\": [],\n  \"c\": [\n    1e400,\n    {\n      \"q\": \"a \\\"b\\\\\",\n      \"u\": \"{,: }\"\n    }\n  ]\n}";
        assert_eq!(indented(text), long);
        assert_eq!(one_line(&indented(text)), short);
        assert_eq!(indented(" \"x\" "), "\"x\"");
    }
}

//! The words of a text in Rich Text Format 1.9: its paragraphs, tabs and letters, without fonts, pictures and formatting.

use core::iter::Peekable;
use core::str::Chars;

/// What an RTF document says.
#[derive(Debug, PartialEq, Eq)]
pub struct Document {
    /// Its words; paragraphs and lines end in a line break.
    pub words: String,
    /// Whether letters were read as Windows-1252 though the document names another code page.
    pub guessed: bool,
}

/// Reads a document; none where the text is none.
#[must_use]
pub fn read(text: &str) -> Option<Document> {
    let text = text.trim();
    text.starts_with(r"{\rtf").then(|| {
        let mut reader = Reader { rest: text.chars().peekable(), ..Reader::default() };
        reader.run();
        Document { words: tidied(&reader.words), guessed: reader.guessed }
    })
}

/// Groups whose text is none of the document's own.
const SILENT: [&str; 24] = [
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "header",
    "headerl",
    "headerr",
    "headerf",
    "footer",
    "footerl",
    "footerr",
    "footerf",
    "listtable",
    "listoverridetable",
    "revtbl",
    "rsidtbl",
    "generator",
    "themedata",
    "colorschememapping",
    "latentstyles",
    "datastore",
    "fldinst",
];

/// Control words that stand for characters.
const CHARACTERS: [(&str, char); 16] = [
    ("par", '\n'),
    ("line", '\n'),
    ("sect", '\n'),
    ("page", '\n'),
    ("row", '\n'),
    ("tab", '\t'),
    ("cell", '\t'),
    ("emdash", '—'),
    ("endash", '–'),
    ("lquote", '‘'),
    ("rquote", '’'),
    ("ldblquote", '“'),
    ("rdblquote", '”'),
    ("bullet", '•'),
    ("emspace", ' '),
    ("enspace", ' '),
];

/// The characters 80 to 9F of Windows-1252; those that it does not have read as nothing that is known.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž', '\u{fffd}', '\u{fffd}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}', 'ž', 'Ÿ',
];

/// What holds to the end of a group.
#[derive(Clone, Copy)]
struct Group {
    silent: bool,
    /// Characters that stand for one in Unicode, where a reader does not know that.
    substitutes: u32,
}

struct Reader<'t> {
    rest: Peekable<Chars<'t>>,
    group: Group,
    outer: Vec<Group>,
    words: String,
    /// Substitutes that are still to be passed over.
    pass_over: u32,
    /// The first half of a character beyond U+FFFF.
    high: Option<u32>,
    other_code_page: bool,
    guessed: bool,
}

impl Default for Reader<'_> {
    fn default() -> Self {
        Self {
            rest: "".chars().peekable(),
            group: Group { silent: false, substitutes: 1 },
            outer: Vec::new(),
            words: String::new(),
            pass_over: 0,
            high: None,
            other_code_page: false,
            guessed: false,
        }
    }
}

impl Reader<'_> {
    fn run(&mut self) {
        while let Some(character) = self.rest.next() {
            match character {
                '{' => self.outer.push(self.group),
                '}' => {
                    self.pass_over = 0;
                    match self.outer.pop() {
                        Some(outer) => self.group = outer,
                        None => return,
                    }
                }
                '\\' => self.control(),
                '\n' | '\r' => {}
                other => self.put(other),
            }
        }
    }

    /// What follows a backslash.
    fn control(&mut self) {
        match self.rest.peek().copied() {
            Some(letter) if letter.is_ascii_alphabetic() => self.word(),
            Some(symbol) => {
                self.rest.next();
                match symbol {
                    '\\' | '{' | '}' => self.put(symbol),
                    '\'' => self.byte(),
                    '*' => self.group.silent = true,
                    '~' => self.put(' '),
                    '_' => self.put('-'),
                    '\n' | '\r' => self.put('\n'),
                    _ => {}
                }
            }
            None => {}
        }
    }

    /// A control word with the number behind it, and the one blank that ends it.
    fn word(&mut self) {
        let mut word = String::new();
        while let Some(letter) = self.rest.next_if(char::is_ascii_alphabetic) {
            word.push(letter);
        }
        let mut number = String::new();
        number.extend(self.rest.next_if_eq(&'-'));
        while let Some(digit) = self.rest.next_if(char::is_ascii_digit) {
            number.push(digit);
        }
        self.rest.next_if_eq(&' ');
        let number: Option<i32> = number.parse().ok();
        match word.as_str() {
            "u" => {
                if let Some(number) = number {
                    self.unicode(number);
                }
            }
            "uc" => self.group.substitutes = number.and_then(|n| u32::try_from(n).ok()).unwrap_or(1),
            "ansicpg" => self.other_code_page = !matches!(number, Some(0 | 1252)),
            "mac" | "pc" | "pca" => self.other_code_page = true,
            "bin" => self.skip(number.unwrap_or_default()),
            silent if SILENT.contains(&silent) => self.group.silent = true,
            other => {
                if let Some((_, character)) = CHARACTERS.iter().find(|(word, _)| *word == other) {
                    self.put(*character);
                }
            }
        }
    }

    /// Passes over so many characters of a picture.
    fn skip(&mut self, characters: i32) {
        for _ in 0..characters {
            if self.rest.next().is_none() {
                return;
            }
        }
    }

    /// `\'e9`: a character by its place in the code page.
    fn byte(&mut self) {
        let mut digit = || self.rest.next_if(char::is_ascii_hexdigit).and_then(|digit| digit.to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else { return };
        let byte = high * 16 + low;
        let character = match byte {
            0x80..=0x9f => WINDOWS_1252[(byte - 0x80) as usize],
            _ => char::from_u32(byte).unwrap_or('\u{fffd}'),
        };
        let counts = byte >= 0x80 && !self.group.silent && self.pass_over == 0;
        self.guessed |= counts && self.other_code_page;
        self.put(character);
    }

    /// `\u8217`: a number of 16 bits with a sign; characters beyond U+FFFF come in two halves.
    fn unicode(&mut self, number: i32) {
        let unit = if number < 0 { number + 0x1_0000 } else { number };
        let unit = u32::try_from(unit).unwrap_or(0xfffd);
        self.pass_over = 0;
        match (self.high.take(), unit) {
            (_, 0xd800..=0xdbff) => self.high = Some(unit),
            (Some(high), 0xdc00..=0xdfff) => {
                self.put(char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (unit - 0xdc00)).unwrap_or('\u{fffd}'));
            }
            _ => self.put(char::from_u32(unit).unwrap_or('\u{fffd}')),
        }
        self.pass_over = self.group.substitutes;
    }

    fn put(&mut self, character: char) {
        if self.pass_over > 0 {
            self.pass_over -= 1;
        } else if !self.group.silent && (!character.is_control() || matches!(character, '\n' | '\t')) {
            self.words.push(character);
        }
    }
}

/// Without blanks at the ends of lines, nor empty lines at the beginning and the end.
fn tidied(words: &str) -> String {
    let lines: Vec<&str> = words.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        read(text).expect("a document").words
    }

    #[test]
    fn paragraphs_and_letters_are_read_and_formatting_is_not() {
        let editor = "{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fnil\\fcharset0 Segoe UI;}}\r\n\
            {\\colortbl ;\\red255\\green0\\blue0;}{\\*\\generator Riched20;}\\viewkind4\\uc1 \r\n\
            \\pard\\f0\\fs18 Probing \\b UR6\\b0  5 mm\\par\r\nCaf\\'e9 \\ldblquote ok\\rdblquote\\tab \\{x\\}\\par\r\n}";
        assert_eq!(words(editor), "Probing UR6 5 mm\nCafé “ok”\t{x}");
    }

    #[test]
    fn characters_beyond_the_code_page_are_read() {
        assert_eq!(words(r"{\rtf1 \u8804?4 mm, \u-10179?\u-8704? \u233\'e9!}"), "≤4 mm, 😀 é!");
        assert_eq!(words(r"{\rtf1\uc0 \u8217s \'80 \'96}"), "’s € –");
        assert_eq!(words(r"{\rtf1\uc2 \u8217ab done}"), "’ done");
    }

    #[test]
    fn what_is_no_text_of_the_document_is_passed_over() {
        let text = r"{\rtf1{\info{\title Secret}}{\*\unknown hidden}{\pict\wmetafile8 0100}Seen{\field{\*\fldinst X}{\fldrslt here}}\bin3 abcend}";
        assert_eq!(words(text), "Seenhereend");
    }

    #[test]
    fn broken_documents_end_where_they_end() {
        for (text, read) in [
            (r"{\rtf1 a\", "a"),
            (r"{\rtf1 a{b", "ab"),
            (r"{\rtf1 a}} rest", "a"),
            (r"{\rtf1 \'g a\u99999999999 b", "g ab"),
        ] {
            assert_eq!(words(text), read, "{text}");
        }
        for text in ["", "rtf", r"\rtf1 a", "{ \\rtf1 a}"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

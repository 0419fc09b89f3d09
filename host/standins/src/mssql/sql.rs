//! The statements that an extractor sends, over tables in memory.

use std::cmp::Ordering;

use jiff::ToSpan;
use jiff::civil::{DateTime, Time, date};

use super::types::{Cell, Kind};
use super::{Column, Database, Table};

/// A statement's parameter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Parameter {
    Null,
    Int(i64),
    Text(String),
}

/// What a statement gives.
pub(super) struct Rows {
    /// The table that it reads.
    pub(super) table: String,
    pub(super) columns: Vec<(String, Kind)>,
    pub(super) rows: Vec<Vec<Cell>>,
}

/// Why there is nothing: SQL Server's number and words.
pub(super) struct Refusal(pub(super) u32, pub(super) String);

type Result<T> = std::result::Result<T, Refusal>;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// A name in brackets.
    Name(String),
    Word(String),
    Number(i64),
    Parameter(usize),
    Mark(char),
    /// `>=`.
    NotLess,
    /// `<=`.
    NotMore,
}

enum Item {
    Column(String),
    /// A money column as a decimal of four digits.
    Exact(String),
    Count,
    Length(String),
    Part(String, i64, i64),
    /// The server's clock.
    Now,
}

/// What a row must fulfil: a column's place, and how it stands to a value.
enum Condition {
    Compared(usize, &'static [Ordering], Parameter),
    Null(usize),
}

struct Reader<'a> {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    parameters: &'a [Parameter],
}

/// Runs a statement at a moment of the server's clock.
pub(super) fn run(database: &Database, statement: &str, parameters: &[Parameter], now: DateTime) -> Result<Rows> {
    let mut reader = Reader { tokens: tokens(statement)?.into_iter().peekable(), parameters };
    reader.word("SELECT")?;
    let top = if reader.is_word("TOP") {
        reader.mark('(')?;
        let top = reader.number()?;
        reader.mark(')')?;
        usize::try_from(top).unwrap_or(0)
    } else {
        usize::MAX
    };
    let mut items = vec![reader.item()?];
    while reader.is_mark(',') {
        items.push(reader.item()?);
    }
    if let ([Item::Now], None) = (&items[..], reader.tokens.peek()) {
        let rows = vec![vec![clock(now)]];
        return Ok(Rows { table: String::new(), columns: vec![("now".to_owned(), Kind::DateTime2(7))], rows });
    }
    reader.word("FROM")?;
    let schema = reader.name()?;
    reader.mark('.')?;
    let name = reader.name()?;
    let table = find(database, &schema, &name)?;
    let at = |column: &str| {
        let same = |own: &Column| own.name.eq_ignore_ascii_case(column);
        table.columns.iter().position(same).ok_or_else(|| Refusal(207, format!("Invalid column name '{column}'.")))
    };
    let mut rows: Vec<&Vec<Cell>> = table.rows.iter().collect();
    if reader.is_word("WHERE") {
        loop {
            let mut any = Vec::new();
            if reader.is_mark('(') {
                any.push(reader.condition(&at)?);
                while reader.is_word("OR") {
                    any.push(reader.condition(&at)?);
                }
                reader.mark(')')?;
            } else {
                any.push(reader.condition(&at)?);
            }
            rows.retain(|row| any.iter().any(|condition| fulfils(&table, row, condition)));
            if !reader.is_word("AND") {
                break;
            }
        }
    }
    if reader.is_word("ORDER") {
        reader.word("BY")?;
        let mut order = vec![at(&reader.name()?)?];
        while reader.is_mark(',') {
            order.push(at(&reader.name()?)?);
        }
        rows.sort_by(|left, right| {
            let one = |column: &usize| sorted(&left[*column]).cmp(&sorted(&right[*column]));
            order.iter().map(one).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        });
    }
    if reader.tokens.next().is_some() {
        return Err(syntax());
    }
    if let [Item::Count] = items[..] {
        let count = Cell::Int(rows.len() as i64);
        return Ok(Rows { table: name, columns: vec![(String::new(), Kind::BigInt)], rows: vec![vec![count]] });
    }
    let mut columns = Vec::new();
    for item in &items {
        columns.push(match item {
            Item::Column(name) => (name.clone(), table.columns[at(name)?].kind),
            Item::Exact(name) => (name.clone(), Kind::Decimal(19, 4)),
            Item::Count => (String::new(), Kind::BigInt),
            Item::Now => return Err(syntax()),
            Item::Length(name) => (name.clone(), Kind::BigInt),
            Item::Part(name, ..) => (name.clone(), Kind::VarBinaryMax),
        });
    }
    let mut found = Vec::new();
    for row in rows.into_iter().take(top) {
        let mut cells = Vec::new();
        for item in &items {
            cells.push(match item {
                Item::Column(name) => row[at(name)?].clone(),
                Item::Exact(name) => match row[at(name)?] {
                    Cell::Money(amount) => Cell::Decimal(amount.into()),
                    _ => Cell::Null,
                },
                Item::Count | Item::Now => return Err(syntax()),
                Item::Length(name) => match &row[at(name)?] {
                    Cell::Bytes(bytes) => Cell::Int(bytes.len() as i64),
                    _ => Cell::Null,
                },
                Item::Part(name, from, length) => match &row[at(name)?] {
                    Cell::Bytes(bytes) => {
                        let from = usize::try_from(from - 1).unwrap_or(0).min(bytes.len());
                        let to = from.saturating_add(usize::try_from(*length).unwrap_or(0)).min(bytes.len());
                        Cell::Bytes(bytes[from..to].to_vec())
                    }
                    _ => Cell::Null,
                },
            });
        }
        found.push(cells);
    }
    Ok(Rows { table: name, columns, rows: found })
}

/// A table of the database, or what it says of its own tables.
fn find(database: &Database, schema: &str, name: &str) -> Result<Table> {
    if schema.eq_ignore_ascii_case("INFORMATION_SCHEMA") && name.eq_ignore_ascii_case("COLUMNS") {
        let column = |name: &str| Column { name: name.to_owned(), kind: Kind::NVarChar(128) };
        let rows = database.tables.iter().flat_map(|table| {
            table.columns.iter().map(|column| {
                [&table.schema, &table.name, &column.name, &column.kind.name().to_owned()]
                    .map(|text| Cell::Text(text.clone()))
                    .to_vec()
            })
        });
        return Ok(Table {
            schema: schema.to_owned(),
            name: name.to_owned(),
            columns: ["TABLE_SCHEMA", "TABLE_NAME", "COLUMN_NAME", "DATA_TYPE"].map(column).to_vec(),
            rows: rows.collect(),
        });
    }
    let same = |table: &&Table| table.schema.eq_ignore_ascii_case(schema) && table.name.eq_ignore_ascii_case(name);
    let found = database.tables.iter().find(same).cloned();
    found.ok_or_else(|| Refusal(208, format!("Invalid object name '{schema}.{name}'.")))
}

fn fulfils(table: &Table, row: &[Cell], condition: &Condition) -> bool {
    match condition {
        Condition::Null(column) => row[*column] == Cell::Null,
        Condition::Compared(column, wanted, value) => {
            let order = compare(table.columns[*column].kind, &row[*column], value);
            order.is_some_and(|order| wanted.contains(&order))
        }
    }
}

/// A moment as `datetime2(7)`.
fn clock(now: DateTime) -> Cell {
    let days = date(1, 1, 1).until(now.date()).map_or(0, |span| span.get_days());
    let since = now.time().duration_since(Time::midnight()).as_nanos() / 100;
    Cell::DateTime2 { days: days.unsigned_abs(), time: u64::try_from(since).unwrap_or(0) }
}

/// How a cell stands to a parameter; null stands to nothing.
fn compare(kind: Kind, cell: &Cell, parameter: &Parameter) -> Option<Ordering> {
    match (cell, parameter) {
        (Cell::Int(own), Parameter::Int(other)) => Some(own.cmp(other)),
        (Cell::Int(own), Parameter::Text(other)) => Some(own.cmp(&other.parse().ok()?)),
        (Cell::Text(own), Parameter::Text(other)) => Some(own.cmp(other)),
        (Cell::DateTime { days, ticks }, Parameter::Text(other)) => {
            let milliseconds = (i64::from(*ticks) * 10 + 1) / 3;
            moment(date(1900, 1, 1), i64::from(*days), milliseconds).map(|own| own.as_str().cmp(other))
        }
        (Cell::DateTime2 { days, time }, Parameter::Text(other)) => {
            let Kind::DateTime2(scale) = kind else { return None };
            let milliseconds = *time as i64 * 1_000 / 10_i64.pow(scale.into());
            moment(date(1, 1, 1), i64::from(*days), milliseconds).map(|own| own.as_str().cmp(other))
        }
        _ => None,
    }
}

/// A moment in ISO 8601 with milliseconds.
fn moment(from: jiff::civil::Date, days: i64, milliseconds: i64) -> Option<String> {
    let moment = from.checked_add(days.days()).ok()?.at(0, 0, 0, 0).checked_add(milliseconds.milliseconds()).ok()?;
    Some(moment.strftime("%Y-%m-%dT%H:%M:%S%.3f").to_string())
}

fn sorted(cell: &Cell) -> (i64, String, Vec<u8>) {
    match cell {
        Cell::Int(number) => (*number, String::new(), Vec::new()),
        Cell::Text(text) => (0, text.clone(), Vec::new()),
        Cell::Guid(bytes) => (0, String::new(), bytes.to_vec()),
        _ => (i64::MIN, String::new(), Vec::new()),
    }
}

fn syntax() -> Refusal {
    Refusal(102, "Incorrect syntax.".to_owned())
}

fn tokens(statement: &str) -> Result<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = statement.chars().peekable();
    while let Some(c) = rest.next() {
        tokens.push(match c {
            c if c.is_whitespace() => continue,
            '[' => {
                let mut name = String::new();
                loop {
                    match rest.next() {
                        // Two closing brackets are one.
                        Some(']') if rest.next_if_eq(&']').is_none() => break,
                        Some(c) => name.push(c),
                        None => return Err(Refusal(105, "Unclosed quotation mark.".to_owned())),
                    }
                }
                Token::Name(name)
            }
            '@' => {
                let name = while_so(&mut rest, String::new(), |c| c.is_alphanumeric());
                let number = name.trim_start_matches(['P', 'p']).parse().map_err(|_| syntax())?;
                Token::Parameter(number)
            }
            '>' if rest.next_if_eq(&'=').is_some() => Token::NotLess,
            '<' if rest.next_if_eq(&'=').is_some() => Token::NotMore,
            c if c.is_ascii_digit() => {
                Token::Number(while_so(&mut rest, c.into(), char::is_ascii_digit).parse().map_err(|_| syntax())?)
            }
            c if c.is_alphabetic() => Token::Word(while_so(&mut rest, c.into(), |c| c.is_alphanumeric() || *c == '_')),
            c => Token::Mark(c),
        });
    }
    Ok(tokens)
}

/// What follows of the same sort.
fn while_so(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, first: String, more: fn(&char) -> bool) -> String {
    let mut text = first;
    while let Some(c) = rest.next_if(more) {
        text.push(c);
    }
    text
}

impl Reader<'_> {
    fn is_word(&mut self, word: &str) -> bool {
        self.tokens.next_if(|token| matches!(token, Token::Word(own) if own.eq_ignore_ascii_case(word))).is_some()
    }

    fn word(&mut self, word: &str) -> Result<()> {
        if self.is_word(word) { Ok(()) } else { Err(syntax()) }
    }

    fn is_mark(&mut self, mark: char) -> bool {
        self.tokens.next_if_eq(&Token::Mark(mark)).is_some()
    }

    fn mark(&mut self, mark: char) -> Result<()> {
        if self.is_mark(mark) { Ok(()) } else { Err(syntax()) }
    }

    fn name(&mut self) -> Result<String> {
        match self.tokens.next() {
            Some(Token::Name(name) | Token::Word(name)) => Ok(name),
            _ => Err(syntax()),
        }
    }

    /// A comparison of a column with a value, or whether it is null.
    fn condition(&mut self, at: &dyn Fn(&str) -> Result<usize>) -> Result<Condition> {
        let column = at(&self.name()?)?;
        if self.is_word("IS") {
            self.word("NULL")?;
            return Ok(Condition::Null(column));
        }
        let wanted: &[Ordering] = match self.tokens.next() {
            Some(Token::Mark('>')) => &[Ordering::Greater],
            Some(Token::NotLess) => &[Ordering::Greater, Ordering::Equal],
            Some(Token::NotMore) => &[Ordering::Less, Ordering::Equal],
            Some(Token::Mark('=')) => &[Ordering::Equal],
            _ => return Err(syntax()),
        };
        Ok(Condition::Compared(column, wanted, self.parameter()?))
    }

    fn parameter(&mut self) -> Result<Parameter> {
        match self.tokens.next() {
            Some(Token::Parameter(number)) => {
                let missing = || Refusal(137, "Must declare the scalar variable.".to_owned());
                self.parameters.get(number.wrapping_sub(1)).cloned().ok_or_else(missing)
            }
            Some(Token::Number(number)) => Ok(Parameter::Int(number)),
            _ => Err(syntax()),
        }
    }

    fn number(&mut self) -> Result<i64> {
        match self.parameter()? {
            Parameter::Int(number) => Ok(number),
            _ => Err(syntax()),
        }
    }

    fn item(&mut self) -> Result<Item> {
        let call = match self.tokens.next() {
            Some(Token::Name(name)) => return Ok(Item::Column(name)),
            Some(Token::Word(word)) => word.to_ascii_uppercase(),
            _ => return Err(syntax()),
        };
        if !self.is_mark('(') {
            return Ok(Item::Column(call));
        }
        let item = match call.as_str() {
            "COUNT_BIG" => {
                self.mark('*')?;
                Item::Count
            }
            "SYSDATETIME" => Item::Now,
            "DATALENGTH" => Item::Length(self.name()?),
            "SUBSTRING" => {
                let name = self.name()?;
                self.mark(',')?;
                let from = self.number()?;
                self.mark(',')?;
                Item::Part(name, from, self.number()?)
            }
            "CAST" => {
                let name = self.name()?;
                for word in ["AS", "DECIMAL"] {
                    self.word(word)?;
                }
                self.mark('(')?;
                let precision = self.number()?;
                self.mark(',')?;
                if (precision, self.number()?) != (19, 4) {
                    return Err(syntax());
                }
                self.mark(')')?;
                Item::Exact(name)
            }
            _ => return Err(Refusal(195, format!("'{call}' is not a recognized built-in function name."))),
        };
        self.mark(')')?;
        if self.is_word("AS") {
            self.name()?;
        }
        Ok(item)
    }
}

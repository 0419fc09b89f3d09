//! Column types and values as TDS writes them. Source: MS-TDS, 2.2.5.4 to 2.2.5.6.

/// A column's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are SQL Server's own")]
pub enum Kind {
    Bit,
    TinyInt,
    SmallInt,
    Int,
    BigInt,
    Real,
    Float,
    SmallMoney,
    Money,
    /// Precision and scale.
    Decimal(u8, u8),
    /// Precision and scale.
    Numeric(u8, u8),
    SmallDateTime,
    DateTime,
    Date,
    /// Digits of a second's fraction.
    Time(u8),
    /// Digits of a second's fraction.
    DateTime2(u8),
    /// Digits of a second's fraction.
    DateTimeOffset(u8),
    /// Bytes.
    VarChar(u16),
    /// Characters.
    NChar(u16),
    /// Characters.
    NVarChar(u16),
    NVarCharMax,
    NText,
    /// Bytes.
    VarBinary(u16),
    VarBinaryMax,
    Image,
    UniqueIdentifier,
    Xml,
    SqlVariant,
}

/// A value, in the units of the wire.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are said in the variants' words")]
pub enum Cell {
    /// No value.
    Null,
    /// Of the bit and integer types.
    Int(i64),
    /// Of `real` and `float`.
    Float(f64),
    /// Ten-thousandths, of the money types.
    Money(i64),
    /// Unscaled digits.
    Decimal(i128),
    /// Days since 1900 and units of a 300th of a second.
    DateTime { days: i32, ticks: u32 },
    /// Days since 1900 and minutes.
    SmallDateTime { days: u16, minutes: u16 },
    /// Days since the year 1.
    Date(u32),
    /// In the type's fraction of a second since midnight.
    Time(u64),
    /// Days since the year 1, and the time.
    DateTime2 { days: u32, time: u64 },
    /// In UTC, with the offset in minutes.
    DateTimeOffset { days: u32, time: u64, offset: i16 },
    /// Of the character types and `xml`.
    Text(String),
    /// Of the binary types.
    Bytes(Vec<u8>),
    /// As SQL Server orders the bytes of `6F9619FF-8B86-D011-B42D-00C04FC964FF`.
    Guid([u8; 16]),
    /// A value with a type of its own.
    Variant(Box<(Kind, Cell)>),
}

/// Latin1_General_CI_AS.
pub(super) const COLLATION: [u8; 5] = [0x09, 0x04, 0xd0, 0x00, 0x34];

/// The most bytes that `varchar(max)` and its like have in memory.
const MAX: u32 = 0x7fff_ffff;

impl Kind {
    /// The name in `INFORMATION_SCHEMA`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bit => "bit",
            Self::TinyInt => "tinyint",
            Self::SmallInt => "smallint",
            Self::Int => "int",
            Self::BigInt => "bigint",
            Self::Real => "real",
            Self::Float => "float",
            Self::SmallMoney => "smallmoney",
            Self::Money => "money",
            Self::Decimal(..) => "decimal",
            Self::Numeric(..) => "numeric",
            Self::SmallDateTime => "smalldatetime",
            Self::DateTime => "datetime",
            Self::Date => "date",
            Self::Time(_) => "time",
            Self::DateTime2(_) => "datetime2",
            Self::DateTimeOffset(_) => "datetimeoffset",
            Self::VarChar(_) => "varchar",
            Self::NChar(_) => "nchar",
            Self::NVarChar(_) | Self::NVarCharMax => "nvarchar",
            Self::NText => "ntext",
            Self::VarBinary(_) | Self::VarBinaryMax => "varbinary",
            Self::Image => "image",
            Self::UniqueIdentifier => "uniqueidentifier",
            Self::Xml => "xml",
            Self::SqlVariant => "sql_variant",
        }
    }

    /// `TYPE_INFO` of the type where it may be null.
    pub(super) fn info(self, out: &mut Vec<u8>) {
        match self {
            Self::Bit => out.extend([0x68, 1]),
            Self::TinyInt => out.extend([0x26, 1]),
            Self::SmallInt => out.extend([0x26, 2]),
            Self::Int => out.extend([0x26, 4]),
            Self::BigInt => out.extend([0x26, 8]),
            Self::Real => out.extend([0x6d, 4]),
            Self::Float => out.extend([0x6d, 8]),
            Self::SmallMoney => out.extend([0x6e, 4]),
            Self::Money => out.extend([0x6e, 8]),
            Self::Decimal(precision, scale) => out.extend([0x6a, digits(precision), precision, scale]),
            Self::Numeric(precision, scale) => out.extend([0x6c, digits(precision), precision, scale]),
            Self::SmallDateTime => out.extend([0x6f, 4]),
            Self::DateTime => out.extend([0x6f, 8]),
            Self::Date => out.push(0x28),
            Self::Time(scale) => out.extend([0x29, scale]),
            Self::DateTime2(scale) => out.extend([0x2a, scale]),
            Self::DateTimeOffset(scale) => out.extend([0x2b, scale]),
            Self::VarChar(length) => sized(0xa7, length, true, out),
            Self::NChar(length) => sized(0xef, length * 2, true, out),
            Self::NVarChar(length) => sized(0xe7, length * 2, true, out),
            Self::NVarCharMax => sized(0xe7, 0xffff, true, out),
            Self::VarBinary(length) => sized(0xa5, length, false, out),
            Self::VarBinaryMax => sized(0xa5, 0xffff, false, out),
            Self::NText | Self::Image => {
                out.push(if self == Self::NText { 0x63 } else { 0x22 });
                out.extend(MAX.to_le_bytes());
                if self == Self::NText {
                    out.extend(COLLATION);
                }
                // The table's name, in one part.
                out.push(1);
                out.extend(1_u16.to_le_bytes());
                out.extend(u16::from(b't').to_le_bytes());
            }
            Self::UniqueIdentifier => out.extend([0x24, 16]),
            // No schema.
            Self::Xml => out.extend([0xf1, 0]),
            Self::SqlVariant => {
                out.push(0x62);
                out.extend(8009_u32.to_le_bytes());
            }
        }
    }

    /// A value, or null, as a row has it.
    pub(super) fn value(self, cell: &Cell, out: &mut Vec<u8>) {
        match self {
            Self::NVarCharMax | Self::VarBinaryMax | Self::Xml => match cell {
                Cell::Null => out.extend(u64::MAX.to_le_bytes()),
                cell => in_parts(&self.bare(cell), out),
            },
            Self::VarChar(_) | Self::NChar(_) | Self::NVarChar(_) | Self::VarBinary(_) => match cell {
                Cell::Null => out.extend(0xffff_u16.to_le_bytes()),
                cell => {
                    let bytes = self.bare(cell);
                    out.extend((bytes.len() as u16).to_le_bytes());
                    out.extend(bytes);
                }
            },
            Self::NText | Self::Image => match cell {
                Cell::Null => out.push(0),
                cell => {
                    let bytes = self.bare(cell);
                    // A pointer and a time stamp, which mean nothing to a reader.
                    out.push(16);
                    out.extend([0x11; 24]);
                    out.extend((bytes.len() as u32).to_le_bytes());
                    out.extend(bytes);
                }
            },
            Self::SqlVariant => variant(cell, out),
            _ => match cell {
                Cell::Null => out.push(0),
                cell => {
                    let bytes = self.bare(cell);
                    out.push(bytes.len() as u8);
                    out.extend(bytes);
                }
            },
        }
    }

    /// A value's bytes without their length.
    fn bare(self, cell: &Cell) -> Vec<u8> {
        match (self, cell) {
            (Self::Bit | Self::TinyInt, Cell::Int(number)) => vec![*number as u8],
            (Self::SmallInt, Cell::Int(number)) => (*number as i16).to_le_bytes().to_vec(),
            (Self::Int, Cell::Int(number)) => (*number as i32).to_le_bytes().to_vec(),
            (Self::BigInt, Cell::Int(number)) => number.to_le_bytes().to_vec(),
            (Self::Real, Cell::Float(number)) => (*number as f32).to_le_bytes().to_vec(),
            (Self::Float, Cell::Float(number)) => number.to_le_bytes().to_vec(),
            (Self::SmallMoney, Cell::Money(amount)) => (*amount as i32).to_le_bytes().to_vec(),
            // The higher half comes first.
            (Self::Money, Cell::Money(amount)) => {
                [((*amount >> 32) as i32).to_le_bytes(), (*amount as i32).to_le_bytes()].concat()
            }
            (Self::Decimal(precision, _) | Self::Numeric(precision, _), Cell::Decimal(unscaled)) => {
                let mut bytes = vec![u8::from(*unscaled >= 0)];
                bytes.extend(&unscaled.unsigned_abs().to_le_bytes()[..usize::from(digits(precision)) - 1]);
                bytes
            }
            (Self::SmallDateTime, Cell::SmallDateTime { days, minutes }) => {
                [days.to_le_bytes(), minutes.to_le_bytes()].concat()
            }
            (Self::DateTime, Cell::DateTime { days, ticks }) => [days.to_le_bytes(), ticks.to_le_bytes()].concat(),
            (Self::Date, Cell::Date(days)) => days.to_le_bytes()[..3].to_vec(),
            (Self::Time(scale), Cell::Time(time)) => clock(scale, *time),
            (Self::DateTime2(scale), Cell::DateTime2 { days, time }) => {
                [&clock(scale, *time)[..], &days.to_le_bytes()[..3]].concat()
            }
            (Self::DateTimeOffset(scale), Cell::DateTimeOffset { days, time, offset }) => {
                [&clock(scale, *time)[..], &days.to_le_bytes()[..3], &offset.to_le_bytes()[..]].concat()
            }
            // The code page of the collation: Windows-1252, of which the tests use what is ASCII.
            (Self::VarChar(_), Cell::Text(text)) => text.bytes().collect(),
            (_, Cell::Text(text)) => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            (_, Cell::Bytes(bytes)) => bytes.clone(),
            (_, Cell::Guid(bytes)) => bytes.to_vec(),
            (kind, cell) => panic!("a stand-in's table holds {cell:?} in a column of {kind:?}"),
        }
    }
}

/// A variant: its length, the type with the type's own properties, the value.
fn variant(cell: &Cell, out: &mut Vec<u8>) {
    let Cell::Variant(inner) = cell else { return out.extend(0_u32.to_le_bytes()) };
    let (kind, value) = &**inner;
    let mut properties = Vec::new();
    let base = match kind {
        Kind::Bit => 0x32,
        Kind::TinyInt => 0x30,
        Kind::SmallInt => 0x34,
        Kind::Int => 0x38,
        Kind::BigInt => 0x7f,
        Kind::Float => 0x3e,
        Kind::Money => 0x3c,
        Kind::DateTime => 0x3d,
        Kind::UniqueIdentifier => 0x24,
        Kind::Decimal(precision, scale) | Kind::Numeric(precision, scale) => {
            properties.extend([*precision, *scale]);
            0x6c
        }
        _ => {
            properties.extend(COLLATION);
            properties.extend(8000_u16.to_le_bytes());
            0xe7
        }
    };
    let bytes = kind.bare(value);
    out.extend(((2 + properties.len() + bytes.len()) as u32).to_le_bytes());
    out.extend([base, properties.len() as u8]);
    out.extend(properties);
    out.extend(bytes);
}

/// Bytes of a decimal: its sign and its digits.
fn digits(precision: u8) -> u8 {
    match precision {
        0..=9 => 5,
        10..=19 => 9,
        20..=28 => 13,
        _ => 17,
    }
}

fn clock(scale: u8, time: u64) -> Vec<u8> {
    let length = match scale {
        0..=2 => 3,
        3..=4 => 4,
        _ => 5,
    };
    time.to_le_bytes()[..length].to_vec()
}

fn sized(token: u8, length: u16, text: bool, out: &mut Vec<u8>) {
    out.push(token);
    out.extend(length.to_le_bytes());
    if text {
        out.extend(COLLATION);
    }
}

/// A long value: its length, pieces of up to 8,000 bytes, an empty piece.
fn in_parts(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend((bytes.len() as u64).to_le_bytes());
    for part in bytes.chunks(8_000) {
        out.extend((part.len() as u32).to_le_bytes());
        out.extend(part);
    }
    out.extend(0_u32.to_le_bytes());
}

//! Reads the spans of an `ExportTraceServiceRequest`, by the numbers of its fields in OTLP's `.proto`
//! files and with no code of the exporter.

use std::collections::BTreeMap;
use std::fmt::Write;

#[derive(Clone, Debug)]
pub struct Span {
    pub trace: String,
    pub id: String,
    pub parent: String,
    pub name: String,
    /// 1: internal, 2: server.
    pub kind: u64,
    pub attributes: BTreeMap<String, String>,
    pub nanoseconds: u64,
}

enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl Value<'_> {
    fn number(&self) -> u64 {
        match self {
            Self::Number(number) => *number,
            Self::Bytes(_) => panic!("a number was expected"),
        }
    }
}

/// The spans of a request.
pub fn spans(request: &[u8]) -> Vec<Span> {
    let resources = all(request, 1).into_iter();
    let scopes = resources.flat_map(|resource| all(resource, 2));
    scopes.flat_map(|scope| all(scope, 2)).map(span).collect()
}

fn span(bytes: &[u8]) -> Span {
    let id = |field| all(bytes, field).first().map(|id| hex(id)).unwrap_or_default();
    let number = |field| find(bytes, field).map(|value| value.number()).unwrap_or_default();
    Span {
        trace: id(1),
        id: id(2),
        parent: id(4),
        name: text(bytes, 5),
        kind: number(6),
        attributes: all(bytes, 9).into_iter().map(|pair| (text(pair, 1), value(all(pair, 2)[0]))).collect(),
        nanoseconds: number(8).checked_sub(number(7)).unwrap(),
    }
}

/// A string, a bool or an integer.
fn value(bytes: &[u8]) -> String {
    match fields(bytes).pop() {
        Some((1, Value::Bytes(text))) => String::from_utf8(text.to_vec()).unwrap(),
        Some((2 | 3, Value::Number(number))) => number.to_string(),
        _ => panic!("a value of another type"),
    }
}

fn text(bytes: &[u8], field: u64) -> String {
    all(bytes, field).first().map(|text| String::from_utf8(text.to_vec()).unwrap()).unwrap_or_default()
}

fn all(bytes: &[u8], field: u64) -> Vec<&[u8]> {
    let found = fields(bytes).into_iter().filter(|(number, _)| *number == field);
    found
        .map(|(_, value)| match value {
            Value::Bytes(bytes) => bytes,
            Value::Number(_) => panic!("bytes were expected"),
        })
        .collect()
}

fn find(bytes: &[u8], field: u64) -> Option<Value<'_>> {
    fields(bytes).into_iter().find(|(number, _)| *number == field).map(|(_, value)| value)
}

/// The fields of a message: number and value.
fn fields(mut rest: &[u8]) -> Vec<(u64, Value<'_>)> {
    let mut found = Vec::new();
    while !rest.is_empty() {
        let tag = varint(&mut rest);
        let value = match tag & 7 {
            0 => Value::Number(varint(&mut rest)),
            1 => Value::Number(u64::from_le_bytes(take(&mut rest, 8).try_into().unwrap())),
            2 => {
                let length = usize::try_from(varint(&mut rest)).unwrap();
                Value::Bytes(take(&mut rest, length))
            }
            5 => Value::Number(u32::from_le_bytes(take(&mut rest, 4).try_into().unwrap()).into()),
            other => panic!("there is no wire type {other}"),
        };
        found.push((tag >> 3, value));
    }
    found
}

fn varint(rest: &mut &[u8]) -> u64 {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(rest, 1)[0];
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return number;
        }
    }
    panic!("a number is too long")
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, left) = rest.split_at(length);
    *rest = left;
    taken
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

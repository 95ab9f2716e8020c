//! The tree solver: rows of any shape against a sample of any shape.
#![no_main]

use libfuzzer_sys::fuzz_target;
use topsdk_codegen::page::{Children, Row};
use topsdk_codegen::tree::{self, Shape};
use topsdk_spec::Side;

fuzz_target!(|input: &[u8]| {
    let cut = input.iter().position(|byte| *byte == 0).unwrap_or(input.len());
    let (shape, rows) = input.split_at(cut);
    let rows: Vec<Row> = rows
        .chunks_exact(3)
        .map(|row| Row {
            under: (row[0] & 0x80 != 0).then_some(usize::from(row[1])),
            children: match row[0] & 3 {
                0 => Children::None,
                1 => Children::Own,
                2 => Children::Following,
                _ => Children::Unknown,
            },
            name: char::from(b'a' + row[2] % 6).to_string(),
            type_name: char::from(b'A' + row[2] % 3).to_string(),
            list: row[0] & 4 != 0,
            ..Row::default()
        })
        .collect();
    let text = String::from_utf8_lossy(shape);
    let shapes: Vec<_> =
        [Side::Response, Side::Request].into_iter().filter_map(|side| Shape::parse(side, &text)).collect();
    if let Ok(solved) = tree::grow(&rows, &shapes) {
        assert_eq!(solved.parents.len(), rows.len());
        assert!(solved.parents.iter().enumerate().all(|(row, parent)| parent.is_none_or(|parent| parent < row)));
        let (_, paths) = tree::params(&rows, &solved);
        assert_eq!(paths.len(), rows.len());
    }
});

//! What the macros say, one file a rule; and what they have to take.

#[test]
fn every_mistake_is_pointed_out_where_it_is() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

#[test]
fn hostile_names_compile() {
    trybuild::TestCases::new().pass("tests/pass/*.rs");
}

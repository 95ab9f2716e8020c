//! What the macros say, one file a rule; and what they have to take.

#[test]
#[cfg_attr(not(slow), ignore = "compiles crates: needs TOPSDK_SLOW=1")]
fn every_mistake_is_pointed_out_where_it_is() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

#[test]
#[cfg_attr(not(slow), ignore = "compiles crates: needs TOPSDK_SLOW=1")]
fn hostile_names_compile() {
    trybuild::TestCases::new().pass("tests/pass/*.rs");
}

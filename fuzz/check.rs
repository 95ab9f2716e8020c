//! What holds for every page that was read.

use topsdk_codegen::read::Reading;

/// Every place is within the page, between characters; the spec survives its own JSON.
pub fn spans(reading: &Reading) {
    for diagnostic in &reading.diagnostics {
        if let Some(span) = &diagnostic.place.span {
            assert!(reading.origins.text().get(span.clone()).is_some());
        }
    }
    assert!(reading.api.to_json().ends_with('\n'));
}

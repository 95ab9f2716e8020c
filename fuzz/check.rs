//! What holds for every page that was read.

use topsdk_codegen::check;
use topsdk_codegen::diagnostic::PageText;
use topsdk_codegen::read::Reading;
use topsdk_spec::Api;

/// Every place is within the page, between characters, and can be drawn; the spec survives its own JSON.
pub fn holds(reading: &Reading) {
    let text = reading.origins.text();
    let page = PageText::new(text);
    let found = reading.diagnostics.iter().cloned().chain(check::lint(&reading.api, Some(&reading.origins)));
    for (index, diagnostic) in found.enumerate() {
        if let Some(span) = &diagnostic.place.span {
            assert!(text.get(span.clone()).is_some());
        }
        if index < 20 {
            assert!(diagnostic.render(Some(&page), false).ends_with('\n'));
        }
    }
    let json = reading.api.to_json();
    assert_eq!(Api::from_json(&json).map(|api| api.to_json()).ok(), Some(json));
}

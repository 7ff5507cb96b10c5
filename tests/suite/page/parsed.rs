//! A page, as a browser reads it.

use std::collections::BTreeSet;

use scraper::{ElementRef, Html, Selector};

pub(crate) struct Parsed(Html);

impl Parsed {
    pub(crate) fn new(page: &str) -> Self {
        Self(Html::parse_document(page))
    }

    /// The elements that a selector finds, in their order.
    #[track_caller]
    pub(crate) fn all(&self, selector: &str) -> Vec<ElementRef<'_>> {
        self.0.select(&Selector::parse(selector).unwrap()).collect()
    }

    #[track_caller]
    pub(crate) fn only(&self, selector: &str) -> ElementRef<'_> {
        let found = self.all(selector);
        assert_eq!(found.len(), 1, "{selector}");
        found[0]
    }

    /// The values of an attribute.
    pub(crate) fn values(&self, attribute: &str) -> Vec<&str> {
        let elements = self.all("*");
        elements.into_iter().filter_map(|element| element.value().attr(attribute)).collect()
    }

    /// The elements that occur, each with the names of its attributes.
    pub(crate) fn kinds(&self) -> BTreeSet<(String, Vec<String>)> {
        let kind = |element: ElementRef<'_>| {
            let mut attributes: Vec<_> = element.value().attrs().map(|(name, _)| name.to_owned()).collect();
            attributes.sort_unstable();
            (element.value().name().to_owned(), attributes)
        };
        self.all("*").into_iter().map(kind).collect()
    }
}

/// All text in an element, without line breaks.
pub(crate) fn text(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a selector finds below an element.
#[track_caller]
pub(crate) fn below<'a>(element: ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    element.select(&Selector::parse(selector).unwrap()).collect()
}

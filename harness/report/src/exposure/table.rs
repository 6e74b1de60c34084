//! The exposure map as a table in HTML.

use maud::{Markup, html};

use super::{Exposure, ExposureMap};

/// The map as an HTML table with heads for both sides, and a list of what was read beyond the claim. No style of its own: cells
/// have the classes `exposure-safe`, `exposure-allowed`, `exposure-undelivered`, `exposure-by-design`, `exposure-beyond-claim` and
/// `exposure-untried`.
#[must_use]
pub fn html(map: &ExposureMap) -> String {
    let pairs = (0..map.thefts.len())
        .flat_map(|theft| (0..map.messages.len()).map(move |message| (theft, message)));
    let beyond: Vec<String> = pairs
        .filter(|&(theft, message)| map.exposure(theft, message) == Exposure::BeyondClaim)
        .map(|(theft, message)| map.told(theft, message))
        .collect();
    let page = html! {
        table class="exposure" {
            caption { (map.summary()) }
            thead {
                tr {
                    th scope="col" { "theft" }
                    @for column in &map.messages {
                        th scope="col" { "message " (column.label) " of the " (column.from) }
                    }
                }
            }
            tbody { @for theft in 0..map.thefts.len() { (row(map, theft)) } }
        }
        @if !beyond.is_empty() {
            ul class="exposure-findings" { @for told in &beyond { li { (told) } } }
        }
    };
    page.into_string() + "\n"
}

fn row(map: &ExposureMap, theft: usize) -> Markup {
    let theft_row = &map.thefts[theft];
    html! {
        tr {
            th scope="row" { (theft_row.label) " from the " (theft_row.victim) }
            @for message in 0..map.messages.len() {
                @let exposure = map.exposure(theft, message);
                @let after = message >= theft_row.sent_before;
                td class=(class(exposure, after)) title=(map.told(theft, message)) { (exposure.words()) }
            }
        }
    }
}

/// The class of the exposure, and whether the message was sent after the theft.
fn class(exposure: Exposure, after: bool) -> String {
    let kind = match exposure {
        Exposure::Untried => "untried",
        Exposure::Safe => "safe",
        Exposure::Allowed => "allowed",
        Exposure::Undelivered => "undelivered",
        Exposure::ByDesign => "by-design",
        Exposure::BeyondClaim => "beyond-claim",
    };
    format!("exposure-{kind} sent-{}", if after { "after" } else { "before" })
}

#[cfg(test)]
mod tests {
    use roxmltree::Document;

    use super::super::tests::map;
    use super::*;
    use crate::fixtures::HOSTILE;

    /// The table, which is well-formed XML as well once it has a root.
    fn cells(html: &str) -> Vec<(String, String)> {
        let text = format!("<root>{html}</root>");
        let document = Document::parse(&text).unwrap();
        let known = ["root", "table", "caption", "thead", "tbody", "tr", "th", "td", "ul", "li"];
        for node in document.descendants().filter(|node| node.is_element()) {
            assert!(known.contains(&node.tag_name().name()), "{}", node.tag_name().name());
        }
        let cells = document.descendants().filter(|node| node.has_tag_name("td"));
        let told = |cell: roxmltree::Node<'_, '_>| {
            (cell.attribute("class").unwrap().to_owned(), cell.text().unwrap().to_owned())
        };
        cells.map(told).collect()
    }

    #[test]
    fn each_pair_has_its_cell_with_its_word_and_class() {
        let cells = cells(&html(&map(3, "")));
        let expected = [
            ("exposure-safe sent-after", "safe"),
            ("exposure-beyond-claim sent-after", "exposed beyond the claim"),
            ("exposure-by-design sent-after", "exposed by design"),
            ("exposure-undelivered sent-before", "undelivered"),
            ("exposure-untried sent-after", "not tried"),
            ("exposure-safe sent-after", "safe"),
        ];
        let expected = expected.map(|(class, word)| (class.to_owned(), word.to_owned()));
        assert_eq!(cells, expected);
    }

    #[test]
    fn hostile_text_stays_text() {
        let html = html(&map(3, HOSTILE));
        assert_eq!(cells(&html).len(), 6);
        assert!(html.contains("&lt;script&gt;") && !html.contains("<script>"), "{html}");
    }
}

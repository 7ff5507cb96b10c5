//! No page is too long, whatever is wrong and however much a program prints.

use lengthwise::bug;
use lengthwise::side::Side;

use super::parsed::Parsed;
use super::{PAGE_LEN_MAX, page, simulated};

/// One in so many pairs of known mistakes is looked at: each fails in dozens of scenarios.
const SAMPLE: usize = 7;

#[test]
#[expect(clippy::print_stdout, reason = "tells how much room is left")]
fn known_mistakes_on_both_sides_make_no_page_too_long() {
    let bugs = |side| bug::catalogue().filter(move |bug| bug.sides.contains(&side)).collect::<Vec<_>>();
    let (servers, clients) = (bugs(Side::Server), bugs(Side::Client));
    let mut longest = (0, String::new());
    for (server, client) in servers.iter().zip(clients.iter().cycle()).step_by(SAMPLE) {
        let page = page(&simulated::run(server, client));
        let names = format!("{} and {}", server.id, client.id);
        assert!(page.len() <= PAGE_LEN_MAX, "{names}: {} bytes", page.len());
        let parsed = Parsed::new(&page);
        assert!(!parsed.all("svg a.w").is_empty(), "{names}: no picture shows what is wrong");
        longest = longest.max((page.len(), names));
    }
    println!("the longest page, of {}: {} bytes", longest.1, longest.0);
}

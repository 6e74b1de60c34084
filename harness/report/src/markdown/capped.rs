//! Text that grows in whole parts up to a limit, and says what did not fit.

/// Bytes kept for the note on what was left out.
const NOTE: usize = 512;

/// Text that is never longer than its limit.
pub(super) struct Capped {
    text: String,
    limit: usize,
    /// What was left out: how many, of what.
    left_out: Vec<(usize, &'static str)>,
}

impl Capped {
    /// Nothing yet. A limit that leaves no room for the note is raised to it.
    pub(super) fn new(limit: usize) -> Self {
        Self { text: String::new(), limit: limit.max(NOTE), left_out: Vec::new() }
    }

    /// Adds `items` between `open` and `close` as far as they fit; `what` they are is said of those that do not. Without
    /// items nothing is added.
    pub(super) fn section(
        &mut self,
        what: &'static str,
        open: &str,
        items: &[String],
        close: &str,
    ) {
        let room = self.limit - NOTE;
        let around = open.len() + close.len();
        let mut end = self.text.len() + around;
        let fits = |item: &&String| {
            end += item.len();
            end <= room
        };
        let fitting = items.iter().take_while(fits).count();
        if fitting > 0 {
            self.text.push_str(open);
            self.text.extend(items[..fitting].iter().map(String::as_str));
            self.text.push_str(close);
        }
        if fitting < items.len() {
            self.left_out.push((items.len() - fitting, what));
        }
    }

    /// The text, with a note on what was left out.
    pub(super) fn finish(mut self) -> String {
        if !self.left_out.is_empty() {
            let parts: Vec<String> =
                self.left_out.iter().map(|(count, what)| format!("{count} {what}")).collect();
            let mut note = parts.join(", ");
            // Only a few sections are ever added, so this is a matter of principle.
            note.truncate(NOTE - 100);
            self.text.push_str(&format!(
                "\n> Cut to fit {} bytes. Left out: {note}. The JSON report has them all.\n",
                self.limit
            ));
        }
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted() {
        let items: Vec<String> = (0..100).map(|_| "0123456789".to_owned()).collect();
        for limit in (0..2000).step_by(37) {
            let mut capped = Capped::new(limit);
            capped.section("things", "[", &items, "]");
            capped.section("more things", "(", &items, ")");
            capped.section("nothing", "<", &[], ">");
            let text = capped.finish();
            assert!(text.len() <= limit.max(NOTE), "{limit}: {}", text.len());
            let kept = text.split("\n>").next().unwrap().matches('9').count();
            let left_out: usize = text
                .split("Left out: ")
                .nth(1)
                .map_or("", |note| note.split('.').next().unwrap())
                .split(|character: char| !character.is_ascii_digit())
                .filter_map(|count| count.parse::<usize>().ok())
                .sum();
            assert_eq!(kept + left_out, 200, "{limit}: {text}");
            assert!(!text.contains('<'), "{text}");
        }
    }

    #[test]
    fn what_fits_is_whole() {
        let mut capped = Capped::new(10_000);
        capped.section("things", "[", &["a".to_owned(), "b".to_owned()], "]");
        assert_eq!(capped.finish(), "[ab]");
    }
}

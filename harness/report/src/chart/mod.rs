//! A case as a sequence chart: two lifelines, the network and its attacker between them, an arrow for whatever goes over the
//! wire, and the step marked at which the failure shows.
//!
//! [`svg`] is an image of its own. It carries classes besides its colours, so that a page can colour it as it likes.

mod drawing;
mod rows;

pub(crate) use drawing::drawing;
pub use drawing::svg;

#[cfg(test)]
mod tests {
    use roxmltree::Document;
    use sprag::schedule::{Action, ActionId, Case, MessageName, Schedule, Tamper};

    use super::svg;
    use crate::fixtures::{self, HOSTILE};
    use crate::inert;

    fn case() -> Case {
        fixtures::case("a ratchet", "forward-secrecy/consumed-key")
    }

    fn texts(drawn: &str) -> Vec<String> {
        let document = Document::parse(drawn).unwrap();
        let texts = document.descendants().filter(|node| node.tag_name().name() == "text");
        texts.filter_map(|node| node.text().map(str::to_owned)).collect()
    }

    #[test]
    fn every_step_is_drawn_and_the_one_that_shows_it_is_marked() {
        let drawn = svg(&case());
        let texts = texts(&drawn);
        for text in ["initiator", "responder", "1.0 and 1.1, 16 bytes", "1.0", "session copied"] {
            assert!(texts.iter().any(|one| one == text), "{text} is not in {texts:?}");
        }
        assert_eq!(texts.iter().filter(|text| text.starts_with('✗')).count(), 1, "{texts:?}");
        let mut unknown = case();
        unknown.shown_by = None;
        assert!(!svg(&unknown).contains('✗'));
        assert!(svg(&unknown).contains(&case().found), "the words are there all the same");
    }

    #[test]
    fn those_who_do_not_see_it_get_the_words() {
        let drawn = svg(&case());
        let document = Document::parse(&drawn).unwrap();
        let told: Vec<&str> = document
            .root_element()
            .children()
            .filter(|node| ["title", "desc"].contains(&node.tag_name().name()))
            .filter_map(|node| node.text())
            .collect();
        assert!(told[0].contains("forward-secrecy/consumed-key on a ratchet"), "{told:?}");
        assert!(told[1].contains("A thief copies the responder's session."), "{told:?}");
    }

    #[test]
    fn a_long_schedule_keeps_its_ends() {
        let actions = vec![Action::PingPong { first: sprag::Party::Initiator, turns: 2 }; 500];
        let long = Case { schedule: Schedule::of(actions), ..case() };
        let drawn = svg(&Case { shown_by: Some(ActionId(500)), ..long });
        assert!(drawn.len() < 40_000, "{} bytes", drawn.len());
        assert!(drawn.contains("460 more steps") && drawn.contains('✗'), "{drawn}");
    }

    #[test]
    fn what_has_no_sender_is_drawn_as_well() {
        let message = MessageName::new(9, 4);
        let every = [
            Action::Drop { message },
            Action::Reflect { message },
            Action::Duplicate { message },
            Action::WrongAd { message, ad: 3 },
            Action::Tick { seconds: 7 },
        ];
        let drawn = svg(&Case { schedule: Schedule::of(every), ..case() });
        assert_eq!(texts(&drawn).iter().filter(|text| text.contains("nobody sent")).count(), 4);
    }

    #[test]
    fn hostile_text_stays_text_and_draws_nothing() {
        let how = Tamper::SetField { field: HOSTILE.into(), value: vec![1] };
        let actions = [
            Action::Send { by: sprag::Party::Initiator, count: 1, size: 16, ad: 0 },
            Action::Tamper { message: MessageName::new(1, 0), how },
        ];
        let hostile = Case {
            found: HOSTILE.repeat(1000),
            ratchet: HOSTILE.into(),
            schedule: Schedule::of(actions),
            ..case()
        };
        let drawn = svg(&hostile);
        let known = ["svg", "title", "desc", "rect", "g", "text", "path", "circle"];
        for node in Document::parse(&drawn).unwrap().descendants().filter(|node| node.is_element())
        {
            assert!(known.contains(&node.tag_name().name()), "{}", node.tag_name().name());
        }
        assert!(drawn.contains("script") && !drawn.contains("<script"), "{drawn}");
        assert!(drawn.len() < 20_000, "{} bytes", drawn.len());
        assert!(drawn.trim_end().chars().all(|one| inert(&one.to_string()) == one.to_string()));
    }
}

//! The text of a game, written once: `sprag explain` and rustdoc show the same.

/// Defines the unit struct of a game, its documentation, and its `ABOUT`.
///
/// `refusal` (a class of rejection), `plainly` and `kept` are optional and come last.
macro_rules! game {
    (
        $game:ident,
        id: $id:literal,
        catalogue: $catalogue:literal,
        title: $title:literal,
        severity: $severity:ident,
        source: $source:literal,
        checks: $checks:literal,
        cannot_show: $cannot_show:literal,
        control: $control:literal,
        $(refusal: $refusal:ident,)?
        $(plainly: $plainly:literal,)?
        $(kept: $kept:literal,)?
    ) => {
        #[doc = concat!("`", $id, "` (", $catalogue, "): ", $title, ".")]
        $(
            #[doc = ""]
            #[doc = $plainly]
        )?
        #[doc = ""]
        #[doc = concat!("**Checks.** ", $checks)]
        #[doc = ""]
        #[doc = concat!("**Cannot show.** ", $cannot_show)]
        #[doc = ""]
        #[doc = concat!("**Source.** ", $source)]
        #[doc = ""]
        #[doc = concat!("**Positive control.** `", $control, "`")]
        pub struct $game;

        static ABOUT: $crate::games::About = $crate::games::About {
            id: $id,
            catalogue: $catalogue,
            title: $title,
            severity: $crate::Severity::$severity,
            source: $source,
            checks: $checks,
            cannot_show: $cannot_show,
            control: $control,
            refusal: [$(Some($crate::RejectionClass::$refusal),)? None][0],
            plainly: concat!("" $(, $plainly)?),
            kept: concat!("" $(, $kept)?),
        };
    };
}

pub(super) use game;

use super::*;
use crate::fixtures::HOSTILE;

/// Two thefts against `messages`, the second in the middle, with one cell of each kind as far as there is room.
pub(crate) fn map(messages: usize, text: &str) -> ExposureMap {
    let from = |index: usize| Party::BOTH[index % 2];
    let columns = (0..messages)
        .map(|index| MessageColumn { label: format!("{index}.0{text}"), from: from(index) });
    let row = |label: &str, victim, sent_before| TheftRow {
        label: format!("{label}{text}"),
        victim,
        sent_before,
    };
    let rows = vec![row("1", Party::Initiator, 0), row("7", Party::Responder, messages / 2)];
    let cell = |theft, message, exposure, attacker: &str| ExposureCell {
        theft,
        message,
        exposure,
        attacker: format!("{attacker}{text}"),
        reason: format!("reason{text}"),
    };
    let cells = vec![
        cell(1, 2, Exposure::Safe, "passive clone (A1)"),
        cell(0, 0, Exposure::Safe, "passive clone (A1)"),
        cell(0, 1, Exposure::Safe, "passive clone (A1)"),
        cell(0, 1, Exposure::BeyondClaim, "shadow clone (A2)"),
        cell(0, 2, Exposure::ByDesign, "shadow clone (A2)"),
        cell(1, 0, Exposure::Undelivered, "passive clone (A1)"),
    ];
    ExposureMap::new(&format!("a ratchet{text}"), rows, columns.collect(), cells).unwrap()
}

#[test]
fn the_worst_that_any_attacker_did_counts_and_silence_is_no_safety() {
    let map = map(4, "");
    assert_eq!(map.exposure(0, 0), Exposure::Safe);
    assert_eq!(map.exposure(0, 1), Exposure::BeyondClaim);
    assert_eq!(map.at(0, 1).len(), 2);
    assert_eq!(map.exposure(1, 3), Exposure::Untried);
    assert_eq!(map.count(Exposure::Untried), 3);
    assert_eq!(
        map.summary(),
        "a ratchet: 2 moments of theft, 4 messages: 1 exposed beyond the claim, 1 exposed by design, 1 undelivered, 2 safe, \
         3 not tried"
    );
    let told = "theft 1 from the initiator, message 1.0 of the responder: exposed beyond the claim (shadow clone (A2): reason)";
    assert_eq!(map.told(0, 1), told);
}

#[test]
fn parts_that_make_no_map_are_refused() {
    let rows = |count| {
        vec![TheftRow { label: "1".into(), victim: Party::Initiator, sent_before: 0 }; count]
    };
    let columns =
        |count| vec![MessageColumn { label: "1.0".into(), from: Party::Initiator }; count];
    let cell = |theft, message| ExposureCell {
        theft,
        message,
        exposure: Exposure::Safe,
        attacker: "clone".into(),
        reason: String::new(),
    };
    let refused = |rows, columns, cells| ExposureMap::new("", rows, columns, cells).unwrap_err();
    for (theft, message) in [(1, 0), (0, 2), (usize::MAX, usize::MAX)] {
        let error = refused(rows(1), columns(2), vec![cell(theft, message)]);
        assert_eq!(error, ExposureMapError::Outside { theft, message });
    }
    let error = refused(rows(1), columns(1), vec![cell(0, 0), cell(0, 0)]);
    assert_eq!(error.to_string(), "the clone stands twice at theft 0 and message 0");
    let error = refused(rows(257), columns(256), Vec::new());
    assert_eq!(error.to_string(), "257 thefts by 256 messages are over 65536 cells");
    ExposureMap::new("", rows(0), columns(0), Vec::new()).unwrap();
}

#[test]
fn text_is_made_inert_once() {
    let map = map(3, HOSTILE);
    assert_eq!(map.at(0, 0)[0].reason, inert(&format!("reason{HOSTILE}")));
    assert_eq!(inert(&map.thefts[0].label), map.thefts[0].label);
}

#[test]
fn thefts_of_one_name_are_one_moment_and_the_worst_counts() {
    let row = |label: &str, victim| TheftRow { label: label.into(), victim, sent_before: 1 };
    let rows = [("1", Party::Initiator), ("2", Party::Initiator), ("1", Party::Responder)];
    let columns = vec![MessageColumn { label: "1".into(), from: Party::Initiator }];
    let cell = |theft, exposure| ExposureCell {
        theft,
        message: 0,
        exposure,
        attacker: String::new(),
        reason: String::new(),
    };
    let cells = vec![cell(0, Exposure::Safe), cell(1, Exposure::Safe), cell(2, Exposure::ByDesign)];
    let rows = rows.map(|(label, victim)| row(label, victim)).into();
    let map = ExposureMap::new("", rows, columns, cells).unwrap();
    assert_eq!(map.moments(), [vec![0, 2], vec![1]]);
    assert_eq!((map.count(Exposure::Safe), map.count(Exposure::ByDesign)), (1, 1));
    let told = map.told_moment(&map.moments()[0], 0, 1);
    assert_eq!(told, "theft 1 from the responder, message 1 of the initiator: exposed by design");
}

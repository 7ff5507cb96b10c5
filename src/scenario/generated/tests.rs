use super::*;
use crate::assignment::{Charset, HeaderWidth, Work};
use crate::bug::Program;
use crate::diagnosis::predict;
use crate::judge::judge;
use crate::verdict::Verdict;

const CASES: u64 = 2000;

fn assignments() -> Vec<Assignment> {
    let default = Assignment::default();
    vec![
        default,
        Assignment { header_width: HeaderWidth::One, buffer_size: 1, ..default },
        Assignment { header_width: HeaderWidth::Two, work: Work::Uppercase, ..default },
        Assignment {
            header_width: HeaderWidth::One,
            counts_header: true,
            work: Work::RemoveBack(300),
            ..default
        },
        Assignment {
            header_width: HeaderWidth::Eight,
            charset: Charset::Latin1,
            work: Work::Reverse,
            ..default
        },
        Assignment { charset: Charset::Ascii, work: Work::Echo, payload_len_max: 64, ..default },
    ]
}

#[test]
fn every_case_can_be_played_and_is_written_and_read_back_equal() {
    for assignment in assignments() {
        for side in Side::ALL {
            let generator = Generator::new(assignment, *side, 7);
            for number in 0..CASES / 20 {
                let case = generator.case(number);
                assert!(case.suits((*side).into()), "{case:?}");
                let text = case.to_file();
                let read = Case::from_file(&text, &Assignment::default())
                    .unwrap_or_else(|error| panic!("{error}\n{text}"));
                assert_eq!(read, case);
            }
        }
    }
}

#[test]
fn a_number_has_the_same_case_again_and_another_seed_has_another() {
    let case = |seed, number| Generator::new(Assignment::default(), Side::Server, seed).case(number);
    assert_eq!(case(7, 3), case(7, 3));
    assert_ne!(case(7, 3).actions, case(8, 3).actions);
    assert_ne!(case(7, 3).actions, case(7, 4).actions);
}

#[test]
fn a_right_program_is_predicted_to_pass_them_all() {
    for assignment in assignments() {
        for side in Side::ALL {
            let generator = Generator::new(assignment, *side, 7);
            for number in 0..CASES / 20 {
                let case = generator.case(number);
                let transcript = predict(&case, *side, &Program::RIGHT).unwrap();
                let verdict = judge(&case, (*side).into(), &transcript);
                assert_eq!(verdict, Verdict::Pass, "{}", case.to_file());
            }
        }
    }
}

#[test]
fn every_kind_of_step_and_length_is_drawn() {
    let drawn = |side: Side| -> Vec<Case> {
        let generator = Generator::new(Assignment::default(), side, 7);
        (0..CASES).map(|number| generator.case(number)).collect()
    };
    let (of_server, of_client) = (drawn(Side::Server), drawn(Side::Client));
    let has =
        |cases: &[Case], is: &dyn Fn(&Action) -> bool| cases.iter().flat_map(|case| &case.actions).any(is);
    let server: [&dyn Fn(&Action) -> bool; 8] = [
        &|action| matches!(action, Action::SwitchClient { .. }),
        &|action| matches!(action, Action::SendMalformed { kind: Malformed::TruncatedHeader(_), .. }),
        &|action| matches!(action, Action::SendMalformed { kind: Malformed::InvalidUtf8, .. }),
        &|action| matches!(action, Action::Pause),
        &|action| matches!(action, Action::Send { followed_by: FollowedBy::HalfClose, .. }),
        &|action| matches!(action, Action::ResetClient { .. }),
        &|action| matches!(action, Action::CloseUnread),
        &|action| matches!(action, Action::Send { messages, .. } if messages.len() > 256),
    ];
    for (index, is) in server.iter().enumerate() {
        assert!(has(&of_server, is), "kind {index} is missing");
    }
    for mode in
        [CloseMode::Clean, CloseMode::Reset, CloseMode::AfterPartialHeader, CloseMode::AfterPartialPayload]
    {
        assert!(has(&of_client, &|action| *action == Action::ServerCloses { mode }), "{mode:?} is missing");
    }
    for len in [0, 1, 9, 10, 11, 255, 256, 1023, 1024, 1025, 4093, 4096, 65_535] {
        let is_drawn = of_server.iter().flat_map(Case::messages).any(|message| message.len() == len);
        assert!(is_drawn, "no message has {len} bytes");
    }
}

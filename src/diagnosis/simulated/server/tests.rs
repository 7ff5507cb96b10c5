use super::*;
use crate::assignment::Assignment;
use crate::bug;
use crate::conversation::{Clock, converse_with_server};
use crate::diagnosis::SimulatedSubject;
use crate::side::Side;

/// Any seed will do.
const SEED: u64 = 7;

/// Everything that can be asked of a world.
fn told(world: &World) -> impl PartialEq + std::fmt::Debug + use<> {
    let connections =
        world.served.iter().map(|one| (one.written.clone(), one.unread, one.was_sending, one.state));
    (connections.collect::<Vec<_>>(), world.listens, world.has_stopped, world.has_raised)
}

#[test]
fn a_server_that_goes_on_comes_to_what_one_comes_to_that_starts_over() {
    let cases = SimulatedSubject::cases(Side::Server, &Assignment::default(), SEED);
    let mut resumed = 0;
    for bug in bug::catalogue().filter(|bug| bug.sides.contains(&Side::Server)) {
        let program = bug.program();
        for case in &cases {
            // So that there are many places where it waits.
            let mut link = SimulatedServerLink::new(case, &program, TransferSizes::Short);
            converse_with_server(case, &mut link, Clock::STILL);
            let gone_on = told(link.world());
            resumed += usize::from(link.world().checkpoint.number > 0);
            link.world = None;
            assert_eq!(gone_on, told(link.world()), "{} in {}", bug.id, case.id);
        }
    }
    assert!(resumed > 0);
}

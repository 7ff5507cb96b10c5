//! Cases that nobody has thought of: drawn by the strategies of proptest, from a seed and a number.
//!
//! A [plan] is drawn, which says of each client what it sends, how that is cut, and how it leaves; a case is made of the plan.
//! What is drawn is only what the assignment decides: a right program passes every one of these cases.

mod plan;
mod text;

use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rand::Rng;

use self::plan::{Cuts, Leaving, Order, Plan, Round, Visit, plans};
use self::text::TextPlan;
use super::check::check;
use super::payload::generator;
use super::{Action, Case, CloseMode, FollowedBy, Malformed, Reading, ReplyBatch, Sending, Tier};
use crate::assignment::Assignment;
use crate::delivery::Delivery;
use crate::english::{count, list, number};
use crate::rule::Rule;
use crate::side::Side;
use crate::wire::Frame;

/// Draws cases for one side under test. Which case a number has depends on nothing but the seed and the assignment.
pub struct Generator {
    assignment: Assignment,
    side: Side,
    seed: u64,
    plans: BoxedStrategy<Plan>,
}

impl Generator {
    /// Cases for `side` under test.
    #[must_use]
    pub fn new(assignment: Assignment, side: Side, seed: u64) -> Self {
        Self { assignment, side, seed, plans: plans(&assignment, side) }
    }

    /// The case with this number.
    #[must_use]
    pub fn case(&self, number: u64) -> Case {
        let mut key = [0; 32];
        generator(self.seed, &format!("{} {number}", self.side)).fill_bytes(&mut key);
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &key);
        // What fails is not kept in a file of proptest's own.
        let config = Config { failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, random);
        let plan = match self.plans.new_tree(&mut runner) {
            Ok(tree) => tree.current(),
            Err(why) => unreachable!("no strategy here rejects what it has drawn: {why}"),
        };
        let case = self.make(&plan, number);
        // Not every assignment has room for everything: where a reply cannot be cut in half, for example.
        match check(&case) {
            Ok(()) => case,
            Err(_) => self
                .make(&Plan { order: Order::InTurn, is_slow: false, visits: vec![Visit::plain()] }, number),
        }
    }

    fn make(&self, plan: &Plan, number: u64) -> Case {
        let mut case =
            Maker { assignment: &self.assignment, side: self.side, actions: Vec::new() }.make(plan);
        case.id = format!("fuzz/{}-{}-{number}", self.side, self.seed);
        case.seed = self.seed;
        if self.side == Side::Client {
            case.draw_replies();
        }
        case.settle(plan);
        case.describe(self.side);
        case
    }
}

/// Makes a case of a plan.
struct Maker<'a> {
    assignment: &'a Assignment,
    side: Side,
    actions: Vec<Action>,
}

impl Maker<'_> {
    fn make(mut self, plan: &Plan) -> Case {
        if plan.is_slow {
            self.visit(&Visit::slow(self.assignment));
        }
        match (plan.order, &plan.visits[..]) {
            (Order::AtOnce, [first, second, rest @ ..]) if !plan.is_slow => {
                self.both_at_once(first, second);
                rest.iter().for_each(|visit| self.visit(visit));
            }
            (_, visits) => visits.iter().for_each(|visit| self.visit(visit)),
        }
        // Whatever clients do, the next one is served; and how one is shut down is judged where another one follows.
        let is_followed =
            |visit: &Visit| self.side == Side::Server && visit.leaving.is_rude() || visit.rounds.is_empty();
        if plan.visits.last().is_some_and(is_followed) {
            self.visit(&Visit::plain());
        }
        Case {
            id: String::new(),
            title: String::new(),
            tier: Tier::Hardening,
            rule: Rule::Framing,
            assignment: *self.assignment,
            delivery: Delivery::Whole,
            sending: Sending::AtOnce,
            reading: if plan.is_slow { Reading::Slowly } else { Reading::AtOnce },
            seed: 0,
            actions: self.actions,
        }
    }

    fn visit(&mut self, visit: &Visit) {
        self.actions.push(Action::Connect);
        let mut due = 0;
        for (index, round) in visit.rounds.iter().enumerate() {
            due += self.send(round);
            // A client may give up on a reply that is late. Nothing else can be received after that.
            let is_last = index + 1 == visit.rounds.len() && matches!(visit.leaving, Leaving::ShutDown);
            if round.pauses && self.side == Side::Client && is_last && due == 1 {
                self.actions.push(Action::ReceiveLate { batch: None });
                due = 0;
            }
            if round.pauses && self.side == Side::Server {
                self.actions.push(Action::Pause);
            }
            if !round.is_received_later {
                self.receive(&mut due);
            }
        }
        self.leave(visit, due);
    }

    fn send(&mut self, round: &Round) -> usize {
        let messages: Vec<_> = round.texts.iter().map(|text| text.write(self.assignment)).collect();
        let sent = messages.len();
        self.actions.push(Action::Send {
            messages,
            replies: Vec::new(),
            cuts: Vec::new(),
            awaits_reaction: false,
            followed_by: FollowedBy::Anything,
        });
        sent
    }

    fn receive(&mut self, due: &mut usize) {
        self.actions.extend((0..std::mem::take(due)).map(|_| Action::Receive { batch: None }));
    }

    fn leave(&mut self, visit: &Visit, mut due: usize) {
        match &visit.leaving {
            Leaving::ShutDown => {
                self.receive(&mut due);
                self.actions.push(Action::ShutDownClient);
            }
            Leaving::HalfClose => {
                self.actions.push(Action::HalfClose);
                self.receive(&mut due);
                self.actions.push(Action::ShutDownClient);
            }
            Leaving::Reset => {
                self.receive(&mut due);
                self.actions.push(Action::ResetClient { awaits_reaction: false });
            }
            Leaving::Unread(last) | Leaving::AtOnce(last) => {
                self.receive(&mut due);
                self.send(&Round::plain(last.clone()));
                self.actions.push(match &visit.leaving {
                    Leaving::Unread(_) => Action::CloseUnread,
                    _ => Action::CloseAtOnce,
                });
            }
            Leaving::Broken(malformed, resets) => {
                self.receive(&mut due);
                let (kind, bytes) = malformed.malformed(self.assignment);
                self.actions.push(Action::SendMalformed { kind, bytes, awaits_reaction: false });
                self.actions.push(match resets {
                    true => Action::ResetClient { awaits_reaction: false },
                    false => Action::ShutDownClient,
                });
            }
            Leaving::ServerCloses(mode, times) => {
                self.receive(&mut due);
                if matches!(mode, CloseMode::AfterPartialHeader | CloseMode::AfterPartialPayload) {
                    self.send(&Round::plain(vec![TextPlan::long_enough(self.assignment)]));
                }
                self.actions.push(Action::ServerCloses { mode: *mode });
                self.actions.extend((0..*times).map(|_| Action::ReceiveNothing));
                self.actions.push(Action::ShutDownClient);
            }
            Leaving::InVain(mode, texts) => {
                self.receive(&mut due);
                self.actions.push(match mode {
                    Some(mode) => Action::ServerCloses { mode: *mode },
                    None => Action::ShutDownClient,
                });
                let messages = texts.iter().map(|text| text.write(self.assignment)).collect();
                self.actions.push(Action::SendInVain { messages, ended_by: Side::Server });
                self.actions.extend(mode.map(|_| Action::ShutDownClient));
            }
        }
    }

    /// A client connects and sends while another one is served, and has its turn after that.
    fn both_at_once(&mut self, first: &Visit, second: &Visit) {
        let short = |visit: &Visit| Round::plain(vec![visit.short_text()]);
        self.actions.push(Action::Connect);
        self.send(&short(first));
        self.receive(&mut 1);
        self.actions.push(Action::Connect);
        self.send(&short(second));
        self.actions.push(Action::SwitchClient { client: 0 });
        self.send(&short(first));
        self.receive(&mut 1);
        self.actions.push(Action::ShutDownClient);
        self.actions.push(Action::SwitchClient { client: 1 });
        self.receive(&mut 1);
        self.actions.push(Action::ShutDownClient);
    }
}

impl Case {
    /// Makes the cuts, now that every byte is known.
    fn settle(&mut self, plan: &Plan) {
        self.relate_actions();
        let rounds: Vec<&Cuts> =
            plan.visits.iter().flat_map(|visit| &visit.rounds).map(|round| &round.cuts).collect();
        // As many as are needed, again and again.
        let whole = Cuts::By(Delivery::Whole);
        let is_cut = !(rounds.is_empty() || plan.is_slow);
        let of = |index: usize| if is_cut { rounds[index % rounds.len()] } else { &whole };
        for index in 0..self.actions.len() {
            let Action::Send { messages, followed_by, .. } = &self.actions[index] else { continue };
            if matches!(followed_by, FollowedBy::HalfClose | FollowedBy::CloseAtOnce) {
                continue;
            }
            let payloads: Vec<&str> = messages.iter().map(String::as_str).collect();
            let made = self.cuts_of(&payloads, of(index));
            if let Action::Send { cuts, .. } = &mut self.actions[index] {
                *cuts = made;
            }
        }
        self.batch_replies(|case, _: Option<&ReplyBatch>, replies, index| case.cuts_of(replies, of(index)));
    }

    fn cuts_of(&self, payloads: &[&str], cuts: &Cuts) -> Vec<usize> {
        let frames: Vec<_> = payloads.iter().map(|payload| self.frame(*payload)).collect();
        let lens: Vec<_> = frames.iter().map(Frame::len).collect();
        cuts.offsets(&Frame::concat(&frames), &lens, &self.assignment)
    }

    /// Names the rule that it is about most of all with `side` under test, and says in a title what is done.
    pub(crate) fn describe(&mut self, side: Side) {
        let connects = self.actions.iter().filter(|action| **action == Action::Connect).count();
        let closes = self.actions.iter().any(|action| matches!(action, Action::ServerCloses { .. }));
        self.delivery = self.delivery_of_cuts();
        self.rule = match side {
            Side::Client if closes => Rule::NoticesDisconnect,
            Side::Server if connects > 1 => Rule::NextClient,
            _ if self.delivery != Delivery::Whole => Rule::AnySplit,
            Side::Client => Rule::ReturnsPayload,
            Side::Server => Rule::OneReplyPerMessage,
        };
        self.title = title(self, connects);
    }
}

/// How many messages a title tells the lengths of.
const NAMED_MAX: usize = 3;

fn title(case: &Case, connects: usize) -> String {
    let lens: Vec<usize> = case.messages().map(|message| message.chars().count()).collect();
    let messages = match lens.len() {
        0 => "No message".to_owned(),
        1 => format!("A message of {}", count(lens[0], "character")),
        named @ 2..=NAMED_MAX => {
            let lens: Vec<String> = lens.iter().map(|len| number(*len)).collect();
            format!("{} of {} characters", count(named, "message"), list(&lens))
        }
        several => count(several, "message"),
    };
    match connects {
        0 | 1 => messages,
        several => format!("{messages}, by {}", count(several, "client")),
    }
}

#[cfg(test)]
mod tests;

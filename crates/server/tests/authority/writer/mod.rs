//! The writer of an organization, which changes authority in it, one operation after another.

mod coming;
mod direct;
mod going;

use std::sync::Arc;
use std::time::Duration;

use bailiwick_testkit::app::Dice;
use reqwest::Method;
use serde_json::Value;

use crate::history::{Change, Fact, Outcome};
use crate::world::{Answer, Org, Socket, World, ask};

/// The holder of a seat, as far as the writer knows.
#[derive(Clone, Default)]
struct Person {
    number: u32,
    id: String,
    email: String,
    /// Whether the account exists: not before the first sign-up and not after a deletion.
    exists: bool,
    account: bool,
    membership: MemberStatus,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum MemberStatus {
    #[default]
    Removed,
    Suspended,
    Active,
}

/// The operations of a history.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deeds {
    /// All operations.
    All,
    /// Suspensions and restorations only, which are fast and easily seen.
    #[cfg_attr(not(feature = "flaws"), expect(dead_code, reason = "bugs are looked for by it"))]
    Suspensions,
    /// One-time secrets only.
    #[cfg_attr(not(feature = "flaws"), expect(dead_code, reason = "bugs are looked for by it"))]
    Secrets,
}

/// Maximum number of attempts of a change whose outcome is unknown.
const TRIES: usize = 3;

/// How the writer works.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    pub deeds: Deeds,
    /// The nodes that receive its requests.
    pub nodes: &'static [usize],
    /// Pause after each operation.
    pub rest: Duration,
}

pub struct Writer {
    world: Arc<World>,
    org: usize,
    dice: Dice,
    manner: Manner,
    people: Vec<Person>,
    edited: Vec<bool>,
}

impl Writer {
    pub fn new(world: &Arc<World>, org: usize, seed: u64, manner: Manner) -> Self {
        let count = world.orgs[org].seats.len();
        let people = vec![Person::default(); count];
        let edited = vec![true; world.orgs[org].roles.len()];
        Self { world: world.clone(), org, dice: Dice::seeded(seed), manner, people, edited }
    }

    /// Fills the seats.
    pub async fn prepare(&mut self) {
        for seat in 0..self.people.len() {
            while self.seat(seat).live().is_empty() {
                self.put_right(seat).await;
            }
        }
    }

    /// Changes authority until the history is over.
    pub async fn write(mut self) {
        while !self.world.recorder.is_over() {
            let seat = self.dice.below(self.people.len());
            self.world.recorder.begin(self.org);
            if !self.put_right(seat).await {
                self.deed(seat).await;
            }
            self.world.recorder.end(self.org);
            tokio::time::sleep(self.manner.rest).await;
        }
    }

    /// Performs one operation that brings the seat's holder nearer to full authority; returns `false` if
    /// there is none.
    async fn put_right(&mut self, seat: usize) -> bool {
        let person = &self.people[seat];
        if !person.exists {
            self.newcomer(seat).await;
        } else if !person.account {
            self.activate(seat).await;
        } else if self.seat(seat).live().is_empty() {
            self.log_in(seat).await;
        } else if person.membership == MemberStatus::Removed {
            self.bring_back(seat).await;
        } else if person.membership == MemberStatus::Suspended {
            match self.dice.below(10) {
                0..=6 => self.set_status(seat, MemberStatus::Active).await,
                7 | 8 => self.assign(seat).await,
                _ => self.remove(seat).await,
            }
        } else {
            return false;
        }
        true
    }

    async fn deed(&mut self, seat: usize) {
        let throw = self.dice.below(100);
        match self.manner.deeds {
            Deeds::Suspensions => return self.set_status(seat, MemberStatus::Suspended).await,
            Deeds::Secrets if throw < 50 => return self.remove(seat).await,
            Deeds::Secrets => return self.reset_password(seat).await,
            Deeds::All => {}
        }
        if self.dice.percent(40)
            && let Some(silent) = self.edited.iter().position(|grants| !grants)
        {
            return self.edit_role(silent).await;
        }
        match throw {
            0..25 => self.assign(seat).await,
            25..42 => {
                let which = self.dice.below(self.edited.len());
                self.edit_role(which).await;
            }
            42..58 => self.set_status(seat, MemberStatus::Suspended).await,
            58..63 => self.remove(seat).await,
            63..69 => self.log_out(seat, false).await,
            69..71 => self.log_out(seat, true).await,
            71..76 => self.end_session(seat).await,
            76..82 if self.seat(seat).live().len() < 2 => self.log_in(seat).await,
            76..84 => self.reset_password(seat).await,
            84..87 => self.deactivate(seat).await,
            87..89 => self.delete(seat).await,
            _ => self.direct(seat).await,
        }
    }

    fn org(&self) -> &Org {
        &self.world.orgs[self.org]
    }

    fn seat(&self, seat: usize) -> Arc<Socket> {
        self.org().seats[seat].clone()
    }

    fn node(&mut self) -> usize {
        *self.dice.pick(self.manner.nodes)
    }

    /// Sends a request as the organization's owner, whose authority never changes.
    async fn by_owner(&mut self, method: Method, path: &str, body: Value) -> (usize, Answer) {
        use crate::history::{Asks, Way};
        let node = self.node();
        let owner = &self.org().owner;
        let answer = ask(&self.world, node, method, path, &owner.token, body).await;
        self.world.note(node, owner.asker, Way::Write, Asks::Permission, &answer);
        (node, answer)
    }

    /// Records the outcome of a change; returns `None` if it was refused.
    fn came_of(
        &self,
        kind: &'static str,
        node: usize,
        answer: &Answer,
        effects: Vec<(Fact, u32)>,
    ) -> Option<Outcome> {
        let outcome = match answer {
            answer if answer.is_success() => Outcome::Acknowledged,
            answer if answer.is_refusal() => {
                self.world.recorder.odd(format!("{kind} refused: {:?} {}", answer.status, answer.body));
                return None;
            }
            _ => Outcome::Unknown,
        };
        let (start, end, grace) = (answer.start, answer.end, Duration::ZERO);
        self.world.recorder.change(Change { kind, node: Some(node), start, end, grace, outcome, effects });
        Some(outcome)
    }

    /// All sessions of the seat's holder, which end together.
    fn all_sessions(&self, seat: usize) -> Vec<u32> {
        self.seat(seat).live().iter().map(|login| login.asker.session).collect()
    }

    fn strike(&self, seat: usize) {
        self.world.strike(&[self.seat(seat)]);
    }
}

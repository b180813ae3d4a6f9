//! The writer of an organization, which changes authority in it, one operation after another.

mod direct_sql;
mod grants;
mod reductions;

use std::sync::Arc;
use std::time::Duration;

use bailiwick_testkit::app::Dice;
use reqwest::Method;
use serde_json::Value;

use crate::history::{Change, Fact, Outcome};
use crate::world::{Answer, Membership, Org, World, request};

/// The person who holds a membership now, as far as the writer knows.
#[derive(Clone, Default)]
struct Person {
    number: u32,
    id: String,
    email: String,
    /// Whether the account exists: not before the first sign-up and not after a deletion.
    exists: bool,
    /// Whether the account is active.
    is_active: bool,
    status: MemberStatus,
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
pub enum Operations {
    /// All operations.
    All,
    /// Suspensions and restorations only, because they are fast and probes see them soon.
    #[cfg_attr(not(feature = "flaws"), expect(dead_code, reason = "only the tests of flaws use it"))]
    Suspensions,
    /// One-time secrets only.
    #[cfg_attr(not(feature = "flaws"), expect(dead_code, reason = "only the tests of flaws use it"))]
    Secrets,
}

/// Maximum number of attempts of a change whose outcome is unknown.
const TRIES: usize = 3;

/// Operations, nodes and speed of a writer.
#[derive(Clone, Copy, Debug)]
pub struct WriterSettings {
    pub operations: Operations,
    /// The nodes that receive its requests.
    pub nodes: &'static [usize],
    /// Pause after each operation.
    pub pause: Duration,
}

pub struct Writer {
    world: Arc<World>,
    org: usize,
    dice: Dice,
    settings: WriterSettings,
    /// The holder of each membership of the organization.
    people: Vec<Person>,
    /// Whether each role of the organization grants the permission that is probed.
    grants_probed: Vec<bool>,
}

impl Writer {
    pub fn new(world: &Arc<World>, org: usize, seed: u64, settings: WriterSettings) -> Self {
        let count = world.orgs[org].memberships.len();
        let people = vec![Person::default(); count];
        let grants_probed = vec![true; world.orgs[org].roles.len()];
        Self { world: world.clone(), org, dice: Dice::seeded(seed), settings, people, grants_probed }
    }

    /// Gives each membership a holder who is logged in.
    pub async fn prepare(&mut self) {
        for member in 0..self.people.len() {
            while self.membership(member).live().is_empty() {
                self.restore_authority(member).await;
            }
        }
    }

    /// Changes authority until the history is over.
    pub async fn write(mut self) {
        while !self.world.recorder.is_over() {
            let member = self.dice.below(self.people.len());
            self.world.recorder.begin(self.org);
            if !self.restore_authority(member).await {
                self.random_operation(member).await;
            }
            self.world.recorder.end(self.org);
            tokio::time::sleep(self.settings.pause).await;
        }
    }

    /// Performs one operation that gives the member more authority; returns `false` if the member has full
    /// authority already.
    async fn restore_authority(&mut self, member: usize) -> bool {
        let person = &self.people[member];
        if !person.exists {
            self.sign_up_by_invitation(member).await;
        } else if !person.is_active {
            self.activate(member).await;
        } else if self.membership(member).live().is_empty() {
            self.log_in(member).await;
        } else if person.status == MemberStatus::Removed {
            self.accept_invitation(member).await;
        } else if person.status == MemberStatus::Suspended {
            match self.dice.below(10) {
                0..=6 => self.set_status(member, MemberStatus::Active).await,
                7 | 8 => self.assign(member).await,
                _ => self.remove(member).await,
            }
        } else {
            return false;
        }
        true
    }

    /// Performs one random operation.
    async fn random_operation(&mut self, member: usize) {
        let percent = self.dice.below(100);
        match self.settings.operations {
            Operations::Suspensions => return self.set_status(member, MemberStatus::Suspended).await,
            Operations::Secrets if percent < 50 => return self.remove(member).await,
            Operations::Secrets => return self.reset_password(member).await,
            Operations::All => {}
        }
        if self.dice.percent(40)
            && let Some(reduced) = self.grants_probed.iter().position(|grants| !grants)
        {
            return self.edit_role(reduced).await;
        }
        match percent {
            0..25 => self.assign(member).await,
            25..42 => {
                let index = self.dice.below(self.grants_probed.len());
                self.edit_role(index).await;
            }
            42..58 => self.set_status(member, MemberStatus::Suspended).await,
            58..63 => self.remove(member).await,
            63..69 => self.log_out(member, false).await,
            69..71 => self.log_out(member, true).await,
            71..76 => self.end_session(member).await,
            76..82 if self.membership(member).live().len() < 2 => self.log_in(member).await,
            76..84 => self.reset_password(member).await,
            84..87 => self.deactivate(member).await,
            87..89 => self.delete(member).await,
            _ => self.change_by_sql(member).await,
        }
    }

    fn org(&self) -> &Org {
        &self.world.orgs[self.org]
    }

    fn membership(&self, member: usize) -> Arc<Membership> {
        self.org().memberships[member].clone()
    }

    fn node(&mut self) -> usize {
        *self.dice.pick(self.settings.nodes)
    }

    /// Sends a request as the organization's owner, whose authority never changes.
    async fn request_as_owner(&mut self, method: Method, path: &str, body: Value) -> (usize, Answer) {
        use crate::history::{ProbeKind, Requirement};
        let node = self.node();
        let owner = &self.org().owner;
        let answer = request(&self.world, node, method, path, &owner.token, body).await;
        self.world.record_answer(node, owner.caller, ProbeKind::Write, Requirement::Permission, &answer);
        (node, answer)
    }

    /// Records the outcome of a change; returns `None` if it was refused.
    fn record_outcome(
        &self,
        kind: &'static str,
        node: usize,
        answer: &Answer,
        effects: Vec<(Fact, u32)>,
    ) -> Option<Outcome> {
        let outcome = match answer {
            answer if answer.is_success() => Outcome::Acknowledged,
            answer if answer.is_refusal() => {
                self.world
                    .recorder
                    .record_remark(format!("{kind} refused: {:?} {}", answer.status, answer.body));
                return None;
            }
            _ => Outcome::Unknown,
        };
        let (start, end, grace) = (answer.start, answer.end, Duration::ZERO);
        self.world.recorder.record_change(Change {
            kind,
            node: Some(node),
            start,
            end,
            grace,
            outcome,
            effects,
        });
        Some(outcome)
    }

    /// Returns the numbers of all sessions of the member that are not known to have ended.
    fn all_sessions(&self, member: usize) -> Vec<u32> {
        self.membership(member).live().iter().map(|login| login.caller.session).collect()
    }

    /// Probes every node about the member, see [`World::probe_everywhere`].
    fn probe_everywhere(&self, member: usize) {
        self.world.probe_everywhere(&[self.membership(member)]);
    }
}

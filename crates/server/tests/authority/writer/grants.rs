//! Operations that give authority.

use bailiwick::kernel::TokenKind;
use reqwest::Method;
use serde_json::{Value, json};

use super::{MemberStatus, Person, Writer};
use crate::history::{Caller, Fact, ON, Outcome};
use crate::postgres::connect;
use crate::secrets::{race, secret, stored};
use crate::setup::credential;
use crate::world::{PASSWORD, Role, post, request};

impl Writer {
    /// Invites a new person and signs up with the invitation.
    pub(super) async fn sign_up_by_invitation(&mut self, member: usize) {
        let number = self.world.recorder.number();
        let email = format!("p{number}@example.com");
        let Some((token, role)) = self.invite(&email).await else { return };
        let body = json!({
            "token": token, "email": email, "password": PASSWORD, "first_name": "Bob", "last_name": "Tester",
        });
        let redeemed = race(&self.world, "sign up by invitation", "/auth/signup-invite", "", &body).await;
        let Some(outcome) = redeemed.outcome else { return };
        let effects = vec![
            (Fact::Account(number), ON),
            (Fact::Membership(number), ON),
            (Fact::Role(number), role.number),
        ];
        self.record_redeemed("sign up by invitation", &redeemed, outcome, effects);
        let (id, status) = (self.id_of(&email).await, MemberStatus::Active);
        self.people[member] = Person { number, exists: !id.is_empty(), id, email, is_active: true, status };
        self.log_in(member).await;
    }

    /// Invites the removed person again and accepts the invitation.
    pub(super) async fn accept_invitation(&mut self, member: usize) {
        let person = self.people[member].clone();
        let Some(login) = self.membership(member).live().last().cloned() else { return };
        let Some((token, role)) = self.invite(&person.email).await else {
            return self.update_status(member, None, MemberStatus::Removed).await;
        };
        let body = json!({ "token": token });
        let redeemed = race(&self.world, "accept", "/invitations/accept", &login.token, &body).await;
        if let Some(outcome) = redeemed.outcome {
            let effects =
                vec![(Fact::Membership(person.number), ON), (Fact::Role(person.number), role.number)];
            self.record_redeemed("accept invitation", &redeemed, outcome, effects);
        }
        self.probe_everywhere(member);
        self.update_status(member, redeemed.outcome, MemberStatus::Active).await;
    }

    /// Creates an invitation; returns its secret and the offered role.
    async fn invite(&mut self, email: &str) -> Option<(String, Role)> {
        let role = self.dice.pick(&self.org().roles.clone()).clone();
        let body = json!({ "email": email, "org_id": self.org().id, "role_id": role.id });
        let (_, answer) = self.request_as_owner(Method::POST, "/auth/invite", body).await;
        if !answer.is_success() {
            return None;
        }
        let token = secret(TokenKind::Invitation, &mut self.dice);
        let update = format!(
            "UPDATE invitations SET token_hash = {} WHERE id = '{}' AND status = 'pending'",
            stored(&token),
            answer.text("/id")
        );
        let client = connect(&self.world.cluster.url).await.ok()?;
        let changed = client.execute(&update, &[]).await.ok()?;
        (changed == 1).then(|| (token.reveal().to_owned(), role))
    }

    async fn id_of(&self, email: &str) -> String {
        let find = format!("SELECT id::text FROM users WHERE email = '{email}'");
        let Ok(client) = connect(&self.world.cluster.url).await else { return String::new() };
        let found = client.query_opt(&find, &[]).await.ok().flatten();
        found.map(|row| row.get(0)).unwrap_or_default()
    }

    pub(super) async fn log_in(&mut self, member: usize) {
        let node = self.node();
        let person = self.people[member].clone();
        if !person.exists {
            return;
        }
        let body = json!({ "email": person.email, "password": PASSWORD });
        let answer = post(&self.world, node, "/auth/login", "", body).await;
        if answer.is_success() {
            let session = self.world.recorder.number();
            self.world.recorder.record_initial(answer.start, vec![(Fact::Session(session), ON)]);
            let caller = Caller { session, person: person.number };
            self.membership(member).logged_in(credential(&answer, caller));
            self.probe_everywhere(member);
        } else if answer.is_refusal() && !answer.unsent {
            // The account is inactive or does not exist, which the writer learns only here.
            self.people[member].exists = !self.id_of(&person.email).await.is_empty();
            self.people[member].is_active = answer.status != Some(403);
        }
    }

    pub(super) async fn activate(&mut self, member: usize) {
        let node = self.node();
        let person = self.people[member].clone();
        let path = format!("/users/{}/activate", person.id);
        let admin = self.world.admin.clone();
        let answer = request(&self.world, node, Method::POST, &path, &admin.token, Value::Null).await;
        let outcome =
            self.record_outcome("activate", node, &answer, vec![(Fact::Account(person.number), ON)]);
        self.people[member].is_active = outcome == Some(Outcome::Acknowledged);
        self.probe_everywhere(member);
    }
}

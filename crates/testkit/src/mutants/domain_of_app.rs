//! The ways in which each type of `app` can be changed.

use std::sync::Arc;

use bailiwick_app::audit::{Action, Actions, AuditFilter, Entry, Target, TargetKind};
use bailiwick_app::authority::Actor;
use bailiwick_app::feed::{
    FeedBatch, FeedClaim, FeedClaimRequest, FeedEntry, FeedProgress, FeedStart, ReaderName,
};
use bailiwick_app::platform::{MailFilter, MailRecord, MailStatus, OrgFilter, OrgRecord, UserFilter};
use bailiwick_app::ports::{
    AuthorityQuery, AuthorityView, Delivery, Effect, InvitationFilter, InvitationRecord, LatestDue,
    MailClaim, MemberFilter, MemberRecord, MembershipView, OrgScope, OrgWithRole, RetentionCutoffs, RoleRef,
    RoleView, SessionView,
};
use bailiwick_app::sockets::Ticket;
use bailiwick_app::{MailMessage, MailSecret, OutgoingMail, OwnMail};
use serde_json::Value;

use super::record::{choices, records, variants};
use super::text::{OF_PLAIN, texts};
use super::values::{ANOTHER, Known, Mutate, opaque};

opaque! { OwnMail, ReaderName }

texts! { MailSecret: OF_PLAIN, reveal, Self::from; }

choices! {
    Effect { None, Authority }
    FeedStart { Beginning, Now }
    MailStatus { Waiting, Sent, Failed }
    OrgScope { Existing, Archived }
}

records! {
    selects: true;
    Actor { user, session }
    AuditFilter { actor, actions, target, from, to }
    AuthorityQuery { user, session, org }
    AuthorityView { user_status, platform_admin, session, membership }
    FeedBatch { claim, after, failures, entries, end }
    FeedClaim { reader, partition, id }
    FeedClaimRequest { reader, id, now, until, latest, limit }
    FeedEntry { position, entry }
    InvitationFilter { org, email, status }
    InvitationRecord { invitation, status, organization, role }
    LatestDue { few_failures, after_few, after_many }
    MailClaim { now, hidden_until, limit, latest_due }
    MailFilter { search, status }
    MailRecord { id, to, kind, holds_secret, attempts, created_at, due_at, sent_at, last_error }
    MemberFilter { search, statuses, accounts, roles }
    MemberRecord { user, membership, role }
    MembershipView { status, invited_until, role }
    OrgFilter { search }
    OrgRecord { org, members }
    OrgWithRole { org, role }
    RetentionCutoffs { sessions_before, secrets_at, mail_before }
    RoleRef { id, name, level }
    RoleView { id, name, level, system, permissions }
    SessionView { ended_at, expires_at }
    Target { kind, id }
    UserFilter { search, status, platform_admin }
}

records! {
    selects: false;
    Entry { id, org, actor, session, action, target, before, after, at, request_id, ip }
    FeedProgress { position, failures, until }
    OutgoingMail { id, to, message, languages, attempts, created_at }
    Ticket { actor, org, token_expires_at, expires_at }
}

variants! {
    Actions { One { 0: action }, OfNoun { 0: noun } };
    Delivery { Sent { 0: at }, Failed { error: error, retry_at: retry_at } } or {
        "sent for failed" => |delivery| match delivery {
            Self::Failed { retry_at, .. } => retry_at.map(Self::Sent),
            Self::Sent(_) => None,
        },
        "failed for sent" => |delivery| match delivery {
            Self::Sent(at) => Some(Self::Failed { error: String::new(), retry_at: Some(*at) }),
            Self::Failed { .. } => None,
        },
    };
    MailMessage {
        VerifyEmail { token: token, first_name: first_name, expires_at: expires_at },
        ResetPassword { token: token, first_name: first_name, expires_at: expires_at },
        ConfirmEmail { token: token, first_name: first_name, expires_at: expires_at },
        EmailChangeRequested { first_name: first_name, new_email: new_email },
        EmailChanged { first_name: first_name, new_email: new_email },
        Invitation {
            token: token, organization: organization, inviter: inviter, role: role, message: message,
            expires_at: expires_at,
        },
        Own { 0: mail },
    };
}

opaque! { bailiwick_app::audit::action::Noun }

impl Mutate for Action {
    fn ways() -> Vec<String> {
        vec!["the first action".to_owned(), ANOTHER.to_owned()]
    }

    fn mutate(&mut self, way: usize, known: &Known) {
        let first = Self::ALL.first().copied();
        *self = if way == 0 { first } else { known.other(self) }.unwrap_or(*self);
    }
}

impl Mutate for TargetKind {
    fn ways() -> Vec<String> {
        vec!["an account".to_owned(), ANOTHER.to_owned()]
    }

    fn mutate(&mut self, way: usize, known: &Known) {
        *self = if way == 0 { Some(Self::User) } else { known.other(self) }.unwrap_or(*self);
    }
}

/// The state of a role is shared between views.
impl Mutate for Arc<RoleView> {
    fn ways() -> Vec<String> {
        RoleView::ways()
    }

    fn mutate(&mut self, way: usize, known: &Known) {
        Arc::make_mut(self).mutate(way, known);
    }
}

impl Mutate for Value {
    fn ways() -> Vec<String> {
        ["null", "a key is lost", "a text is cut"].map(str::to_owned).to_vec()
    }

    fn mutate(&mut self, way: usize, _: &Known) {
        match (way, &mut *self) {
            (0, _) => *self = Self::Null,
            (1, Self::Object(map)) => {
                let first = map.keys().next().cloned();
                map.retain(|key, _| Some(key) != first.as_ref());
            }
            (2, Self::Object(map)) => map.values_mut().filter_map(text_of).for_each(|text| _ = text.pop()),
            _ => {}
        }
    }
}

fn text_of(value: &mut Value) -> Option<&mut String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

//! An acceptance races with a change that makes it invalid: the result is as if one had followed the
//! other.

use std::sync::Arc;

use bailiwick_app::accounts::DeactivateMe;
use bailiwick_app::authority::permission::{InvitationsDelete, OrgDelete, UsersDelete, UsersWrite};
use bailiwick_app::invitations::{AcceptInvitation, RevokeInvitation};
use bailiwick_app::organizations::{
    ChangeMemberStatus, DeleteOrganization, MemberStatusChange, RemoveMember,
};
use bailiwick_app::{Actor, App, Command, Error};
use bailiwick_invites::{Invitation, InvitationKey, InvitationStatus, InviteError, NewInvitation};
use bailiwick_kernel::{ClaimedToken, InvitationId, OrgId, PlainToken, TokenKind};
use bailiwick_orgs::{Membership, MembershipStatus, OrgError};
use bailiwick_roles::SystemRole;
use tokio::sync::Barrier;

use crate::departures::app_on;
use crate::fixture::{Fixture, at, found, new_session, new_user};

const ROUNDS: u32 = 200;

/// An invitation and the accounts that it concerns.
struct Cast {
    org: OrgId,
    owner: Actor,
    host: Actor,
    invited: Actor,
    invitation: InvitationId,
    token: ClaimedToken,
}

type Answer = Result<(), Error>;

impl Cast {
    async fn on(f: &Fixture, round: u32) -> Self {
        let mut tx = f.store.begin().await.unwrap();
        let mut people = Vec::new();
        for name in ["owner", "inviter", "invited"] {
            let user = new_user(&f.ids, &format!("{name}{round}"));
            let (session, refresh) = new_session(&f.ids, user.id);
            tx.users().insert(&user).await.unwrap();
            tx.sessions().insert(&session, &refresh).await.unwrap();
            people.push((user, session.id));
        }
        let [owner, host, invited] = [0, 1, 2].map(|n| Actor { user: people[n].0.id, session: people[n].1 });
        let org = found(tx.as_mut(), &f.ids, &format!("org{round}"), &people[0].0).await;
        let (admin, guest) = (org.role(SystemRole::Admin), org.role(SystemRole::Guest));
        for membership in [
            Membership::active(org.org, host.user, admin, at(0)),
            Membership::invited(org.org, invited.user, guest, at(3600), at(0)),
        ] {
            tx.orgs().insert_membership(&membership).await.unwrap();
        }
        let new = NewInvitation {
            org_id: org.org,
            email: people[2].0.email.clone(),
            role_id: guest,
            inviter_id: host.user,
            message: None,
            expires_at: at(3600),
        };
        let invitation = Invitation::new(new, &f.ids, at(0));
        let token = PlainToken::generate(TokenKind::Invitation, &f.ids);
        tx.invites().insert(&invitation, &token.hash()).await.unwrap();
        tx.commit().await.unwrap();
        let token = ClaimedToken::new(token.reveal().to_owned());
        Self { org: org.org, owner, host, invited, invitation: invitation.id, token }
    }

    /// The statuses of the invitation and of the invited person's membership.
    async fn stand(&self, f: &Fixture) -> (Option<InvitationStatus>, Option<MembershipStatus>) {
        let mut tx = f.store.begin_read().await.unwrap();
        let invitation = tx.invites().find(InvitationKey::OfOrg(self.org, self.invitation)).await.unwrap();
        let member = tx.directory().find_member(self.org, self.invited.user).await.unwrap();
        let membership = member.map(|member| member.membership);
        tx.rollback().await.unwrap();
        (invitation.map(|found| found.status(at(1))), membership.map(|found| found.status))
    }
}

/// Runs both at the same moment, on proofs from before.
async fn race<C>(app: &App, cast: &Cast, proof: C::Proof, other: C) -> (Answer, Answer)
where
    C: Command + 'static,
    C::Proof: 'static,
{
    let invited = app.authority().authenticated(&cast.invited).await.unwrap();
    let accept = AcceptInvitation { token: cast.token.clone() };
    let barrier = Arc::new(Barrier::new(2));
    let one = tokio::spawn(run(app.clone(), barrier.clone(), invited, accept));
    let other = tokio::spawn(run(app.clone(), barrier, proof, other));
    (one.await.unwrap(), other.await.unwrap())
}

async fn run<C: Command>(app: App, barrier: Arc<Barrier>, proof: C::Proof, command: C) -> Answer {
    barrier.wait().await;
    app.run(&proof, &command).await.map(|_| ())
}

const CAME_IN: (Option<InvitationStatus>, Option<MembershipStatus>) =
    (Some(InvitationStatus::Accepted), Some(MembershipStatus::Active));
const WAITS: (Option<InvitationStatus>, Option<MembershipStatus>) =
    (Some(InvitationStatus::Pending), Some(MembershipStatus::Invited));

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn against_a_revocation() {
    for f in Fixture::all().await {
        let app = app_on(&f).await;
        for round in 0..rounds() {
            let cast = Cast::on(&f, round).await;
            let proof =
                app.authority().check_uncached::<InvitationsDelete>(&cast.owner, cast.org).await.unwrap();
            let answers = race(&app, &cast, proof, RevokeInvitation { id: cast.invitation }).await;
            let expected = match answers {
                (Ok(()), Err(Error::Invite(InviteError::NotPending))) => CAME_IN,
                (Err(Error::Invite(InviteError::Revoked)), Ok(())) => (Some(InvitationStatus::Revoked), None),
                answers => panic!("round {round}: {answers:?}"),
            };
            assert_eq!(cast.stand(&f).await, expected, "round {round}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn against_the_end_of_the_organization() {
    for f in Fixture::all().await {
        let app = app_on(&f).await;
        for round in 0..rounds() {
            let cast = Cast::on(&f, round).await;
            let proof = app.authority().check_uncached::<OrgDelete>(&cast.owner, cast.org).await.unwrap();
            let (accepted, deleted) = race(&app, &cast, proof, DeleteOrganization).await;
            assert_eq!(deleted, Ok(()), "round {round}");
            let is_serial = matches!(
                accepted,
                Ok(()) | Err(Error::Invite(InviteError::NotFound) | Error::Org(OrgError::NotFound))
            );
            assert!(is_serial, "round {round}: {accepted:?}");
            assert_eq!(cast.stand(&f).await, (None, None), "round {round}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn against_the_suspension_of_the_inviter() {
    for f in Fixture::all().await {
        let app = app_on(&f).await;
        for round in 0..rounds() {
            let cast = Cast::on(&f, round).await;
            let proof = app.authority().check_uncached::<UsersWrite>(&cast.owner, cast.org).await.unwrap();
            let suspend = ChangeMemberStatus { user: cast.host.user, change: MemberStatusChange::Suspend };
            let answers = race(&app, &cast, proof, suspend).await;
            the_inviter_is_gone_or_was_there(&f, &cast, answers, round).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn against_the_removal_of_the_inviter() {
    for f in Fixture::all().await {
        let app = app_on(&f).await;
        for round in 0..rounds() {
            let cast = Cast::on(&f, round).await;
            let proof = app.authority().check_uncached::<UsersDelete>(&cast.owner, cast.org).await.unwrap();
            let answers = race(&app, &cast, proof, RemoveMember { user: cast.host.user }).await;
            the_inviter_is_gone_or_was_there(&f, &cast, answers, round).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn against_the_end_of_the_inviters_account() {
    for f in Fixture::all().await {
        let app = app_on(&f).await;
        for round in 0..rounds() {
            let cast = Cast::on(&f, round).await;
            let proof = app.authority().authenticated(&cast.host).await.unwrap();
            let answers = race(&app, &cast, proof, DeactivateMe).await;
            the_inviter_is_gone_or_was_there(&f, &cast, answers, round).await;
        }
    }
}

async fn the_inviter_is_gone_or_was_there(f: &Fixture, cast: &Cast, answers: (Answer, Answer), round: u32) {
    let expected = match answers {
        (Ok(()), Ok(())) => CAME_IN,
        (Err(Error::Invite(InviteError::InviterLostRight)), Ok(())) => WAITS,
        answers => panic!("round {round}: {answers:?}"),
    };
    assert_eq!(cast.stand(f).await, expected, "round {round}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn against_the_removal_of_the_invited() {
    for f in Fixture::all().await {
        let app = app_on(&f).await;
        for round in 0..rounds() {
            let cast = Cast::on(&f, round).await;
            let proof = app.authority().check_uncached::<UsersDelete>(&cast.owner, cast.org).await.unwrap();
            let answers = race(&app, &cast, proof, RemoveMember { user: cast.invited.user }).await;
            let expected = match answers {
                (Ok(()), Ok(())) => (Some(InvitationStatus::Accepted), Some(MembershipStatus::Removed)),
                (Err(Error::Invite(InviteError::Revoked)), Ok(())) => (Some(InvitationStatus::Revoked), None),
                answers => panic!("round {round}: {answers:?}"),
            };
            assert_eq!(cast.stand(&f).await, expected, "round {round}");
        }
    }
}

fn rounds() -> u32 {
    std::env::var("BAILIWICK_RACE_ROUNDS").map_or(ROUNDS, |text| text.parse().unwrap())
}

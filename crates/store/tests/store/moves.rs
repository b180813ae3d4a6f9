//! An account moves to another address while its old one is invited: the result is as if one had
//! followed the other, and no membership of the account is left as invited.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_app::accounts::ConfirmEmail;
use bailiwick_app::authority::Public;
use bailiwick_app::authority::permission::InvitationsWrite;
use bailiwick_app::invitations::Invite;
use bailiwick_app::{Actor, App, Error};
use bailiwick_invites::InvitationKey;
use bailiwick_kernel::{ClaimedToken, Email, Lock, OrgId, PlainToken, RoleId, TokenKind, UserId};
use bailiwick_orgs::{Membership, MembershipStatus};
use bailiwick_roles::SystemRole;
use bailiwick_testkit::app::sql;
use bailiwick_users::{NewSecret, UserChanges};
use tokio::sync::Barrier;
use tokio::task::JoinHandle;
use tokio_postgres::NoTls;

use crate::departures::app_on;
use crate::fixture::{Fixture, at, found, new_session, new_user};

const ROUNDS: u32 = 60;
const TIMEOUT: Duration = Duration::from_secs(30);

type Answer = JoinHandle<Result<(), Error>>;

struct Cast {
    org: OrgId,
    role: RoleId,
    owner: Actor,
    mover: UserId,
    former: Email,
    token: ClaimedToken,
}

impl Cast {
    /// `was_member`: whether a membership exists already, which the invitation changes.
    async fn on(f: &Fixture, round: u32, was_member: bool) -> Self {
        let (owner, mut mover) =
            (new_user(&f.ids, &format!("owner{round}")), new_user(&f.ids, &format!("mover{round}")));
        let (session, refresh) = new_session(&f.ids, owner.id);
        let token = PlainToken::generate(TokenKind::EmailChange, &f.ids);
        let mut tx = f.store.begin().await.unwrap();
        tx.users().insert(&owner).await.unwrap();
        tx.users().insert(&mover).await.unwrap();
        tx.sessions().insert(&session, &refresh).await.unwrap();
        let org = found(tx.as_mut(), &f.ids, &format!("moves{round}"), &owner).await;
        let role = org.role(SystemRole::Guest);
        if was_member {
            let mut membership = Membership::active(org.org, mover.id, role, at(0));
            membership.remove().unwrap();
            tx.orgs().insert_membership(&membership).await.unwrap();
        }
        mover.propose_email(Email::parse(&format!("moved{round}@example.org")).unwrap()).unwrap();
        tx.users().update(mover.id, &UserChanges::emails_of(&mover)).await.unwrap();
        let (kind, expires_at) = (TokenKind::EmailChange, at(3600));
        tx.secrets()
            .issue(&NewSecret {
                kind,
                user: mover.id,
                hash: token.hash(),
                created_at: at(0),
                expires_at,
                address: None,
            })
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let owner = Actor { user: owner.id, session: session.id };
        let token = ClaimedToken::new(token.reveal().to_owned());
        Self { org: org.org, role, owner, mover: mover.id, former: mover.email, token }
    }

    async fn invite(&self, app: &App, barrier: Arc<Barrier>) -> Answer {
        let app = app.clone();
        let proof = app.authority().check_uncached::<InvitationsWrite>(&self.owner, self.org).await.unwrap();
        let invite = Invite { email: self.former.clone(), role: self.role, message: None };
        tokio::spawn(async move {
            barrier.wait().await;
            app.run(&proof, &invite).await.map(drop)
        })
    }

    fn confirm(&self, app: &App, barrier: Arc<Barrier>) -> Answer {
        let (app, confirm) = (app.clone(), ConfirmEmail { token: self.token.clone() });
        tokio::spawn(async move {
            barrier.wait().await;
            app.run(&Public, &confirm).await.map(drop)
        })
    }

    async fn is_invited_nowhere(&self, f: &Fixture, case: &str) {
        let mut tx = f.store.begin_read().await.unwrap();
        let member = tx.directory().find_member(self.org, self.mover).await.unwrap();
        let membership = member.map(|member| member.membership);
        let mover = tx.users().find(self.mover, Lock::None).await.unwrap().unwrap();
        let invitation = tx.invites().find(InvitationKey::Pending(self.org, &self.former)).await.unwrap();
        tx.rollback().await.unwrap();
        assert_ne!(mover.email, self.former, "{case}");
        assert!(invitation.is_some(), "{case}: it stays with the mailbox");
        let status = membership.map(|membership| membership.status);
        assert_ne!(status, Some(MembershipStatus::Invited), "{case}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn at_once_an_invitation_and_a_move_leave_nobody_invited() {
    for f in Fixture::all().await {
        let app = app_on(&f).await;
        for round in 0..ROUNDS {
            let cast = Cast::on(&f, round, round % 2 == 0).await;
            let barrier = Arc::new(Barrier::new(2));
            let invited = cast.invite(&app, barrier.clone()).await;
            let confirmed = cast.confirm(&app, barrier);
            assert_eq!((invited.await.unwrap(), confirmed.await.unwrap()), (Ok(()), Ok(())));
            cast.is_invited_nowhere(&f, &format!("round {round}")).await;
        }
    }
}

/// Number of connections that wait for a lock.
async fn waiting(f: &Fixture) -> usize {
    let query =
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    sql::rows(&f.url, query).await.len()
}

async fn until(fact: impl AsyncFn() -> bool) {
    let waiting = async {
        while !fact().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(TIMEOUT, waiting).await.expect("it comes so far");
}

/// The account moves after the invitation has found it, while the invitation waits to write the
/// membership.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_move_waits_for_an_invitation_that_found_the_account() {
    let Some(f) = Fixture::postgres().await else { return };
    let app = app_on(&f).await;
    for (round, was_member) in [(0, false), (1, true)] {
        let cast = Cast::on(&f, round, was_member).await;
        let (held, connection) = tokio_postgres::connect(&f.url, NoTls).await.unwrap();
        tokio::spawn(connection);
        // This lock allows reads and row locks, but no writes.
        held.batch_execute("BEGIN; LOCK TABLE memberships IN SHARE ROW EXCLUSIVE MODE").await.unwrap();
        let alone = || Arc::new(Barrier::new(1));
        let invited = cast.invite(&app, alone()).await;
        until(async || waiting(&f).await == 1).await;
        let confirmed = cast.confirm(&app, alone());
        until(async || confirmed.is_finished() || waiting(&f).await == 2).await;
        held.batch_execute("COMMIT").await.unwrap();
        assert_eq!((invited.await.unwrap(), confirmed.await.unwrap()), (Ok(()), Ok(())));
        cast.is_invited_nowhere(&f, &format!("was a member: {was_member}")).await;
    }
}

/// The invitation looks for the account at the old address after the move has locked it, while the
/// move waits to write its last mail.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_invitation_that_waited_for_a_move_finds_nobody_at_the_address() {
    let Some(f) = Fixture::postgres().await else { return };
    let app = app_on(&f).await;
    for (round, was_member) in [(0, false), (1, true)] {
        let cast = Cast::on(&f, round, was_member).await;
        let (held, connection) = tokio_postgres::connect(&f.url, NoTls).await.unwrap();
        tokio::spawn(connection);
        held.batch_execute("BEGIN; LOCK TABLE outbox IN SHARE ROW EXCLUSIVE MODE").await.unwrap();
        let alone = || Arc::new(Barrier::new(1));
        let confirmed = cast.confirm(&app, alone());
        until(async || waiting(&f).await == 1).await;
        let invited = cast.invite(&app, alone()).await;
        until(async || waiting(&f).await == 2).await;
        held.batch_execute("COMMIT").await.unwrap();
        assert_eq!((confirmed.await.unwrap(), invited.await.unwrap()), (Ok(()), Ok(())));
        cast.is_invited_nowhere(&f, &format!("was a member: {was_member}")).await;
    }
}

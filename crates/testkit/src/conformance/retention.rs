//! `Store::apply_retention`.

use bailiwick_app::platform::MailFilter;
use bailiwick_app::ports::SessionView;
use bailiwick_app::{AuthorityQuery, Delivery, Error, RetentionCutoffs};
use bailiwick_kernel::{Lock, MailId, PageRequest, TokenHash, TokenKind, UserId};
use bailiwick_users::{MailedLink, NewSecret, PageRecord, PageSession, Session, SessionScope};
use time::Duration;

use super::outbox::{enqueue, new_mail};
use super::page_sessions::{found, new_page, sign_in};
use super::secrets::{new_link, record, recorded};
use super::world::World;

/// Cutoffs that are all at `world.now`.
fn cutoffs(world: &World) -> RetentionCutoffs {
    RetentionCutoffs { sessions_before: world.now, secrets_at: world.now, mail_before: world.now }
}

/// Applies retention until nothing is deleted, and returns the number of rows deleted.
async fn sweep(world: &World) -> u64 {
    let mut deleted = 0;
    for _ in 0..1000 {
        match world.store.apply_retention(&cutoffs(world)).await.unwrap() {
            0 => return deleted,
            rows => deleted += rows,
        }
    }
    panic!("retention still deletes rows after 1000 calls");
}

/// Stores a session with a used and an unused refresh token.
async fn session(
    world: &World,
    user: UserId,
    change: impl FnOnce(&mut Session),
) -> (Session, [TokenHash; 2]) {
    let (mut session, first) = world.new_session(user);
    change(&mut session);
    let (_, mut second) = world.new_session(user);
    second.session_id = session.id;
    transaction!(world, |tx| {
        tx.sessions().insert(&session, &first).await?;
        assert!(tx.sessions().rotate(&first.hash, &second, world.after(2)).await?);
        Ok::<_, Error>(())
    })
    .unwrap();
    (session, [first.hash, second.hash])
}

async fn view(world: &World, session: &Session) -> Option<SessionView> {
    let query = AuthorityQuery { user: session.user_id, session: Some(session.id), org: None };
    world.store.load_view(&query).await.unwrap().unwrap().session
}

pub async fn sessions_long_over_go_with_their_tokens(world: World) {
    let user = world.user().await.id;
    let just_before = world.now + Duration::microseconds(-1);
    let over = [
        session(&world, user, |session| session.ended_at = Some(just_before)).await,
        session(&world, user, |session| session.expires_at = just_before).await,
    ];
    let kept = [
        session(&world, user, |_| {}).await,
        session(&world, user, |session| session.ended_at = Some(world.now)).await,
        session(&world, user, |session| session.expires_at = world.now).await,
    ];
    assert_eq!(sweep(&world).await, 6);
    for (session, tokens) in over {
        assert_eq!(view(&world, &session).await, None);
        for token in tokens {
            assert_eq!(read!(world, |tx| tx.sessions().find_by_refresh(&token, Lock::None).await), None);
        }
    }
    for (session, tokens) in kept {
        assert!(view(&world, &session).await.is_some());
        for token in tokens {
            assert_eq!(
                read!(world, |tx| tx.sessions().find_by_refresh(&token, Lock::None).await)
                    .map(|found| found.session.id),
                Some(session.id)
            );
        }
    }
    assert_eq!(sweep(&world).await, 0);
}

pub async fn sessions_of_the_pages_long_over_go_with_their_cookies(world: World) {
    let user = world.user().await.id;
    let over = sign_in(&world, user).await;
    let (session, page) = new_page(&world, user);
    let page = PageSession { idle_expires_at: world.after(-60), ..page };
    transaction!(world, |tx| {
        tx.sessions().end(user, SessionScope::One(over.session.id), world.after(-60)).await?;
        tx.sessions().insert_page(&session, &page).await
    })
    .unwrap();
    assert_eq!(sweep(&world).await, 1);
    assert_eq!(found(&world, over.page.cookie).await, None);
    let unused = found(&world, page.cookie).await;
    assert_eq!(unused, Some(PageRecord { page, session }), "only the end of the session counts");
}

pub async fn secrets_that_ran_out_go(world: World) {
    let kind = TokenKind::PasswordReset;
    let mut secrets = Vec::new();
    for seconds in [-1, 0, 1] {
        let (user, hash) = (world.user().await.id, world.token());
        let (made, until) = (world.after(-60), world.after(seconds));
        transaction!(world, |tx| tx
            .secrets()
            .issue(&NewSecret { kind, user, hash, created_at: made, expires_at: until, address: None })
            .await)
        .unwrap();
        secrets.push((user, hash));
    }
    let known = async || {
        let mut known = Vec::new();
        for (_, hash) in &secrets {
            known.push(read!(world, |tx| tx.secrets().find(kind, hash, world.after(-30)).await));
        }
        known
    };
    let [first, second, third] = [0, 1, 2].map(|n: usize| Some(secrets[n].0));
    assert_eq!(known().await, [first, second, third]);
    assert_eq!(sweep(&world).await, 2);
    assert_eq!(known().await, [None, None, third]);
}

pub async fn links_that_ran_out_go(world: World) {
    let user = world.user().await;
    let links = [-1, 0, 1].map(|seconds| {
        let link = new_link(&world, TokenKind::EmailVerification, user.id, user.email.clone());
        MailedLink { expires_at: world.after(seconds), ..link }
    });
    for link in &links {
        record(&world, link).await;
    }
    assert_eq!(sweep(&world).await, 2);
    let [first, second, third] = &links;
    let earlier = world.after(-30);
    assert_eq!(recorded(&world, first, earlier).await, None);
    assert_eq!(recorded(&world, second, earlier).await, None);
    assert_eq!(recorded(&world, third, earlier).await.as_ref(), Some(third));
}

pub async fn a_setup_secret_that_ran_out_goes(world: World) {
    let (old, new) = (world.token(), world.token());
    transaction!(world, |tx| tx.secrets().issue_setup(&old, world.now).await).unwrap();
    assert_eq!(sweep(&world).await, 1);
    let used = transaction!(world, |tx| tx.secrets().consume_setup(&old, world.after(-1)).await);
    assert!(!used.unwrap());
    transaction!(world, |tx| tx.secrets().issue_setup(&new, world.after(1)).await).unwrap();
    assert_eq!(sweep(&world).await, 0);
    assert!(transaction!(world, |tx| tx.secrets().consume_setup(&new, world.now).await).unwrap());
}

pub async fn mail_sent_long_ago_goes_and_no_other(world: World) {
    let mails = [-50, -40, -30, -20].map(|seconds| new_mail(&world, world.after(seconds)));
    for mail in &mails {
        enqueue(&world, mail).await;
    }
    let [old, new, failed, waiting] = &mails;
    transaction!(world, |tx| {
        tx.outbox().record_delivery(old, &Delivery::Sent(world.after(-1))).await?;
        tx.outbox().record_delivery(new, &Delivery::Sent(world.now)).await?;
        tx.outbox()
            .record_delivery(
                failed,
                &Delivery::Failed { error: "no such mailbox".to_owned(), retry_at: None },
            )
            .await?;
        Ok::<_, Error>(())
    })
    .unwrap();
    assert_eq!(sweep(&world).await, 1);
    let filter = MailFilter::default();
    let listed = read!(world, |tx| tx.platform().list_mail(&filter, PageRequest::default()).await);
    let listed: Vec<MailId> = listed.items.iter().map(|mail| mail.id).collect();
    assert_eq!(listed, [waiting.id, failed.id, new.id]);
}

pub async fn any_number_of_leftovers_goes_in_the_end(world: World) {
    let user = world.user().await.id;
    transaction!(world, |tx| {
        for _ in 0..700 {
            let (mut session, refresh) = world.new_session(user);
            session.expires_at = world.after(-1);
            tx.sessions().insert(&session, &refresh).await?;
        }
        Ok::<_, Error>(())
    })
    .unwrap();
    assert_eq!(sweep(&world).await, 1400);
}

//! Texts that come back as they were stored.

use std::slice::from_ref;

use bailiwick_app::platform::MailFilter;
use bailiwick_app::{Delivery, MailMessage, MailSecret, OutgoingMail};
use bailiwick_invites::Invitation;
use bailiwick_invites::ports::InvitationKey;
use bailiwick_kernel::{DisplayName, Lock, PageRequest, PlainToken, TokenKind};
use bailiwick_orgs::Organization;
use bailiwick_roles::{Role, SystemRole};
use bailiwick_users::{Session, User};
use time::Duration;

use super::world::{World, difficult, name, renamed};
use crate::mail_claim;

/// Texts that stores have changed: by a collation, a normal form, a column that is too short, or an escape.
fn texts() -> Vec<String> {
    let longest = difficult("long");
    vec![
        "Caf\u{e9}".to_owned(),
        "Cafe\u{301}".to_owned(),
        "\u{1f511}\u{1f468}\u{200d}\u{1f469}".to_owned(),
        "it''s \"quoted\" \\' \\\\ \\u0041 %s $1 ?".to_owned(),
        "NULL".to_owned(),
        "\u{212b} \u{fb01} \u{1e9e} \u{130}".to_owned(),
        "\u{1f511}".repeat(100),
        longest,
    ]
}

pub async fn texts_are_stored_unchanged(world: World) {
    let org = world.org().await;
    for (number, text) in (1..).zip(texts()) {
        let title = DisplayName::parse(&text).unwrap();
        let user = User { first_name: title.clone(), last_name: title.clone(), ..world.new_user() };
        let user = world.store_user(user).await;
        assert_eq!(read!(world, |tx| tx.users().find(user.id, Lock::None).await), Some(user.clone()));

        let other = world.user().await;
        let changes = renamed(&title, &title);
        transaction!(world, |tx| tx.users().update(other.id, &changes).await).unwrap();
        let other = User { first_name: title.clone(), last_name: title.clone(), ..other };
        assert_eq!(read!(world, |tx| tx.users().find(other.id, Lock::None).await), Some(other));

        let organization = Organization { name: title.clone(), ..org.organization.clone() };
        transaction!(world, |tx| tx.orgs().update(&organization).await).unwrap();
        assert_eq!(read!(world, |tx| tx.orgs().find(org.id, Lock::None).await), Some(organization));

        // Texts that are no names may begin and end with white space.
        let free = format!(" \t{text}\n ");
        let role = Role { description: free.clone(), ..world.new_role(org.id, &text, number, &[]) };
        transaction!(world, |tx| tx.roles().insert(&role).await).unwrap();
        assert_eq!(read!(world, |tx| tx.roles().find(org.id, role.id).await).as_ref(), Some(&role));
        assert!(read!(world, |tx| tx.roles().list(org.id).await).contains(&role));
        let renamed = Role { name: name(&format!("{number}{}", cut(&text))), ..role };
        transaction!(world, |tx| tx.roles().update(&renamed).await).unwrap();
        assert_eq!(read!(world, |tx| tx.roles().find(org.id, renamed.id).await), Some(renamed));

        let invitation = world.new_invitation(&org, world.email(), org.role(SystemRole::Guest));
        let (invitation, token) =
            world.store_invitation(Invitation { message: Some(free.clone()), ..invitation }).await;
        let found = read!(world, |tx| tx.invites().find(InvitationKey::Token(&token)).await);
        assert_eq!(found, Some(invitation));

        let (session, refresh) = world.new_session(user.id);
        let session = Session { device: Some(free), ..session };
        transaction!(world, |tx| tx.sessions().insert(&session, &refresh).await).unwrap();
        let found = read!(world, |tx| tx.sessions().find_by_refresh(&refresh.hash, Lock::None).await);
        assert_eq!(found.map(|record| record.session), Some(session));
    }
}

/// Returns the text without its first character, so that another can be put there.
fn cut(text: &str) -> String {
    text.chars().skip(1).collect()
}

pub async fn mail_of_each_kind_is_claimed_unchanged(world: World) {
    let text = |start: &str| format!(" {} ", difficult(start));
    let (first_name, new_email) = (text("Ada"), text("new"));
    let token = || MailSecret::from(&PlainToken::generate(TokenKind::PasswordReset, &*world.ids));
    let expires_at = world.now + Duration::microseconds(7);
    let messages = [
        MailMessage::VerifyEmail { token: token(), first_name: first_name.clone(), expires_at },
        MailMessage::ResetPassword { token: token(), first_name: first_name.clone(), expires_at },
        MailMessage::ConfirmEmail { token: token(), first_name: first_name.clone(), expires_at },
        MailMessage::EmailChangeRequested { first_name: first_name.clone(), new_email: new_email.clone() },
        MailMessage::EmailChanged { first_name, new_email },
        MailMessage::Invitation {
            token: token(),
            organization: text("Acme"),
            inviter: text("Grace"),
            role: text("editor"),
            message: Some(text("Come in")),
            expires_at,
        },
    ];
    let mails = messages.map(|message| OutgoingMail::new(world.email(), message, &*world.ids, world.now));
    for mail in &mails {
        transaction!(world, |tx| tx.outbox().enqueue(mail, world.now).await).unwrap();
        let claim = mail_claim(world.now, world.after(30), 9);
        assert_eq!(transaction!(world, |tx| tx.outbox().claim(&claim).await).unwrap(), from_ref(mail));
    }
    let error = text("the line is dead");
    let failed = Delivery::Failed { error: error.clone(), retry_at: None };
    transaction!(world, |tx| tx.outbox().record_delivery(&mails[0], &failed).await).unwrap();
    let page = PageRequest::default();
    let listed = read!(world, |tx| tx.platform().list_mail(&MailFilter::default(), page).await).items;
    let listed = listed.into_iter().find(|mail| mail.id == mails[0].id).unwrap();
    assert_eq!(listed.last_error, Some(error));
}

/// PostgreSQL cannot store NUL. No store may cut a text at it.
pub async fn a_text_with_a_nul_is_refused_or_stored_unchanged(world: World) {
    let org = world.org().await;
    let role = world.new_role(org.id, "editor", 30, &[]);
    let role = Role { description: "before\0after".to_owned(), ..role };
    let is_stored = transaction!(world, |tx| tx.roles().insert(&role).await).is_ok();
    let found = read!(world, |tx| tx.roles().find(org.id, role.id).await);
    assert_eq!(found, is_stored.then_some(role));
}

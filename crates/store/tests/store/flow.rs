//! One pass through every repository, on either database.

use bailiwick_app::{
    AuthorityQuery, Delivery, InvitationFilter, MailMessage, MailSecret, MemberFilter, OrgScope, OutgoingMail,
};
use bailiwick_invites::{Invitation, InvitationKey, InvitationStatus, InviteError, NewInvitation};
use bailiwick_kernel::{DisplayName, Email, Lock, OrgId, PageRequest, PlainToken, RoleId, Slug, TokenKind};
use bailiwick_orgs::{Membership, MembershipStatus, OrgError, Organization};
use bailiwick_rbac::{Pattern, Permission, PermissionSet};
use bailiwick_roles::{CatalogueEntry, Level, Role, RoleDraft, RoleError, SystemRole};
use bailiwick_testkit::mail_claim;
use bailiwick_users::{NewSecret, SecretRef, UserChanges, UserError, UserStatus};

use crate::fixture::{Fixture, at, new_session, new_user};

#[tokio::test]
async fn signing_up_and_everything_that_follows() {
    for fixture in Fixture::all().await {
        accounts(&fixture).await;
        organizations(&fixture).await;
        roles(&fixture).await;
        invitations(&fixture).await;
        lists(&fixture).await;
        mail(&fixture).await;
    }
}

async fn accounts(f: &Fixture) {
    let mut ada = new_user(&f.ids, "ada");
    let token = PlainToken::generate(TokenKind::EmailVerification, &f.ids).hash();
    let newer = PlainToken::generate(TokenKind::EmailVerification, &f.ids).hash();
    let (session, refresh) = new_session(&f.ids, ada.id);

    let mut tx = f.store.begin().await.unwrap();
    tx.users().insert(&ada).await.unwrap();
    tx.sessions().insert(&session, &refresh).await.unwrap();
    ada.last_active = Some(session.last_seen_at);
    for hash in [&token, &newer] {
        tx.secrets()
            .issue(&NewSecret {
                kind: TokenKind::EmailVerification,
                user: ada.id,
                hash: *hash,
                created_at: at(0),
                expires_at: at(60),
                address: None,
            })
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();

    let mut tx = f.store.begin().await.unwrap();
    assert_eq!(tx.users().find(ada.id, Lock::None).await.unwrap().as_ref(), Some(&ada));
    assert_eq!(tx.users().find_by_email(&ada.email, Lock::None).await.unwrap().as_ref(), Some(&ada));
    let secrets = tx.secrets();
    assert_eq!(secrets.consume(TokenKind::EmailVerification, SecretRef::Hash(token), at(1)).await, Ok(None));
    assert_eq!(secrets.consume(TokenKind::Invitation, SecretRef::Hash(newer), at(1)).await, Ok(None));
    assert_eq!(secrets.consume(TokenKind::EmailVerification, SecretRef::Hash(newer), at(60)).await, Ok(None));
    assert_eq!(
        secrets.consume(TokenKind::EmailVerification, SecretRef::Hash(newer), at(59)).await,
        Ok(Some(ada.id))
    );
    assert_eq!(secrets.consume(TokenKind::EmailVerification, SecretRef::Hash(newer), at(59)).await, Ok(None));
    ada.prove_mailbox();
    tx.users().update(ada.id, &UserChanges::status_of(&ada)).await.unwrap();
    let name = DisplayName::parse("Augusta").unwrap();
    let names = Some((name.clone(), ada.last_name.clone()));
    tx.users().update(ada.id, &UserChanges { names, ..UserChanges::default() }).await.unwrap();
    tx.users().update(ada.id, &UserChanges::to_platform_admin()).await.unwrap();
    let (old, new) = (ada.password_hash.clone(), new_user(&f.ids, "x").password_hash);
    assert!(tx.users().replace_password(ada.id, &old, &new).await.unwrap());
    let stored = tx.users().find(ada.id, Lock::None).await.unwrap().unwrap();
    assert!(stored.platform_admin && stored.email_verified && stored.first_name == name);
    tx.commit().await.unwrap();

    let mut tx = f.store.begin().await.unwrap();
    let twin = new_user(&f.ids, "ada");
    assert_eq!(tx.users().update(twin.id, &UserChanges::status_of(&twin)).await, Err(UserError::NotFound));
    assert_eq!(tx.users().insert(&twin).await, Err(UserError::EmailTaken));
    tx.rollback().await.unwrap();

    let query = AuthorityQuery { user: ada.id, session: Some(session.id), org: None };
    let view = f.store.load_view(&query).await.unwrap().unwrap();
    assert_eq!((view.user_status, view.membership), (UserStatus::Active, None));
    assert_eq!(view.session.unwrap().expires_at, session.expires_at);

    let mut tx = f.store.begin().await.unwrap();
    tx.users().delete(ada.id).await.unwrap();
    assert_eq!(tx.users().delete(ada.id).await, Err(UserError::NotFound));
    tx.commit().await.unwrap();
    assert_eq!(f.store.load_view(&query).await.unwrap(), None);
}

async fn organizations(f: &Fixture) {
    let grace = f.user("grace").await;
    let guest = f.user("guest").await;
    let founded = f.found("acme", &grace).await;
    let other = f.found("other", &grace).await;
    let (org, member) = (founded.org, founded.role(SystemRole::Member));

    let mut tx = f.store.begin().await.unwrap();
    assert!(tx.orgs().find(org, Lock::Update).await.unwrap().is_some());
    assert!(tx.orgs().lock_owners(org).await.unwrap().contains(grace.id));
    let mut membership = Membership::active(org, guest.id, member, at(1));
    tx.orgs().insert_membership(&membership).await.unwrap();
    membership.suspend().unwrap();
    tx.orgs().update_membership(&membership).await.unwrap();
    let found = tx.directory().find_member(org, guest.id).await.unwrap().unwrap();
    assert_eq!(found.membership, membership);
    tx.commit().await.unwrap();

    let refused = async |membership: &Membership| {
        let mut tx = f.store.begin().await.unwrap();
        let error = tx.orgs().insert_membership(membership).await.unwrap_err();
        tx.rollback().await.unwrap();
        error
    };
    assert_eq!(refused(&membership).await, OrgError::AlreadyMember);
    let ghost = new_user(&f.ids, "ghost").id;
    assert_eq!(refused(&Membership::active(org, ghost, member, at(1))).await, OrgError::NotFound);
    let foreign = other.role(SystemRole::Member);
    let stranger = f.user("stranger").await;
    assert_eq!(refused(&Membership::active(org, stranger.id, foreign, at(1))).await, OrgError::UnknownRole);
    membership.role_id = Some(foreign);
    let mut tx = f.store.begin().await.unwrap();
    assert_eq!(tx.orgs().update_membership(&membership).await, Err(OrgError::UnknownRole));
    tx.rollback().await.unwrap();

    let mut tx = f.store.begin().await.unwrap();
    let mut found = tx.orgs().find(other.org, Lock::None).await.unwrap().unwrap();
    found.slug = Slug::parse("acme").unwrap();
    assert_eq!(tx.orgs().update(&found).await, Err(OrgError::SlugTaken));
    tx.rollback().await.unwrap();

    // One DELETE removes members, roles, permissions and private catalogue entries as well.
    let mut tx = f.store.begin().await.unwrap();
    let entry = CatalogueEntry::new(
        Some(other.org),
        Permission::parse("kb:read").unwrap(),
        String::new(),
        &f.ids,
        at(0),
    );
    assert!(tx.roles().insert_entry(&entry).await.unwrap());
    assert!(!tx.roles().insert_entry(&entry).await.unwrap());
    tx.orgs().delete(other.org).await.unwrap();
    assert_eq!(tx.orgs().delete(other.org).await, Err(OrgError::NotFound));
    assert_eq!(tx.roles().list(other.org).await.unwrap(), []);
    assert_eq!(tx.directory().find_member(other.org, grace.id).await.unwrap(), None);
    tx.commit().await.unwrap();
    let again = Organization { id: org, slug: Slug::parse("acme-2").unwrap(), ..found };
    let mut tx = f.store.begin().await.unwrap();
    tx.orgs().update(&again).await.unwrap();
    tx.rollback().await.unwrap();
}

fn draft(name: &str, level: i64, grants: &[&str]) -> RoleDraft {
    RoleDraft {
        name: DisplayName::parse(name).unwrap(),
        description: String::new(),
        level: Level::custom(level).unwrap(),
        permissions: grants.iter().map(|text| Pattern::parse(text).unwrap()).collect(),
    }
}

async fn roles(f: &Fixture) {
    let owner = f.user("roles-owner").await;
    let founded = f.found("roles", &owner).await;
    let mut editor =
        Role::custom(founded.org, draft("Éditeur", 50, &["kb:write", "kb:read", "a:*"]), &f.ids, at(1));
    let mut tx = f.store.begin().await.unwrap();
    tx.roles().insert(&editor).await.unwrap();
    assert_eq!(tx.roles().find(founded.org, editor.id).await.unwrap(), Some(editor.clone()));
    editor.redraft(draft("éditeur", 51, &["z:z", "b:b"]));
    tx.roles().update(&editor).await.unwrap();
    assert_eq!(tx.roles().find(founded.org, editor.id).await.unwrap(), Some(editor.clone()));
    let levels: Vec<u8> =
        tx.roles().list(founded.org).await.unwrap().iter().map(|role| role.level.get()).collect();
    assert_eq!(levels, [100, 80, 51, 20, 10]);
    assert_eq!(tx.roles().list(founded.org).await.unwrap()[0], founded.roles[0]);
    tx.commit().await.unwrap();

    for (name, level, error) in [
        ("ÉDITEUR", 51, RoleError::NameTaken),
        ("Other", 51, RoleError::LevelTaken),
        ("ADMIN", 7, RoleError::NameTaken),
    ] {
        let rival = Role::custom(founded.org, draft(name, level, &[]), &f.ids, at(1));
        let mut tx = f.store.begin().await.unwrap();
        assert_eq!(tx.roles().insert(&rival).await, Err(error));
        tx.rollback().await.unwrap();
    }

    let holder = f.user("holder").await;
    let former = f.user("former").await;
    let late = f.user("late").await;
    let mut tx = f.store.begin().await.unwrap();
    let held = Membership::active(founded.org, holder.id, editor.id, at(1));
    tx.orgs().insert_membership(&held).await.unwrap();
    let mut gone = Membership::active(founded.org, former.id, editor.id, at(1));
    gone.remove().unwrap();
    tx.orgs().insert_membership(&gone).await.unwrap();
    let invited = Membership::invited(founded.org, late.id, editor.id, at(10), at(1));
    tx.orgs().insert_membership(&invited).await.unwrap();
    assert_eq!(tx.roles().delete(founded.org, editor.id, at(20)).await, in_use(1, 0));
    tx.orgs().delete_membership(founded.org, holder.id).await.unwrap();
    assert_eq!(tx.roles().delete(founded.org, editor.id, at(9)).await, in_use(0, 1));
    tx.roles().delete(founded.org, editor.id, at(10)).await.unwrap();
    assert_eq!(tx.roles().delete(founded.org, editor.id, at(10)).await, Err(RoleError::NotFound));
    assert_eq!(tx.directory().find_member(founded.org, late.id).await.unwrap(), None);
    let gone = tx.directory().find_member(founded.org, former.id).await.unwrap().unwrap().membership;
    assert_eq!((gone.role_id, gone.status), (None, MembershipStatus::Removed));
    tx.commit().await.unwrap();

    let mut tx = f.store.begin().await.unwrap();
    for (scope, name) in [(None, "b:x"), (Some(founded.org), "b:x"), (Some(founded.org), "a:y")] {
        let permission = Permission::parse(name).unwrap();
        let entry = CatalogueEntry::new(scope, permission, String::new(), &f.ids, at(0));
        assert!(tx.roles().insert_entry(&entry).await.unwrap());
    }
    let seen: Vec<_> = tx.roles().list_entries(Some(founded.org), None).await.unwrap();
    let seen: Vec<_> = seen.iter().map(|e| (e.permission.as_str(), e.org_id.is_some())).collect();
    assert_eq!(seen, [("a:y", true), ("b:x", false)]);
    let private = Permission::parse("a:y").unwrap();
    assert_eq!(tx.roles().list_entries(None, Some(&private)).await.unwrap(), []);
    assert_eq!(tx.roles().list_entries(Some(founded.org), Some(&private)).await.unwrap().len(), 1);
    tx.rollback().await.unwrap();
}

async fn invitations(f: &Fixture) {
    let owner = f.user("inviter").await;
    let founded = f.found("inviting", &owner).await;
    let invite = || {
        Invitation::new(
            NewInvitation {
                org_id: founded.org,
                email: Email::parse("new@example.org").unwrap(),
                role_id: founded.role(SystemRole::Guest),
                inviter_id: owner.id,
                message: Some("Hi".to_owned()),
                expires_at: at(100),
            },
            &f.ids,
            at(0),
        )
    };
    let token = || PlainToken::generate(TokenKind::Invitation, &f.ids).hash();
    let (mut first, hash) = (invite(), token());
    let mut tx = f.store.begin().await.unwrap();
    tx.invites().insert(&first, &hash).await.unwrap();
    tx.commit().await.unwrap();

    let nowhere = OrgId::generate(&f.ids, at(0));
    let no_role = Some(RoleId::generate(&f.ids, at(0)));
    let somebody = Email::parse("b@example.org").unwrap();
    for (wrong, error) in [
        (invite(), InviteError::NotPending),
        (Invitation { role_id: no_role, email: somebody, ..invite() }, InviteError::UnknownRole),
        (Invitation { org_id: nowhere, ..invite() }, InviteError::NotFound),
    ] {
        let mut tx = f.store.begin().await.unwrap();
        assert_eq!(tx.invites().insert(&wrong, &token()).await, Err(error));
        tx.rollback().await.unwrap();
    }

    let mut tx = f.store.begin().await.unwrap();
    let invites = tx.invites();
    assert_eq!(invites.find(InvitationKey::Token(&hash)).await.unwrap().as_ref(), Some(&first));
    assert_eq!(
        invites.find(InvitationKey::OfOrg(founded.org, first.id)).await.unwrap().as_ref(),
        Some(&first)
    );
    assert_eq!(
        invites.find(InvitationKey::Pending(founded.org, &first.email)).await.unwrap().as_ref(),
        Some(&first)
    );
    first.supersede(at(1)).unwrap();
    assert!(invites.close(&first).await.unwrap());
    assert!(!invites.close(&first).await.unwrap());
    let second = invite();
    invites.insert(&second, &token()).await.unwrap();
    for (status, now, expected) in [
        (None, 1, vec![first.id, second.id]),
        (Some(InvitationStatus::Pending), 99, vec![second.id]),
        (Some(InvitationStatus::Pending), 100, vec![]),
        (Some(InvitationStatus::Expired), 100, vec![second.id]),
        (Some(InvitationStatus::Superseded), 1, vec![first.id]),
    ] {
        let filter = InvitationFilter { org: Some(founded.org), status, email: None };
        let page = tx.directory().list_invitations(&filter, at(now), None).await.unwrap();
        assert_eq!(page.items.iter().map(|item| item.invitation.id).collect::<Vec<_>>(), expected);
    }
    tx.users().delete(owner.id).await.unwrap();
    assert_eq!(
        tx.invites().find(InvitationKey::OfOrg(founded.org, first.id)).await.unwrap().unwrap().inviter_id,
        None
    );
    tx.commit().await.unwrap();
}

async fn lists(f: &Fixture) {
    let owner = f.user("o_wner").await;
    let founded = f.found("lists", &owner).await;
    let invited = f.user("list-invited").await;
    let mut tx = f.store.begin().await.unwrap();
    let guest = founded.role(SystemRole::Guest);
    let membership = Membership::invited(founded.org, invited.id, guest, at(50), at(0));
    tx.orgs().insert_membership(&membership).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = f.store.begin_read().await.unwrap();
    let record = tx.directory().find_member(founded.org, invited.id).await.unwrap().unwrap();
    assert_eq!((record.user, record.membership), (invited.clone(), membership));
    assert_eq!(record.role.unwrap().name, "guest");
    for (search, now, expected) in [
        (None, 49, vec![owner.id, invited.id]),
        (None, 50, vec![owner.id]),
        (Some("O_WNER@"), 0, vec![owner.id]),
        (Some("t_i"), 0, vec![]),
        (Some("%"), 0, vec![]),
        (Some("r lOVE"), 0, vec![owner.id]),
        (Some("\0"), 0, vec![]),
    ] {
        let filter = MemberFilter { search: search.map(str::to_owned), ..MemberFilter::default() };
        let page =
            tx.directory().list_members(founded.org, &filter, at(now), PageRequest::default()).await.unwrap();
        assert_eq!(page.items.iter().map(|item| item.user.id).collect::<Vec<_>>(), expected, "{search:?}");
    }
    let filter = MemberFilter { roles: Some(vec![guest]), ..MemberFilter::default() };
    let page =
        tx.directory().list_members(founded.org, &filter, at(0), PageRequest::default()).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let orgs = tx
        .directory()
        .list_organizations(owner.id, OrgScope::Existing, Some(PageRequest::default()))
        .await
        .unwrap();
    assert_eq!(orgs.items.first().unwrap().role.level, Level::OWNER);
    assert_eq!(
        tx.directory().list_organizations(invited.id, OrgScope::Existing, None).await.unwrap().items,
        []
    );
    tx.commit().await.unwrap();

    let query = AuthorityQuery { user: owner.id, session: None, org: Some(founded.org) };
    let loaded = f.store.load_view(&query).await.unwrap().unwrap();
    let role = loaded.membership.clone().unwrap().role.unwrap();
    assert_eq!(role.permissions, PermissionSet::new(founded.roles[0].permissions.iter().cloned()));
    let mut tx = f.store.begin().await.unwrap();
    assert_eq!(tx.lock_view(&query).await.unwrap(), Some(loaded.clone()));
    tx.rollback().await.unwrap();
    let mut tx = f.store.begin_read().await.unwrap();
    assert_eq!(tx.lock_view(&query).await.unwrap(), Some(loaded));
    tx.rollback().await.unwrap();
}

async fn mail(f: &Fixture) {
    let letter = |name: &str, minute: i64| {
        let token = PlainToken::generate(TokenKind::EmailVerification, &f.ids);
        let message = MailMessage::VerifyEmail {
            token: MailSecret::from(&token),
            first_name: name.to_owned(),
            expires_at: at(60),
        };
        let to = Email::parse(&format!("{name}@example.org")).unwrap();
        OutgoingMail::new(to, message, &f.ids, at(minute))
    };
    let (one, two) = (letter("one", 1), letter("two", 2));
    let mut tx = f.store.begin().await.unwrap();
    for mail in [&two, &one] {
        tx.outbox().enqueue(mail, at(2)).await.unwrap();
    }
    assert_eq!(tx.outbox().claim(&mail_claim(at(1), at(9), 10)).await.unwrap(), []);
    assert_eq!(tx.outbox().claim(&mail_claim(at(2), at(9), 1)).await.unwrap(), std::slice::from_ref(&one));
    assert_eq!(tx.outbox().claim(&mail_claim(at(2), at(9), 10)).await.unwrap(), std::slice::from_ref(&two));
    assert_eq!(tx.outbox().claim(&mail_claim(at(8), at(9), 10)).await.unwrap(), []);
    tx.outbox().record_delivery(&one, &Delivery::Sent(at(3))).await.unwrap();
    tx.outbox()
        .record_delivery(&two, &Delivery::Failed { error: "ü".repeat(900), retry_at: Some(at(20)) })
        .await
        .unwrap();
    let retried = tx.outbox().claim(&mail_claim(at(20), at(30), 10)).await.unwrap();
    assert_eq!(retried, [OutgoingMail { attempts: 1, ..two.clone() }]);
    tx.outbox()
        .record_delivery(&two, &Delivery::Failed { error: "no such mailbox".to_owned(), retry_at: None })
        .await
        .unwrap();
    assert_eq!(tx.outbox().claim(&mail_claim(at(999), at(1000), 10)).await.unwrap(), []);
    tx.commit().await.unwrap();
}

fn in_use(members: u64, invitations: u64) -> Result<(), RoleError> {
    Err(RoleError::InUse { members, invitations })
}

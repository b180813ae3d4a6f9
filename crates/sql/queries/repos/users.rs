//! Accounts.

use async_trait::async_trait;
use bailiwick_kernel::{Email, Language, Lock, StoreError, UserId};
use bailiwick_sql::constraint::{Rule, broken_rule};
use bailiwick_sql::error::{store_error, unless_referenced};
use bailiwick_sql::rows::{NewUserRow, UserRow};
use bailiwick_sql::schema::users;
use bailiwick_sql::search::folded_full_name;
use bailiwick_sql::types::{Key, SqlTimestamp};
use bailiwick_users::{Exemption, PasswordHash, User, UserChanges, UserError, UserRepo};
use diesel::result::Error;
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, SelectableHelper, delete, insert_into,
    update,
};

use super::backend;
use super::run::RunQueryDsl;
use super::transaction::Transaction;

/// Attempts to lock an account that is replaced during the wait.
const LOCK_ATTEMPTS: usize = 8;

pub(super) fn user_error(error: Error) -> UserError {
    match broken_rule(&error) {
        Some(Rule::UserEmail) => UserError::EmailTaken,
        Some(Rule::Reference | Rule::SomeReference) => UserError::NotFound,
        _ => store_error(error).into(),
    }
}

fn found(row: QueryResult<UserRow>) -> Result<Option<User>, UserError> {
    let row = row.optional().map_err(store_error)?;
    Ok(row.map(User::try_from).transpose()?)
}

/// The account does not exist if no row was affected.
fn touched(rows: QueryResult<usize>) -> Result<(), UserError> {
    match rows.map_err(user_error)? {
        0 => Err(UserError::NotFound),
        _ => Ok(()),
    }
}

#[async_trait]
impl UserRepo for Transaction {
    async fn find(&mut self, id: UserId, lock: Lock) -> Result<Option<User>, UserError> {
        let key = Key::from(id);
        if lock == Lock::Update && !backend::lock_user(self.conn()?, key).await.map_err(store_error)? {
            return Ok(None);
        }
        let account = users::table.find(key).select(UserRow::as_select());
        found(account.first(self.conn()?).await)
    }

    async fn find_by_email(&mut self, email: &Email, lock: Lock) -> Result<Option<User>, UserError> {
        match lock {
            Lock::None => self.read_by_email(email).await,
            Lock::Update => self.lock_by_email(email).await,
        }
    }

    async fn insert(&mut self, user: &User) -> Result<(), UserError> {
        let row = NewUserRow::from(user);
        insert_into(users::table).values(row).execute(self.conn()?).await.map_err(user_error)?;
        Ok(())
    }

    async fn update(&mut self, id: UserId, changes: &UserChanges) -> Result<(), UserError> {
        // A change that is `None` sets no column.
        let names = changes.names.as_ref().map(|(first, last)| {
            let folded = folded_full_name(first.as_str(), last.as_str());
            (
                users::first_name.eq(first.as_str()),
                users::last_name.eq(last.as_str()),
                users::folded_name.eq(Some(folded)),
            )
        });
        let emails = changes.emails.as_ref().map(|(email, pending)| {
            (users::email.eq(email.as_str()), users::pending_email.eq(pending.as_ref().map(Email::as_str)))
        });
        let exemption = changes.exemption.map(|Exemption { from, until }| {
            (
                users::throttle_bypass_from.eq(Some(SqlTimestamp::from(from))),
                users::throttle_bypass_until.eq(Some(SqlTimestamp::from(until))),
            )
        });
        let others = (
            changes.status.map(|status| users::status.eq(status.as_str())),
            changes.email_verified.map(|verified| users::email_verified.eq(verified)),
            changes.platform_admin.map(|admin| users::platform_admin.eq(admin)),
            changes.language.as_ref().map(|language| users::language.eq(Some(Language::as_str(language)))),
        );
        let row = update(users::table.find(Key::from(id)));
        touched(row.set((names, emails, exemption, others)).execute(self.conn()?).await)
    }

    async fn replace_password(
        &mut self,
        id: UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, UserError> {
        let unchanged = users::table.find(Key::from(id)).filter(users::password_hash.eq(old.as_str()));
        let replace = update(unchanged).set(users::password_hash.eq(new.as_str()));
        Ok(replace.execute(self.conn()?).await.map_err(store_error)? == 1)
    }

    async fn delete(&mut self, id: UserId) -> Result<(), UserError> {
        let rows = delete(users::table.find(Key::from(id))).execute(self.conn()?).await;
        touched(unless_referenced(rows)?)
    }
}

impl Transaction {
    async fn read_by_email(&mut self, email: &Email) -> Result<Option<User>, UserError> {
        let account = users::table.filter(users::email.eq(email.as_str())).select(UserRow::as_select());
        found(account.first(self.conn()?).await)
    }

    async fn lock_by_email(&mut self, email: &Email) -> Result<Option<User>, UserError> {
        // The transaction that was waited for may have replaced the account; then the new one is
        // locked.
        for _ in 0..LOCK_ATTEMPTS {
            let held = backend::lock_account(self.conn()?, email.as_str()).await.map_err(store_error)?;
            let found = self.read_by_email(email).await?;
            if found.as_ref().map(|user| Key::from(user.id)) == held {
                return Ok(found);
            }
        }
        Err(StoreError::Contention("an account is replaced again and again".to_owned()).into())
    }
}

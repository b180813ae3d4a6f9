//! Accounts.

use async_trait::async_trait;
use bailiwick_kernel::{DisplayName, Email, StoreError, Timestamp, UserId};
use bailiwick_users::{PasswordHash, User, UserError, UserRepo};
use diesel::result::Error;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, SelectableHelper,
    delete, insert_into, update,
};
use diesel_async::RunQueryDsl;

use super::backend;
use super::transaction::Transaction;
use crate::constraint::{Rule, broken_rule};
use crate::error::store_error;
use crate::rows::{NewUserRow, UserRow};
use crate::schema::users;
use crate::search::folded_full_name;
use crate::types::{Key, SqlTimestamp};

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
    async fn find(&mut self, id: UserId) -> Result<Option<User>, UserError> {
        let account = users::table.find(Key::from(id)).select(UserRow::as_select());
        found(account.first(self.conn()?).await)
    }

    async fn find_by_email(&mut self, email: &Email) -> Result<Option<User>, UserError> {
        let account = users::table.filter(users::email.eq(email.as_str())).select(UserRow::as_select());
        found(account.first(self.conn()?).await)
    }

    async fn lock_by_email(&mut self, email: &Email) -> Result<Option<User>, UserError> {
        // The transaction that was waited for may have replaced the account; then the new one is
        // locked.
        for _ in 0..LOCK_ATTEMPTS {
            let held = backend::lock_account(self.conn()?, email.as_str()).await.map_err(store_error)?;
            let found = self.find_by_email(email).await?;
            if found.as_ref().map(|user| Key::from(user.id)) == held {
                return Ok(found);
            }
        }
        Err(StoreError::Contention("an account is replaced again and again".to_owned()).into())
    }

    async fn lock(&mut self, id: UserId) -> Result<Option<User>, UserError> {
        if !backend::lock_user(self.conn()?, id.into()).await.map_err(store_error)? {
            return Ok(None);
        }
        UserRepo::find(self, id).await
    }

    async fn insert(&mut self, user: &User) -> Result<(), UserError> {
        let row = NewUserRow::from(user);
        insert_into(users::table).values(row).execute(self.conn()?).await.map_err(user_error)?;
        Ok(())
    }

    async fn rename(&mut self, id: UserId, first: &DisplayName, last: &DisplayName) -> Result<(), UserError> {
        let names = (
            users::first_name.eq(first.as_str()),
            users::last_name.eq(last.as_str()),
            users::folded_name.eq(Some(folded_full_name(first.as_str(), last.as_str()))),
        );
        touched(update(users::table.find(Key::from(id))).set(names).execute(self.conn()?).await)
    }

    async fn update_standing(&mut self, user: &User) -> Result<(), UserError> {
        let effective_status =
            (users::status.eq(user.status.as_str()), users::email_verified.eq(user.email_verified));
        touched(
            update(users::table.find(Key::from(user.id))).set(effective_status).execute(self.conn()?).await,
        )
    }

    async fn update_email(&mut self, user: &User) -> Result<(), UserError> {
        let address = (
            users::email.eq(user.email.as_str()),
            users::pending_email.eq(user.pending_email.as_ref().map(Email::as_str)),
            users::email_verified.eq(user.email_verified),
        );
        touched(update(users::table.find(Key::from(user.id))).set(address).execute(self.conn()?).await)
    }

    async fn touch(&mut self, id: UserId, now: Timestamp) -> Result<(), UserError> {
        let now = SqlTimestamp::from(now);
        let earlier = users::last_active.is_null().or(users::last_active.lt(now));
        let account = users::table.find(Key::from(id)).filter(earlier);
        let touch = update(account).set(users::last_active.eq(Some(now)));
        touch.execute(self.conn()?).await.map_err(store_error)?;
        Ok(())
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

    async fn any_platform_admin(&mut self) -> Result<bool, UserError> {
        let admins = users::table.filter(users::platform_admin.eq(true)).select(users::id);
        let found = admins.first::<Key>(self.conn()?).await.optional();
        Ok(found.map_err(store_error)?.is_some())
    }

    async fn make_platform_admin(&mut self, id: UserId) -> Result<(), UserError> {
        let promote = update(users::table.find(Key::from(id))).set(users::platform_admin.eq(true));
        touched(promote.execute(self.conn()?).await)
    }

    async fn delete(&mut self, id: UserId) -> Result<(), UserError> {
        touched(delete(users::table.find(Key::from(id))).execute(self.conn()?).await)
    }
}

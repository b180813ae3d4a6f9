//! One-time secrets.

use async_trait::async_trait;
use bailiwick_kernel::{Email, Timestamp, TokenHash, TokenKind, UserId};
use bailiwick_sql::error::store_error;
use bailiwick_sql::rows::{SecretRow, kind_name};
use bailiwick_sql::schema::{account_links, one_time_secrets, setup_secret};
use bailiwick_sql::types::{Key, SqlTimestamp};
use bailiwick_users::{MailedLink, NewSecret, SecretRef, SecretRepo, UserError};
use diesel::dsl::{exists, select};
use diesel::upsert::excluded;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, delete, insert_into};

use super::run::RunQueryDsl;
use super::transaction::Transaction;
use super::users::user_error;

#[async_trait]
impl SecretRepo for Transaction {
    async fn issue(&mut self, secret: &NewSecret) -> Result<(), UserError> {
        let row = SecretRow {
            hash: secret.hash.as_bytes(),
            user_id: secret.user.into(),
            kind: kind_name(secret.kind),
            created_at: secret.created_at.into(),
            expires_at: secret.expires_at.into(),
        };
        insert_into(one_time_secrets::table)
            .values(row)
            .on_conflict((one_time_secrets::user_id, one_time_secrets::kind))
            .do_update()
            .set((
                one_time_secrets::hash.eq(excluded(one_time_secrets::hash)),
                one_time_secrets::created_at.eq(excluded(one_time_secrets::created_at)),
                one_time_secrets::expires_at.eq(excluded(one_time_secrets::expires_at)),
            ))
            .execute(self.conn()?)
            .await
            .map_err(user_error)?;
        match &secret.address {
            Some(address) => self.record_link(secret, address).await,
            None => Ok(()),
        }
    }

    async fn find(
        &mut self,
        kind: TokenKind,
        hash: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<UserId>, UserError> {
        let good = one_time_secrets::table
            .filter(one_time_secrets::hash.eq(hash.as_bytes().as_slice()))
            .filter(one_time_secrets::kind.eq(kind_name(kind)))
            .filter(one_time_secrets::expires_at.gt(SqlTimestamp::from(now)))
            .select(one_time_secrets::user_id);
        let owner = good.first::<Key>(self.conn()?).await.optional().map_err(store_error)?;
        Ok(owner.map(UserId::from))
    }

    async fn consume(
        &mut self,
        kind: TokenKind,
        secret: SecretRef,
        now: Timestamp,
    ) -> Result<Option<UserId>, UserError> {
        let mut redeemed = delete(one_time_secrets::table)
            .filter(one_time_secrets::kind.eq(kind_name(kind)))
            .filter(one_time_secrets::expires_at.gt(SqlTimestamp::from(now)))
            .into_boxed();
        redeemed = match &secret {
            SecretRef::Hash(hash) => redeemed.filter(one_time_secrets::hash.eq(hash.as_bytes().as_slice())),
            SecretRef::Of(user) => redeemed.filter(one_time_secrets::user_id.eq(Key::from(*user))),
        };
        let owner = redeemed.returning(one_time_secrets::user_id).get_result::<Key>(self.conn()?).await;
        Ok(owner.optional().map_err(store_error)?.map(UserId::from))
    }

    async fn find_link(
        &mut self,
        kind: TokenKind,
        hash: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<MailedLink>, UserError> {
        let known = account_links::table
            .find(hash.as_bytes().as_slice())
            .filter(account_links::kind.eq(kind_name(kind)))
            .filter(account_links::expires_at.gt(SqlTimestamp::from(now)))
            .select((account_links::user_id, account_links::email, account_links::expires_at));
        let row =
            known.first::<(Key, String, SqlTimestamp)>(self.conn()?).await.optional().map_err(store_error)?;
        Ok(row.map(|(user, address, expires_at)| MailedLink {
            kind,
            user: user.into(),
            hash: *hash,
            address: Email::from_stored(address),
            expires_at: expires_at.into(),
        }))
    }

    async fn revoke(&mut self, user: UserId, kinds: &[TokenKind]) -> Result<(), UserError> {
        let secrets = one_time_secrets::table
            .filter(one_time_secrets::user_id.eq(Key::from(user)))
            .filter(one_time_secrets::kind.eq_any(kinds.iter().map(|kind| kind_name(*kind))));
        delete(secrets).execute(self.conn()?).await.map_err(store_error)?;
        Ok(())
    }

    async fn issue_setup(&mut self, hash: &TokenHash, expires_at: Timestamp) -> Result<(), UserError> {
        let (hash, expires_at) = (hash.as_bytes().as_slice(), SqlTimestamp::from(expires_at));
        insert_into(setup_secret::table)
            .values((
                setup_secret::only_row.eq(true),
                setup_secret::hash.eq(hash),
                setup_secret::expires_at.eq(expires_at),
            ))
            .on_conflict(setup_secret::only_row)
            .do_update()
            .set((setup_secret::hash.eq(hash), setup_secret::expires_at.eq(expires_at)))
            .execute(self.conn()?)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn is_setup(&mut self, hash: &TokenHash, now: Timestamp) -> Result<bool, UserError> {
        let good = setup_secret::table
            .filter(setup_secret::hash.eq(hash.as_bytes().as_slice()))
            .filter(setup_secret::expires_at.gt(SqlTimestamp::from(now)));
        Ok(select(exists(good)).get_result(self.conn()?).await.map_err(store_error)?)
    }

    async fn consume_setup(&mut self, hash: &TokenHash, now: Timestamp) -> Result<bool, UserError> {
        let good = setup_secret::table
            .filter(setup_secret::hash.eq(hash.as_bytes().as_slice()))
            .filter(setup_secret::expires_at.gt(SqlTimestamp::from(now)));
        Ok(delete(good).execute(self.conn()?).await.map_err(store_error)? == 1)
    }
}

impl Transaction {
    async fn record_link(&mut self, secret: &NewSecret, address: &Email) -> Result<(), UserError> {
        insert_into(account_links::table)
            .values((
                account_links::hash.eq(secret.hash.as_bytes().as_slice()),
                account_links::user_id.eq(Key::from(secret.user)),
                account_links::kind.eq(kind_name(secret.kind)),
                account_links::email.eq(address.as_str()),
                account_links::expires_at.eq(SqlTimestamp::from(secret.expires_at)),
            ))
            .execute(self.conn()?)
            .await
            .map_err(user_error)?;
        Ok(())
    }
}

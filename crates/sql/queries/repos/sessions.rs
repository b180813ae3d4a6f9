//! Sessions with their refresh tokens or cookies.

use async_trait::async_trait;
use bailiwick_kernel::{Lock, Page, PageRequest, SessionId, Timestamp, TokenHash, UserId};
use bailiwick_sql::error::{corrupt, store_error};
use bailiwick_sql::rows::{PageRow, RefreshRow, SessionRow};
use bailiwick_sql::schema::{page_sessions, refresh_tokens, sessions, users};
use bailiwick_sql::types::{Key, SqlTimestamp, optional};
use bailiwick_users::{
    PageRecord, PageSession, RefreshGrant, RefreshRecord, Session, SessionRepo, SessionScope, UserError,
};
use diesel::dsl::{exists, not};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, SelectableHelper,
    insert_into, update,
};

use super::backend;
use super::paging::{rows_wanted, start};
use super::run::RunQueryDsl;
use super::transaction::Transaction;
use super::users::user_error;

#[async_trait]
impl SessionRepo for Transaction {
    async fn insert(&mut self, session: &Session, refresh: &RefreshGrant) -> Result<(), UserError> {
        self.insert_session(session).await?;
        self.insert_grant(refresh).await?;
        self.record_use(session).await
    }

    async fn insert_page(&mut self, session: &Session, page: &PageSession) -> Result<(), UserError> {
        self.insert_session(session).await?;
        let row = PageRow::from(page);
        insert_into(page_sessions::table).values(row).execute(self.conn()?).await.map_err(store_error)?;
        self.record_use(session).await
    }

    async fn list(
        &mut self,
        user: UserId,
        now: Timestamp,
        page: PageRequest,
    ) -> Result<Page<Session>, UserError> {
        let now = SqlTimestamp::from(now);
        let unused = page_sessions::table
            .filter(page_sessions::session_id.eq(sessions::id))
            .filter(page_sessions::idle_expires_at.le(now));
        let mut alive = sessions::table
            .filter(sessions::user_id.eq(Key::from(user)))
            .filter(sessions::ended_at.is_null())
            .filter(sessions::expires_at.gt(now))
            .filter(not(exists(unused)))
            .order(sessions::id)
            .limit(rows_wanted(page))
            .select(SessionRow::as_select())
            .into_boxed();
        if let Some(last) = start(page) {
            alive = alive.filter(sessions::id.gt(last));
        }
        let rows: Vec<SessionRow> = alive.load(self.conn()?).await.map_err(store_error)?;
        let items = rows.into_iter().map(Session::from).collect();
        Ok(Page::from_rows(items, page.limit, |session: &Session| session.id.as_uuid()))
    }

    async fn end(&mut self, user: UserId, scope: SessionScope, now: Timestamp) -> Result<u64, UserError> {
        let now = SqlTimestamp::from(now);
        let mut end = update(sessions::table)
            .filter(sessions::user_id.eq(Key::from(user)))
            .filter(sessions::ended_at.is_null())
            .filter(sessions::expires_at.gt(now))
            .set(sessions::ended_at.eq(Some(now)))
            .into_boxed();
        end = match scope {
            SessionScope::One(session) => end.filter(sessions::id.eq(Key::from(session))),
            SessionScope::All => end,
            SessionScope::AllExcept(kept) => end.filter(sessions::id.ne(Key::from(kept))),
        };
        let ended = end.execute(self.conn()?).await.map_err(store_error)?;
        Ok(u64::try_from(ended).unwrap_or(u64::MAX))
    }

    async fn find_by_refresh(
        &mut self,
        hash: &TokenHash,
        lock: Lock,
    ) -> Result<Option<RefreshRecord>, UserError> {
        if lock == Lock::Update && !self.lock_session_of(hash).await? {
            return Ok(None);
        }
        let row = refresh_tokens::table
            .inner_join(sessions::table.on(sessions::id.eq(refresh_tokens::session_id)))
            .filter(refresh_tokens::hash.eq(hash.as_bytes().as_slice()))
            .select((
                refresh_tokens::issued_at,
                refresh_tokens::expires_at,
                refresh_tokens::used_at,
                refresh_tokens::successor,
                SessionRow::as_select(),
            ))
            .first::<(SqlTimestamp, SqlTimestamp, Option<SqlTimestamp>, Option<Vec<u8>>, SessionRow)>(
                self.conn()?,
            )
            .await
            .optional()
            .map_err(store_error)?;
        let Some((issued_at, expires_at, used_at, successor, session)) = row else { return Ok(None) };
        let session = Session::from(session);
        let (issued_at, expires_at) = (issued_at.into(), expires_at.into());
        let grant = RefreshGrant { hash: *hash, session_id: session.id, issued_at, expires_at };
        let successor = successor
            .map(|bytes| TokenHash::from_stored(&bytes).ok_or_else(|| corrupt("refresh_tokens.successor")));
        Ok(Some(RefreshRecord {
            grant,
            used_at: optional(used_at),
            successor: successor.transpose()?,
            session,
        }))
    }

    async fn rotate(
        &mut self,
        used: &TokenHash,
        next: &RefreshGrant,
        now: Timestamp,
    ) -> Result<bool, UserError> {
        let now = SqlTimestamp::from(now);
        let unused = refresh_tokens::table
            .find(used.as_bytes().as_slice())
            .filter(refresh_tokens::session_id.eq(Key::from(next.session_id)))
            .filter(refresh_tokens::used_at.is_null());
        let successor = Some(next.hash.as_bytes().as_slice());
        let mark = update(unused)
            .set((refresh_tokens::used_at.eq(Some(now)), refresh_tokens::successor.eq(successor)));
        if mark.execute(self.conn()?).await.map_err(store_error)? == 0 {
            return Ok(false);
        }
        self.insert_grant(next).await?;
        let session = sessions::table.find(Key::from(next.session_id)).filter(sessions::last_seen_at.lt(now));
        let seen = update(session).set(sessions::last_seen_at.eq(now));
        seen.execute(self.conn()?).await.map_err(store_error)?;
        Ok(true)
    }

    async fn find_page(&mut self, cookie: &TokenHash) -> Result<Option<PageRecord>, UserError> {
        let row = page_sessions::table
            .inner_join(sessions::table.on(sessions::id.eq(page_sessions::session_id)))
            .filter(page_sessions::cookie_hash.eq(cookie.as_bytes().as_slice()))
            .select((
                page_sessions::idle_expires_at,
                page_sessions::authenticated_at,
                SessionRow::as_select(),
            ))
            .first::<(SqlTimestamp, SqlTimestamp, SessionRow)>(self.conn()?)
            .await
            .optional()
            .map_err(store_error)?;
        let Some((idle_expires_at, authenticated_at, session)) = row else { return Ok(None) };
        let session = Session::from(session);
        let (idle_expires_at, authenticated_at) = (idle_expires_at.into(), authenticated_at.into());
        let page = PageSession { session_id: session.id, cookie: *cookie, idle_expires_at, authenticated_at };
        Ok(Some(PageRecord { page, session }))
    }

    async fn extend_page(&mut self, id: SessionId, until: Timestamp) -> Result<(), UserError> {
        let until = SqlTimestamp::from(until);
        let earlier =
            page_sessions::table.find(Key::from(id)).filter(page_sessions::idle_expires_at.lt(until));
        let extend = update(earlier).set(page_sessions::idle_expires_at.eq(until));
        extend.execute(self.conn()?).await.map_err(store_error)?;
        Ok(())
    }

    async fn confirm_page(&mut self, id: SessionId, at: Timestamp) -> Result<bool, UserError> {
        let confirm = update(page_sessions::table.find(Key::from(id)))
            .set(page_sessions::authenticated_at.eq(SqlTimestamp::from(at)));
        Ok(confirm.execute(self.conn()?).await.map_err(store_error)? == 1)
    }
}

impl Transaction {
    async fn insert_session(&mut self, session: &Session) -> Result<(), UserError> {
        let row = SessionRow::from(session);
        insert_into(sessions::table).values(row).execute(self.conn()?).await.map_err(user_error)?;
        Ok(())
    }

    /// Locks the session of a refresh token. `false` if the token is unknown.
    async fn lock_session_of(&mut self, hash: &TokenHash) -> Result<bool, UserError> {
        let session =
            refresh_tokens::table.find(hash.as_bytes().as_slice()).select(refresh_tokens::session_id);
        let found = session.first::<Key>(self.conn()?).await.optional().map_err(store_error)?;
        let Some(session) = found else { return Ok(false) };
        backend::lock_session(self.conn()?, session).await.map_err(store_error)?;
        Ok(true)
    }

    /// Records activity of the account of a session, unless later activity is recorded.
    async fn record_use(&mut self, session: &Session) -> Result<(), UserError> {
        let at = SqlTimestamp::from(session.last_seen_at);
        let earlier = users::last_active.is_null().or(users::last_active.lt(at));
        let account = users::table.find(Key::from(session.user_id)).filter(earlier);
        let record = update(account).set(users::last_active.eq(Some(at)));
        record.execute(self.conn()?).await.map_err(store_error)?;
        Ok(())
    }

    async fn insert_grant(&mut self, grant: &RefreshGrant) -> Result<(), UserError> {
        let row = RefreshRow::from(grant);
        insert_into(refresh_tokens::table).values(row).execute(self.conn()?).await.map_err(store_error)?;
        Ok(())
    }
}

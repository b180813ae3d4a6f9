//! Runs queries, in place of the trait of the same name in diesel-async.
//!
//! The type of a query names each of its tables, columns and conditions, and the compiler would compile
//! the driver and its futures again for each of these types. Here a query loses its type before it
//! reaches the driver, which halves the time to compile this crate. The driver then finds a prepared
//! statement by the text of the query, not by its type.

use diesel::QueryResult;
use diesel::deserialize::FromSqlRow;
use diesel::query_builder::{AsQuery, AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::CompatibleType;
use diesel::query_dsl::methods::LimitDsl;
use diesel::result::Error;
use diesel::sql_types::Untyped;
use diesel_async::AsyncConnectionCore;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, TryStreamExt};

use super::backend::{Conn, Db};

/// A query without its type.
struct Erased<'q>(Box<dyn QueryFragment<Db> + Send + 'q>);

impl QueryFragment<Db> for Erased<'_> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }
}

impl QueryId for Erased<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Erased<'_> {
    type SqlType = Untyped;
}

type Row<'q> = <Conn as AsyncConnectionCore>::Row<'q, 'q>;

/// Type of the columns that a query returns, as a row of the type `U` reads them.
type Columns<Q, U> = <<Q as AsQuery>::SqlType as CompatibleType<U, Db>>::SqlType;

/// Methods that run a query.
pub(crate) trait RunQueryDsl: Sized {
    /// Returns the number of rows that the statement changed.
    fn execute<'q>(self, conn: &'q mut Conn) -> BoxFuture<'q, QueryResult<usize>>
    where
        Self: QueryFragment<Db> + Send + 'q,
    {
        conn.execute_returning_count(Erased(Box::new(self))).boxed()
    }

    /// Returns all rows.
    fn load<'q, U>(self, conn: &'q mut Conn) -> BoxFuture<'q, QueryResult<Vec<U>>>
    where
        Self: AsQuery<Query: QueryFragment<Db> + Send + 'q, SqlType: CompatibleType<U, Db>>,
        U: FromSqlRow<Columns<Self, U>, Db> + Send + 'q,
    {
        let rows = rows(Erased(Box::new(self.as_query())), conn);
        async move { rows.await?.iter().map(read::<U, Columns<Self, U>>).collect() }.boxed()
    }

    /// Returns the only row, or the first one.
    fn get_result<'q, U>(self, conn: &'q mut Conn) -> BoxFuture<'q, QueryResult<U>>
    where
        Self: AsQuery<Query: QueryFragment<Db> + Send + 'q, SqlType: CompatibleType<U, Db>>,
        U: FromSqlRow<Columns<Self, U>, Db> + Send + 'q,
    {
        let rows = rows(Erased(Box::new(self.as_query())), conn);
        async move {
            let row = rows.await?.into_iter().next().ok_or(Error::NotFound)?;
            read::<U, Columns<Self, U>>(&row)
        }
        .boxed()
    }

    /// Returns the first row.
    fn first<'q, U>(self, conn: &'q mut Conn) -> BoxFuture<'q, QueryResult<U>>
    where
        Self: LimitDsl<Output: AsQuery<Query: QueryFragment<Db> + Send + 'q, SqlType: CompatibleType<U, Db>>>,
        U: FromSqlRow<Columns<Self::Output, U>, Db> + Send + 'q,
    {
        RunQueryDsl::get_result(self.limit(1), conn)
    }
}

impl<Q> RunQueryDsl for Q {}

fn rows<'q>(query: Erased<'q>, conn: &'q mut Conn) -> BoxFuture<'q, QueryResult<Vec<Row<'q>>>> {
    async move { AsyncConnectionCore::load(conn, query).await?.try_collect().await }.boxed()
}

fn read<U, S>(row: &Row<'_>) -> QueryResult<U>
where
    U: FromSqlRow<S, Db>,
{
    U::build_from_row(row).map_err(Error::DeserializationError)
}

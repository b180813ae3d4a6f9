//! The matrix of access: which status each route answers to each kind of caller.
//!
//! Each cell has an organization and a caller of its own, so a route that deletes disturbs no other cell.
//! What a route changes beyond the organization is shared by all cells of the app.

mod callers;
mod snapshot;

use std::fmt;

use reqwest::Method;
use serde_json::Value;

use callers::{Column, Place};

use crate::app::{TestApp, delivery};

/// A route of the matrix.
#[derive(Clone, PartialEq, Debug)]
pub struct Route {
    method: Method,
    path: String,
    body: Option<Value>,
}

impl Route {
    /// Parses a method and a path, `GET /organizations/{org}/notes`. `{org}` stands for the id of the
    /// organization, `{me}` for that of the caller, and `{member}` for that of another member. Panics if the
    /// method is malformed.
    pub fn parse(text: &str) -> Self {
        let (method, path) = text.split_once(' ').expect("a method and a path");
        Self { method: method.parse().expect("a method"), path: path.trim().to_owned(), body: None }
    }

    /// Sends this body as JSON.
    #[must_use]
    pub fn with_body(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// The statuses of all routes for all kinds of callers. `Display` shows them as a table of text.
#[derive(Clone, PartialEq, Debug)]
pub struct AccessMatrix {
    rows: Vec<(Route, Vec<u16>)>,
}

impl AccessMatrix {
    /// Sends each route as each kind of caller, once with an empty cache of authority, and once with the
    /// authority of the caller in it. Panics if the two statuses differ. Takes the mail that this causes.
    pub async fn of(app: &TestApp, routes: Vec<Route>) -> Self {
        app.wait_for_lease().await;
        delivery::attempted(&*app.store(), &app.post, None).await;
        let before = app.post.delivered();
        let mut rows = Vec::new();
        for route in routes {
            let mut statuses = Vec::new();
            for column in Column::ALL {
                let cold = send(app, &route, column, false).await;
                let warm = send(app, &route, column, true).await;
                assert_eq!(cold, warm, "{route} as {column}: without the cache and with it");
                statuses.push(cold);
            }
            rows.push((route, statuses));
        }
        delivery::attempted(&*app.store(), &app.post, None).await;
        app.post.take_except(&before);
        Self { rows }
    }
}

/// Returns the status of a route for a new caller in a new organization.
async fn send(app: &TestApp, route: &Route, column: Column, is_warm: bool) -> u16 {
    let place = Place::create(app, column, route.path.contains("{member}")).await;
    if is_warm {
        place.caller.me_as_member().await;
    } else {
        app.cache().flush();
    }
    let request = place.caller.request(route.method.clone(), &place.fill(&route.path));
    let request = match &route.body {
        Some(body) => request.json(body),
        None => request,
    };
    place.caller.send(request).await.status
}

impl fmt::Display for AccessMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.rows.iter().map(|(route, _)| route.to_string()).collect();
        let width = names.iter().map(String::len).max().unwrap_or_default();
        let columns = Column::ALL.map(|column| column.to_string());
        writeln!(f, "{:width$}  {}", "route", columns.join(" "))?;
        for (name, (_, statuses)) in names.iter().zip(&self.rows) {
            write!(f, "{name:width$} ")?;
            for (status, column) in statuses.iter().zip(&columns) {
                write!(f, " {status:>width$}", width = column.len())?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// Returns the [`AccessMatrix`](crate::app::AccessMatrix) of routes, or compares it with a file of the crate:
///
/// ```text
/// access_matrix!(&app, "tests/access.txt", {
///     "GET /organizations/{org}/notes",
///     "POST /organizations/{org}/notes" => json!({ "text": "Milk" }),
/// });
/// ```
///
/// The columns are anonymous, outsider, guest, member, admin, owner and suspended. A difference fails the
/// test. With `BAILIWICK_UPDATE_SNAPSHOTS=1` the file is written instead.
#[macro_export]
macro_rules! access_matrix {
    ($app:expr, { $($route:expr $(=> $body:expr)?),+ $(,)? }) => {
        $crate::app::AccessMatrix::of(
            $app,
            vec![$($crate::app::Route::parse($route)$(.with_body($body))?),+],
        )
        .await
    };
    ($app:expr, $file:expr, { $($rows:tt)+ }) => {
        $crate::access_matrix!($app, { $($rows)+ })
            .assert_file(concat!(env!("CARGO_MANIFEST_DIR"), "/", $file))
    };
}

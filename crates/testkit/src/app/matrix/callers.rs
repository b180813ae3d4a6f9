//! The kinds of callers of a matrix, each created with an organization of its own.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::app::{Caller, Org, TestApp};

/// Numbers the cells, because an address has one account.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A kind of caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Column {
    Anonymous,
    Outsider,
    Guest,
    Member,
    Admin,
    Owner,
    Suspended,
}

impl Column {
    pub const ALL: [Self; 7] = [
        Self::Anonymous,
        Self::Outsider,
        Self::Guest,
        Self::Member,
        Self::Admin,
        Self::Owner,
        Self::Suspended,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Outsider => "outsider",
            Self::Guest => "guest",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
            Self::Suspended => "suspended",
        }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The organization of one cell, and the caller who acts in it.
pub(super) struct Place {
    org: Org,
    pub caller: Caller,
    member: Option<Caller>,
}

impl Place {
    /// Creates the organization, the caller, and another member if one is needed. A suspended caller was an
    /// administrator.
    pub async fn create(app: &TestApp, column: Column, needs_member: bool) -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let org = app.org(&format!("cell-{number}")).await;
        let name = format!("{column}-{number}");
        let caller = match column {
            Column::Anonymous => app.anyone().in_org(&org),
            Column::Outsider => app.user(&name).await.in_org(&org),
            Column::Owner => org.owner.clone(),
            Column::Suspended => app.user(&name).in_org(&org).role("admin").suspended().await,
            Column::Guest | Column::Member | Column::Admin => {
                app.user(&name).in_org(&org).role(column.name()).await
            }
        };
        let mut member = None;
        if needs_member {
            member = Some(app.user(&format!("other-{number}")).in_org(&org).role("guest").await);
        }
        Self { org, caller, member }
    }

    /// Returns the path with its ids. `{me}` of an anonymous caller is the owner.
    pub fn fill(&self, path: &str) -> String {
        let me = if self.caller.id.is_empty() { &self.org.owner.id } else { &self.caller.id };
        let member = self.member.as_ref().map_or("", |member| &member.id);
        path.replace("{org}", &self.org.id).replace("{me}", me).replace("{member}", member)
    }
}

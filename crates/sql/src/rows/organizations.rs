//! Rows of organizations and memberships.

use bailiwick_kernel::{DisplayName, Slug, StoreError, folded};
use bailiwick_orgs::{Membership, MembershipStatus, Organization};
use diesel::prelude::{Insertable, Queryable, Selectable};

use crate::error::corrupt;
use crate::schema::{memberships, organizations};
use crate::types::{Key, SqlTimestamp, optional};

/// An organization.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = organizations)]
pub struct OrganizationRow {
    id: Key,
    name: String,
    slug: String,
    created_at: SqlTimestamp,
}

/// A new row, which also contains the folded name.
#[derive(Insertable)]
#[diesel(table_name = organizations)]
pub struct NewOrganizationRow {
    #[diesel(embed)]
    organization: OrganizationRow,
    folded_name: String,
}

impl From<&Organization> for NewOrganizationRow {
    fn from(org: &Organization) -> Self {
        Self { organization: org.into(), folded_name: folded(org.name.as_str()) }
    }
}

impl From<&Organization> for OrganizationRow {
    fn from(org: &Organization) -> Self {
        Self {
            id: org.id.into(),
            name: org.name.as_str().to_owned(),
            slug: org.slug.as_str().to_owned(),
            created_at: org.created_at.into(),
        }
    }
}

impl From<OrganizationRow> for Organization {
    fn from(row: OrganizationRow) -> Self {
        Self {
            id: row.id.into(),
            name: DisplayName::from_stored(row.name),
            slug: Slug::from_stored(row.slug),
            created_at: row.created_at.into(),
        }
    }
}

/// A membership.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = memberships)]
pub struct MembershipRow {
    org_id: Key,
    user_id: Key,
    role_id: Option<Key>,
    status: String,
    invited_until: Option<SqlTimestamp>,
    created_at: SqlTimestamp,
    joined_at: Option<SqlTimestamp>,
}

impl From<&Membership> for MembershipRow {
    fn from(membership: &Membership) -> Self {
        Self {
            org_id: membership.org_id.into(),
            user_id: membership.user_id.into(),
            role_id: optional(membership.role_id),
            status: membership.status.as_str().to_owned(),
            invited_until: optional(membership.invited_until),
            created_at: membership.created_at.into(),
            joined_at: optional(membership.joined_at),
        }
    }
}

impl TryFrom<MembershipRow> for Membership {
    type Error = StoreError;

    fn try_from(row: MembershipRow) -> Result<Self, StoreError> {
        Ok(Self {
            org_id: row.org_id.into(),
            user_id: row.user_id.into(),
            role_id: optional(row.role_id),
            status: membership_status(&row.status)?,
            invited_until: optional(row.invited_until),
            created_at: row.created_at.into(),
            joined_at: optional(row.joined_at),
        })
    }
}

/// Parses the stored status of a membership.
pub fn membership_status(text: &str) -> Result<MembershipStatus, StoreError> {
    MembershipStatus::parse(text).ok_or_else(|| corrupt("memberships.status"))
}

//! Table definitions for queries. `migrations/` creates the tables.

#![expect(missing_docs, reason = "the migrations say what tables and columns are")]

use diesel::{allow_tables_to_appear_in_same_query, table};

table! {
    use diesel::sql_types::{Bool, Nullable, Text};
    use crate::types::{Id, Stamp};
    users (id) {
        id -> Id,
        email -> Text,
        password_hash -> Text,
        first_name -> Text,
        last_name -> Text,
        status -> Text,
        email_verified -> Bool,
        platform_admin -> Bool,
        created_at -> Stamp,
        last_active -> Nullable<Stamp>,
        pending_email -> Nullable<Text>,
        throttle_bypass_until -> Nullable<Stamp>,
        folded_name -> Nullable<Text>,
        throttle_bypass_from -> Nullable<Stamp>,
        language -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::{Binary, Integer, Text};
    use crate::types::Stamp;
    login_attempts (account, client) {
        account -> Binary,
        client -> Text,
        failures -> Integer,
        last_at -> Stamp,
        in_progress -> Integer,
        started_at -> Stamp,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::{Id, Stamp};
    organizations (id) {
        id -> Id,
        name -> Text,
        slug -> Text,
        created_at -> Stamp,
        archived_at -> Nullable<Stamp>,
        folded_name -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::{Nullable, SmallInt, Text};
    use crate::types::{Id, Stamp};
    roles (id) {
        id -> Id,
        org_id -> Id,
        name -> Text,
        name_key -> Text,
        description -> Text,
        level -> SmallInt,
        system -> Nullable<Text>,
        created_at -> Stamp,
    }
}

table! {
    use diesel::sql_types::{Integer, Text};
    use crate::types::Id;
    role_permissions (role_id, permission) {
        role_id -> Id,
        permission -> Text,
        position -> Integer,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::{Id, Stamp};
    memberships (org_id, user_id) {
        org_id -> Id,
        user_id -> Id,
        role_id -> Nullable<Id>,
        status -> Text,
        invited_until -> Nullable<Stamp>,
        created_at -> Stamp,
        joined_at -> Nullable<Stamp>,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::{Id, Stamp};
    permissions (id) {
        id -> Id,
        org_id -> Nullable<Id>,
        resource -> Text,
        action -> Text,
        description -> Text,
        created_at -> Stamp,
    }
}

table! {
    use diesel::sql_types::{Binary, Nullable, Text};
    use crate::types::{Id, Stamp};
    invitations (id) {
        id -> Id,
        org_id -> Id,
        email -> Text,
        role_id -> Nullable<Id>,
        inviter_id -> Nullable<Id>,
        message -> Nullable<Text>,
        status -> Text,
        settled_at -> Nullable<Stamp>,
        expires_at -> Stamp,
        created_at -> Stamp,
        token_hash -> Binary,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::{Id, Stamp};
    sessions (id) {
        id -> Id,
        user_id -> Id,
        device -> Nullable<Text>,
        ip -> Nullable<Text>,
        created_at -> Stamp,
        last_seen_at -> Stamp,
        expires_at -> Stamp,
        ended_at -> Nullable<Stamp>,
    }
}

table! {
    use diesel::sql_types::Binary;
    use crate::types::{Id, Stamp};
    page_sessions (session_id) {
        session_id -> Id,
        cookie_hash -> Binary,
        idle_expires_at -> Stamp,
        authenticated_at -> Stamp,
    }
}

table! {
    use diesel::sql_types::{Binary, Nullable};
    use crate::types::{Id, Stamp};
    refresh_tokens (hash) {
        hash -> Binary,
        session_id -> Id,
        issued_at -> Stamp,
        expires_at -> Stamp,
        used_at -> Nullable<Stamp>,
        successor -> Nullable<Binary>,
    }
}

table! {
    use diesel::sql_types::{Binary, Text};
    use crate::types::{Id, Stamp};
    one_time_secrets (hash) {
        hash -> Binary,
        user_id -> Id,
        kind -> Text,
        created_at -> Stamp,
        expires_at -> Stamp,
    }
}

table! {
    use diesel::sql_types::{Binary, Text};
    use crate::types::{Id, Stamp};
    account_links (hash) {
        hash -> Binary,
        user_id -> Id,
        kind -> Text,
        email -> Text,
        expires_at -> Stamp,
    }
}

table! {
    use diesel::sql_types::Binary;
    use crate::types::{Id, Stamp};
    socket_tickets (hash) {
        hash -> Binary,
        user_id -> Id,
        session_id -> Id,
        org_id -> Id,
        token_expires_at -> Stamp,
        expires_at -> Stamp,
    }
}

table! {
    use diesel::sql_types::{Binary, Bool};
    use crate::types::Stamp;
    setup_secret (only_row) {
        only_row -> Bool,
        hash -> Binary,
        expires_at -> Stamp,
    }
}

table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::{Id, Stamp};
    outbox (id) {
        id -> Id,
        recipient -> Text,
        kind -> Text,
        payload -> Nullable<Text>,
        attempts -> Integer,
        due_at -> Nullable<Stamp>,
        created_at -> Stamp,
        sent_at -> Nullable<Stamp>,
        last_error -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::{Id, Stamp};
    audit_log (id) {
        id -> Id,
        org_id -> Nullable<Id>,
        actor_id -> Nullable<Id>,
        session_id -> Nullable<Id>,
        action -> Text,
        target_kind -> Nullable<Text>,
        target_id -> Nullable<Id>,
        before_values -> Nullable<Text>,
        after_values -> Nullable<Text>,
        at -> Stamp,
        request_id -> Nullable<Text>,
        ip -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::{BigInt, SmallInt};
    feed_partitions (partition) {
        partition -> SmallInt,
        position -> BigInt,
    }
}

table! {
    use diesel::sql_types::{BigInt, SmallInt};
    use crate::types::Id;
    feed (partition, position) {
        partition -> SmallInt,
        position -> BigInt,
        audit_id -> Id,
    }
}

table! {
    use diesel::sql_types::{BigInt, Integer, Nullable, SmallInt, Text};
    use crate::types::{Id, Stamp};
    feed_cursors (reader, partition) {
        reader -> Text,
        partition -> SmallInt,
        position -> BigInt,
        claimed_until -> Stamp,
        claim -> Nullable<Id>,
        failures -> Integer,
    }
}

allow_tables_to_appear_in_same_query!(feed, audit_log);

allow_tables_to_appear_in_same_query!(
    users,
    organizations,
    roles,
    role_permissions,
    memberships,
    permissions,
    invitations,
    sessions,
    page_sessions,
    refresh_tokens,
);

//! The permissions of the system roles, as the engine decides them. They are compared with
//! `tests/golden/role_matrix.txt`, so that a diff of that file shows every change of privilege.

use std::fmt::Write;

use bailiwick_rbac::PermissionSet;
use bailiwick_roles::{ProductPermissions, SystemRole, built_in_catalogue};

#[test]
fn the_system_roles_grant_the_permissions_of_the_golden_file() {
    let resources = ["kb".to_owned()];
    let product = ProductPermissions { resources: &resources, ..ProductPermissions::default() };
    let sets = SystemRole::ALL.map(|role| PermissionSet::new(role.grants(product)));
    let mut matrix = String::from("permission          owner admin member guest\n");
    for (permission, _) in built_in_catalogue(product) {
        let [owner, admin, member, guest] =
            sets.each_ref().map(|set| if set.allows(&permission) { "x" } else { "." });
        let name = permission.as_str();
        writeln!(matrix, "{name:<20}{owner:<6}{admin:<6}{member:<7}{guest}").unwrap();
    }
    assert_eq!(matrix, include_str!("../golden/role_matrix.txt"), "\n{matrix}");
}

#[test]
fn every_permission_type_is_in_the_catalogue() {
    use bailiwick_app::authority::Permit;
    use bailiwick_app::authority::permission as p;
    let resources = ["kb".to_owned()];
    let product = ProductPermissions { resources: &resources, ..ProductPermissions::default() };
    let known: Vec<_> = built_in_catalogue(product).into_iter().map(|(known, _)| known).collect();
    let types = [
        p::OrgRead::NAME,
        p::OrgWrite::NAME,
        p::OrgDelete::NAME,
        p::UsersRead::NAME,
        p::UsersWrite::NAME,
        p::UsersDelete::NAME,
        p::RolesRead::NAME,
        p::RolesWrite::NAME,
        p::RolesDelete::NAME,
        p::InvitationsRead::NAME,
        p::InvitationsWrite::NAME,
        p::InvitationsDelete::NAME,
        p::AuditRead::NAME,
        p::EventsPublish::NAME,
        p::WsConnect::NAME,
        p::KbRead::NAME,
    ];
    for name in types {
        assert!(known.iter().any(|permission| permission.as_str() == name), "{name}");
    }
}

//! Permissions that a file of settings declares, from one start to the next.

use serde_json::Value;

use crate::support::{Service, WorkDir};

fn table(name: &str, description: &str, role: &str) -> String {
    format!("[[permissions.declared]]\nname = {name:?}\ndescription = {description:?}\nrole = {role:?}\n")
}

fn with_config(work_dir: &WorkDir, tables: &[String]) {
    std::fs::create_dir_all(work_dir.path("config")).unwrap();
    work_dir.write("config/product.toml", &tables.concat());
}

/// Returns the names of the roles that hold the permission.
fn holders(service: &Service, permission: &str) -> Vec<String> {
    let token = service.log_in();
    let me = service.get("/auth/me", Some(&token)).json(200);
    let org = me.pointer("/organizations/0/id").and_then(Value::as_str).unwrap();
    let roles = service.get(&format!("/roles/list_roles?org_id={org}"), Some(&token)).json(200);
    let holds = |role: &&Value| role["permissions"].as_array().unwrap().iter().any(|held| held == permission);
    let holders = roles.as_array().unwrap().iter().filter(holds);
    holders.map(|role| role["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_permission_is_declared_after_the_organizations_exist() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[]);
    service.sign_up();
    assert_eq!(service.stop("TERM"), Some(0));
    with_config(&work_dir, &[table("invoices:read", "See invoices", "member")]);
    let service = work_dir.serve(&[]);
    assert_eq!(holders(&service, "invoices:read"), ["admin", "member"]);
    assert!(
        service.log().contains("granted declared permissions in existing organizations"),
        "{}",
        service.log()
    );
    assert_eq!(service.stop("TERM"), Some(0));
    let service = work_dir.serve(&[]);
    service.log_in();
    assert!(!service.log().contains("granted declared permissions"), "{}", service.log());
    assert_eq!(service.stop("TERM"), Some(0));
}

#[test]
fn a_malformed_declaration_refuses_the_start() {
    let work_dir = WorkDir::new();
    let sound = table("invoices:read", "See invoices", "guest");
    for (faulty, message) in [
        (
            table("users:purge", "Purge users", "owner"),
            "setting permissions.declared[1].name, from config/product.toml: users:purge is of a resource of the \
             service itself; choose another resource",
        ),
        (
            table("invoices:refund", "Refund invoices", "boss"),
            "setting permissions.declared[1].role, from config/product.toml: \"boss\" is no system role; write owner, \
             admin, member or guest",
        ),
        (
            table("invoices:read", "See invoices", "admin"),
            "setting permissions.declared, from config/product.toml: invoices:read is declared twice, with different \
             roles or descriptions; declare it once",
        ),
    ] {
        with_config(&work_dir, &[sound.clone(), faulty]);
        work_dir.run(&["serve"], &[]).refused(&[message]);
        let report = work_dir.run(&["doctor"], &[]);
        assert!(report.stdout.contains(message), "{}", report.stdout);
    }
    assert!(!work_dir.path("data").exists(), "nothing was created");
}

//! `doctor` finds faults: disks, files, permissions, and servers without a TLS handshake.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::doctor::{Checks, DOCTOR, doctor, files, server};
use crate::support::WorkDir;

#[test]
fn redis_is_checked_over_tls_as_well() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let url = format!("rediss://ada:hunter2@127.0.0.1:{port}");
    let run = WorkDir::new().run(&DOCTOR, &[("REDIS_URL", &url)]);
    Checks::of(&run, 1).says("redis", "failed", &[&format!("rediss://127.0.0.1:{port}")]);
    assert!(!run.stdout.contains("hunter2"), "{run:?}");

    // This server does not use TLS.
    let (port, _) = server("-ERR what?\r\n", |_| None);
    let url = format!("rediss://127.0.0.1:{port}");
    let checks = doctor(&WorkDir::new(), &[("REDIS_URL", &url)], 1);
    checks.says("redis", "failed", &[]);
    checks.advises("redis", &["speaks TLS", "redis://"]);
}

#[test]
fn an_unknown_certificate_of_redis_is_reported() {
    let work_dir = WorkDir::new();
    let (certificate, key) = (work_dir.path("cert.pem"), work_dir.path("key.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let mut server = Command::new("openssl")
        .args(["s_server", "-accept", "127.0.0.1:0", "-cert"])
        .arg(&certificate)
        .arg("-key")
        .arg(&key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The server would end if its output were not read.
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port = lines.find_map(|line| Some(line.strip_prefix("ACCEPT ")?.rsplit_once(':')?.1.to_owned()));
    let url = format!("rediss://localhost:{}", port.unwrap());
    let run = work_dir.run(&DOCTOR, &[("REDIS_URL", &url)]);
    drop(lines);
    server.kill().unwrap();
    server.wait().unwrap();
    let checks = Checks::of(&run, 1);
    checks.says("redis", "failed", &["certificate"]);
    checks.advises("redis", &["certificate of the server"]);
}

#[test]
fn a_damaged_file_is_reported_with_a_remedy() {
    type Damage = fn(&mut Vec<u8>);
    let damage: [(&str, Damage); 3] = [
        ("not a database", |file| file[..32].fill(b'x')),
        ("is damaged", |file| file[4096..].fill(0xff)),
        ("is damaged", |file| file.truncate(file.len() / 2)),
    ];
    for (words, damage) in damage {
        let work_dir = WorkDir::new();
        work_dir.run(&["migrate"], &[]).succeeded();
        let path = work_dir.path("data/bailiwick.db");
        let mut file = fs::read(&path).unwrap();
        damage(&mut file);
        fs::write(&path, file).unwrap();
        let before = files(&work_dir);
        let checks = doctor(&work_dir, &[], 1);
        checks.says("database", "failed", &["data/bailiwick.db", words]);
        checks.advises("database", &["restore a backup"]);
        assert!(!checks.get("database")["remedy"].as_str().unwrap().contains("DATABASE_URL"));
        assert_eq!(files(&work_dir), before, "nothing was made or changed");
    }
}

#[test]
fn an_empty_file_is_an_empty_schema() {
    let work_dir = WorkDir::new();
    fs::create_dir(work_dir.path("data")).unwrap();
    work_dir.write("data/bailiwick.db", "");
    let checks = doctor(&work_dir, &[], 1);
    checks.says("migrations", "failed", &["the schema is empty"]);
    checks.advises("migrations", &["bailiwick migrate"]);
}

#[test]
fn a_data_directory_that_others_can_write_to_fails() {
    let work_dir = WorkDir::new();
    work_dir.run(&["migrate"], &[]).succeeded();
    let mode = |path: &str, mode| {
        fs::set_permissions(work_dir.path(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    doctor(&work_dir, &[], 0).says("data_dir", "ok", &["owner alone"]);
    mode("data", 0o777);
    let checks = doctor(&work_dir, &[], 1);
    checks.says("data_dir", "failed", &["every user", "data"]);
    checks.advises("data_dir", &["chmod o-w"]);
    mode("data", 0o770);
    doctor(&work_dir, &[], 0).says("data_dir", "warning", &["group"]);
    mode("data", 0o700);
    mode("data/bailiwick.db", 0o666);
    doctor(&work_dir, &[], 1).says("data_dir", "failed", &["data/bailiwick.db"]);
}

#[test]
fn a_disk_that_cannot_be_written_to_fails() {
    let work_dir = WorkDir::new();
    work_dir.run(&["migrate"], &[]).succeeded();
    doctor(&work_dir, &[], 0).says("disk", "ok", &["MiB are left"]);
    // Files of the process cannot grow, as on a full disk.
    let run = work_dir.run_after("trap '' XFSZ; ulimit -f 0", &DOCTOR, &[]);
    let checks = Checks::of(&run, 1);
    checks.says("disk", "failed", &["data", "cannot be written to"]);
    checks.advises("disk", &["ulimit"]);

    let checks = doctor(&work_dir, &[("DATABASE_URL", "sqlite:mistyped/x.db")], 1);
    checks.says("disk", "failed", &["mistyped", "does not exist"]);
}

/// Needs the privilege to mount, in a namespace of its own.
#[test]
fn a_full_disk_and_a_read_only_disk_have_different_reports() {
    let work_dir = WorkDir::new();
    fs::create_dir(work_dir.path("data")).unwrap();
    let mount = |options: &str| format!("mount -t tmpfs -o {options} tmpfs data");
    let may = Command::new("unshare").args(["-rm", "true"]).output();
    if !may.is_ok_and(|output| output.status.success()) {
        return;
    }
    for (options, after, word, advice) in [
        ("size=64k,mode=700", "; head -c 200000 /dev/zero >data/filler 2>/dev/null", "space", "free space"),
        ("ro,mode=700", "", "ead-only", "mount it for writing"),
    ] {
        let inside = format!("{}{after}; exec \"$0\" doctor --json", mount(options));
        let first = format!("exec unshare -rm sh -c '{inside}' \"$0\"");
        let run = work_dir.run_after(&first, &[], &[]);
        let checks = Checks::of(&run, 1);
        checks.says("disk", "failed", &["data", word]);
        checks.advises("disk", &[advice]);
    }
}

//! Private root certificates from a file.

use bailiwick_infra::read_ca_file;
use bailiwick_testkit::app::Certificates;

#[test]
fn a_file_that_cannot_be_used_is_named() {
    let certificates = Certificates::make();
    let read = |name: &str| read_ca_file(&certificates.file(name)).map_err(|error| error.to_string());
    assert_eq!(read("ca.pem").unwrap().iter().count(), 1);
    let ca = std::fs::read_to_string(certificates.ca()).unwrap();
    let server = std::fs::read_to_string(certificates.server()).unwrap();
    std::fs::write(certificates.file("two.pem"), format!("Our CAs\n\n{ca}{server}")).unwrap();
    assert_eq!(read("two.pem").unwrap().iter().count(), 2);
    let cut_off: String = ca.lines().take(4).collect::<Vec<_>>().join("\n");
    let broken = format!("{ca}-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n");
    for (name, text, why) in [
        ("missing.pem", None, "cannot be read"),
        ("empty.pem", Some(""), "no certificate"),
        ("prose.pem", Some("no PEM"), "no certificate"),
        ("cut.pem", Some(cut_off.as_str()), "certificate 1 is malformed"),
        ("broken.pem", Some(broken.as_str()), "certificate 2 is malformed"),
    ] {
        if let Some(text) = text {
            std::fs::write(certificates.file(name), text).unwrap();
        }
        let refusal = read(name).unwrap_err();
        assert!(refusal.contains(name) && refusal.contains(why), "{name}: {refusal}");
    }
    assert!(read("server.key").unwrap_err().contains("no certificate"));
    assert!(read(".").unwrap_err().contains("cannot be read"));
}

//! The report of the checks.

use std::io::{self, Write, stdout};

use serde::Serialize;

use crate::failure::Failure;

macro_rules! names {
    ($($(#[doc = $doc:literal])+ $name:ident),+ $(,)?) => {
        /// The checks. Their names in JSON are stable.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Name {
            $($(#[doc = $doc])+ $name),+
        }

        /// Every check, in the order of the report.
        const ALL: &[Name] = &[$(Name::$name),+];
    };
}

names! {
    /// Whether the settings can be used.
    Settings,
    /// Source and strength of the secret that signs tokens.
    JwtSecret,
    /// The former secrets, whose tokens are still accepted.
    JwtPreviousKeys,
    /// The algorithm that signs tokens.
    JwtAlgorithm,
    /// The lifetime of tokens.
    JwtExpiry,
    /// The clock of this machine, against that of the database.
    Clock,
    /// The data directory, and which users can change its contents.
    DataDir,
    /// Whether the disks can be written to.
    Disk,
    /// Whether the database can be reached, and is not damaged.
    Database,
    /// Whether its schema is up to date.
    Migrations,
    /// Whether every organization has an active owner.
    OrganizationOwners,
    /// Whether there is a platform administrator.
    PlatformAdministrator,
    /// Mail that is not sent again after repeated failures.
    UndeliverableMail,
    /// Whether Redis answers.
    Redis,
    /// Whether the mail server accepts mail.
    Smtp,
    /// The folder for mail if no mail server is set.
    MailOutbox,
    /// The base of links, PUBLIC_URL.
    PublicUrl,
    /// Whether the throttles are on.
    Throttle,
    /// The origins whose pages may call the API.
    Cors,
    /// Whether the collector of spans takes them.
    Collector,
}

/// The outcome of a check.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Works.
    Ok,
    /// Works, but should be corrected.
    Warning,
    /// Does not work, or is not safe.
    Failed,
    /// Does not apply, or cannot be checked.
    Skipped,
}

/// The result of one check.
#[derive(Debug, Serialize)]
pub struct Check {
    name: Name,
    outcome: Outcome,
    message: String,
    remedy: Option<String>,
}

impl Check {
    /// Returns the result of a check that passed.
    pub fn ok(name: Name, message: impl Into<String>) -> Self {
        Self::new(name, Outcome::Ok, &message.into(), None)
    }

    /// Returns the result of a check that found a minor fault.
    pub fn warning(name: Name, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(name, Outcome::Warning, &message.into(), Some(remedy.into()))
    }

    /// Returns the result of a check that failed.
    pub fn failed(name: Name, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(name, Outcome::Failed, &message.into(), Some(remedy.into()))
    }

    /// Returns the result of a check that was not run.
    pub fn skipped(name: Name, message: impl Into<String>) -> Self {
        Self::new(name, Outcome::Skipped, &message.into(), None)
    }

    /// Returns the name of the check.
    pub fn name(&self) -> Name {
        self.name
    }

    /// Replaces control characters in the message, because it may quote other programs and must be one line.
    fn new(name: Name, outcome: Outcome, message: &str, remedy: Option<String>) -> Self {
        let message = message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Self { name, outcome, message, remedy }
    }
}

/// The results of all checks, in the order of [`ALL`].
#[derive(Debug, Serialize)]
pub struct Report {
    checks: Vec<Check>,
    /// Whether no check failed.
    pub ok: bool,
}

impl Report {
    /// Orders the results. A missing result counts as skipped.
    pub fn of(found: Vec<Check>) -> Self {
        let ok = found.iter().all(|check| check.outcome != Outcome::Failed);
        let mut found = found;
        let checks = ALL.iter().map(|name| match found.iter().position(|check| check.name == *name) {
            Some(place) => found.swap_remove(place),
            None => Check::skipped(*name, "not checked: the settings cannot be used"),
        });
        Self { checks: checks.collect(), ok }
    }

    /// Prints the report as one JSON object, or as one line per check with its remedy below.
    pub fn print(&self, json: bool) -> Result<(), Failure> {
        let mut out = stdout().lock();
        if json {
            writeln!(out, "{}", serde_json::to_string_pretty(self).map_err(io::Error::from)?)?;
            return Ok(());
        }
        for check in &self.checks {
            let outcome = word(&check.outcome).map_err(io::Error::from)?;
            let name = word(&check.name).map_err(io::Error::from)?;
            writeln!(out, "{outcome:<7}  {name:<22}  {}", check.message)?;
            if let Some(remedy) = &check.remedy {
                writeln!(out, "{:9}-> {remedy}", "")?;
            }
        }
        Ok(())
    }
}

/// Returns the name that a value has in JSON.
fn word(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(serde_json::to_value(value)?.as_str().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_is_in_the_report_once_and_in_order() {
        let report = Report::of(vec![Check::ok(Name::Cors, "a\nb"), Check::failed(Name::Settings, "x", "y")]);
        let names: Vec<_> = report.checks.iter().map(|check| check.name).collect();
        assert_eq!(names, ALL);
        assert!(!report.ok);
        let cors = report.checks.iter().find(|check| check.name == Name::Cors);
        assert_eq!(cors.unwrap().message, "a b");
    }

    #[test]
    fn a_warning_is_no_failure() {
        assert!(Report::of(vec![Check::warning(Name::Cors, "x", "y")]).ok);
    }
}

//! The real binary, run as a user runs it.

#[cfg(test)]
#[cfg(target_os = "linux")]
mod bombs;
#[cfg(test)]
mod brand;
#[cfg(test)]
mod command_line;
#[cfg(test)]
mod declared;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod doctor_faults;
#[cfg(test)]
mod embedded;
#[cfg(test)]
mod least_privilege;
#[cfg(test)]
mod links;
#[cfg(test)]
mod metrics;
#[cfg(test)]
#[cfg(target_os = "linux")]
#[allow(dead_code, reason = "the test program `authority` uses the rest")]
#[path = "../authority/postgres.rs"]
mod postgres;
#[cfg(test)]
mod request_log;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod setup;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod socket_load;
#[cfg(test)]
mod sockets;
#[cfg(test)]
mod spans;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod strangers;
#[cfg(test)]
mod support;
#[cfg(test)]
mod throttle;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod tls;
#[cfg(test)]
mod token;

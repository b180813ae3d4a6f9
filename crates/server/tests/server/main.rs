//! The real binary, run as a user runs it.

#[cfg(test)]
mod command_line;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod support;
#[cfg(test)]
mod token;

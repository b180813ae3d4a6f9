//! The metrics of authority: the lease, the entries of the cache, its hits and misses, and the time
//! that writers waited.

use std::fmt::Error;
use std::sync::Arc;

use bailiwick_app::{App, AuthorityCache};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;

use crate::metrics::page::Page;

/// Reads the metrics of the cache at each scrape.
#[derive(Debug)]
pub(super) struct AuthorityCollector(Arc<AuthorityCache>);

impl AuthorityCollector {
    pub fn of(app: &App) -> Self {
        Self(Arc::clone(app.authority().cache()))
    }
}

impl Collector for AuthorityCollector {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let (mut page, cache) = (Page(encoder), &self.0);
        let (metrics, entries) = (cache.metrics(), cache.entries());
        let lease = usize::from(cache.holds_lease());
        page.gauge("authority_lease", "Whether checks are answered from the cache", lease)?;
        page.counter("authority_lease_losses", "Lost leases", metrics.losses.get())?;
        page.counters(
            "authority_checks",
            "Checks by the source of their answer",
            &[([("source", "memory")], metrics.hits.get()), ([("source", "store")], metrics.misses.get())],
        )?;
        page.gauges(
            "authority_entries",
            "Entries of the cache",
            &[
                ([("kind", "session")], entries.sessions),
                ([("kind", "membership")], entries.memberships),
                ([("kind", "organization")], entries.organizations),
            ],
        )?;
        page.gauge("authority_role_bytes", "Approximate size of the cached roles", entries.role_bytes)?;
        page.counter("authority_changes", "Changes applied to the cache", metrics.changes.get())?;
        page.counter("authority_flushes", "Times that all entries were dropped", metrics.flushes.get())?;
        page.counter("authority_evicted", "Entries dropped to keep the limits", metrics.evicted.get())?;
        page.counter("authority_outrun", "Loads that a change invalidated", metrics.overtaken.get())?;
        page.histograms(
            "authority_renewal_seconds",
            "Duration of renewals of the lease",
            &[([("result", "renewed")], &metrics.renewals)],
        )?;
        page.histograms(
            "authority_wait_seconds",
            "Time that writers waited until no node could answer by older authority",
            &[
                ([("ending", "acknowledged")], &metrics.acknowledged),
                ([("ending", "outwaited")], &metrics.outwaited),
            ],
        )
    }
}

//! Metrics of authority: the lease, the entries of the cache, hits and misses, and how long writers
//! waited.

use std::fmt::Error;
use std::sync::Arc;

use bailiwick_app::{App, AuthorityCache};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;

use crate::metrics::page::Page;

/// Collects the metrics at each scrape.
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
        page.gauge("authority_lease", "Whether checks are answered from memory", lease)?;
        page.counter("authority_lease_losses", "Leases lost", metrics.losses.get())?;
        page.counters(
            "authority_checks",
            "Checks by what answered them",
            &[([("source", "memory")], metrics.hits.get()), ([("source", "store")], metrics.misses.get())],
        )?;
        page.gauges(
            "authority_entries",
            "What is known",
            &[
                ([("kind", "session")], entries.sessions),
                ([("kind", "membership")], entries.memberships),
                ([("kind", "organization")], entries.organizations),
            ],
        )?;
        page.gauge("authority_role_bytes", "What the known roles weigh, roughly", entries.role_bytes)?;
        page.counter("authority_changes", "Changes that were applied", metrics.changes.get())?;
        page.counter("authority_flushes", "How often everything was forgotten", metrics.flushes.get())?;
        page.counter("authority_evicted", "What had to go for something newer", metrics.evicted.get())?;
        page.counter("authority_outrun", "Loads that a change overtook", metrics.overtaken.get())?;
        page.timings(
            "authority_renewal_seconds",
            "How long a renewal of the lease took",
            &[([("result", "renewed")], &metrics.renewals)],
        )?;
        page.timings(
            "authority_wait_seconds",
            "How long a writer waited until no node went by the older authority",
            &[
                ([("ending", "acknowledged")], &metrics.acknowledged),
                ([("ending", "outwaited")], &metrics.outwaited),
            ],
        )
    }
}

//! The encoding of metrics: name, help and values.

use std::fmt::Error;

use bailiwick_app::authority::cache::{BUCKETS, Histogram};
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// The one label of a value: its name and its value.
pub(super) type Label<'a> = [(&'a str, &'a str); 1];

/// The page of one scrape, to which metrics are written.
pub(super) struct Page<'a>(pub DescriptorEncoder<'a>);

impl Page<'_> {
    /// Writes a monotonic counter. The encoder appends `_total` to its name.
    pub fn counter(&mut self, name: &str, help: &str, value: u64) -> Result<(), Error> {
        let counter = ConstCounter::new(value);
        counter.encode(self.0.encode_descriptor(name, help, None, MetricType::Counter)?)
    }

    /// Writes a counter with one value per label.
    pub fn counters(&mut self, name: &str, help: &str, values: &[(Label<'_>, u64)]) -> Result<(), Error> {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (labels, value) in values {
            ConstCounter::new(*value).encode(family.encode_family(labels)?)?;
        }
        Ok(())
    }

    /// Writes a value that can increase and decrease.
    pub fn gauge(&mut self, name: &str, help: &str, value: usize) -> Result<(), Error> {
        let encoder = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        ConstGauge::new(to_i64(value)).encode(encoder)
    }

    /// Writes a gauge with one value per label.
    pub fn gauges(&mut self, name: &str, help: &str, values: &[(Label<'_>, usize)]) -> Result<(), Error> {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (labels, value) in values {
            ConstGauge::new(to_i64(*value)).encode(family.encode_family(labels)?)?;
        }
        Ok(())
    }

    /// Writes histograms of durations, in seconds.
    pub fn histograms(
        &mut self,
        name: &str,
        help: &str,
        values: &[(Label<'_>, &Histogram)],
    ) -> Result<(), Error> {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (labels, histogram) in values {
            let buckets: Vec<(f64, u64)> = bounds().zip(histogram.counts()).collect();
            let (sum, count) = (histogram.sum().as_secs_f64(), buckets.iter().map(|(_, count)| count).sum());
            family.encode_family(labels)?.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)?;
        }
        Ok(())
    }
}

/// Returns the upper bounds of the buckets in seconds; the last one is infinity.
fn bounds() -> impl Iterator<Item = f64> {
    let seconds = BUCKETS.into_iter().map(|micros| std::time::Duration::from_micros(micros).as_secs_f64());
    seconds.chain([f64::INFINITY])
}

/// Converts a value. Saturates at `i64::MAX`.
fn to_i64(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

//! The part of a socket that other tasks change: its subscriptions, its queue of events, and flags
//! for everything that is no event.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bailiwick_app::sockets::Channel;
use bailiwick_kernel::{OrgId, Timestamp, UserId};
use tokio::sync::Notify;

use super::frames::Published;

/// So many events may wait for a socket; it is slow when there are more. A burst is no slowness.
pub(super) const QUEUE_LENGTH: usize = 256;
/// So many channels a socket may listen to.
const MAX_CHANNELS: usize = 64;

/// Something that a socket is to see to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Flag {
    /// Its authority may have changed.
    Changed = 1,
    /// It is time to ping.
    Ping = 2,
    /// Its queue of events is full.
    Slow = 4,
    /// The service is about to stop.
    Draining = 8,
    /// Its authority was not established for too long.
    Uncertain = 16,
    /// Its token has expired.
    Expired = 32,
    /// It answers no ping.
    Silent = 64,
    /// Events are queued; they can wait until the present frame is sent.
    Events = 128,
}

/// Flags that close a socket.
const ENDS: u8 = Flag::Slow as u8
    | Flag::Draining as u8
    | Flag::Uncertain as u8
    | Flag::Expired as u8
    | Flag::Silent as u8;

/// Flags that come before what is being sent.
const URGENT: u8 = !(Flag::Events as u8);

/// A socket's place.
pub(super) struct ConnectionState {
    pub id: u64,
    pub user: UserId,
    pub org: OrgId,
    pub address: Option<IpAddr>,
    /// Whether it counts towards the caps.
    pub counts: AtomicBool,
    flags: AtomicU8,
    raised: Notify,
    /// Empty most of the time, and then it takes no memory.
    events: Mutex<VecDeque<Arc<Published>>>,
    channels: Mutex<Vec<Channel>>,
    /// When the token expires, in microseconds since 1970.
    expires_at: AtomicI64,
    /// When the authority was last known to hold, in milliseconds on the stopwatch.
    certain_at: AtomicU64,
    /// Whether the authority is being asked for ..
    store_loads: AtomicBool,
    /// .. and whether that is so or failed.
    uncertain: AtomicBool,
    /// When the other side was last asked for a sign of life, on the same stopwatch ..
    pinged_at: AtomicU64,
    /// .. and whether it gave one since.
    answered_ping: AtomicBool,
}

/// Identity of a socket: user, organization, address.
pub(super) struct ConnectionInfo {
    pub id: u64,
    pub user: UserId,
    pub org: OrgId,
    pub address: Option<IpAddr>,
}

impl ConnectionState {
    pub fn new(place: &ConnectionInfo, now: Duration) -> Self {
        Self {
            id: place.id,
            user: place.user,
            org: place.org,
            address: place.address,
            counts: AtomicBool::new(false),
            flags: AtomicU8::new(0),
            raised: Notify::new(),
            events: Mutex::default(),
            channels: Mutex::default(),
            expires_at: AtomicI64::new(i64::MAX),
            certain_at: AtomicU64::new(millis(now)),
            store_loads: AtomicBool::new(false),
            uncertain: AtomicBool::new(true),
            pinged_at: AtomicU64::new(millis(now)),
            answered_ping: AtomicBool::new(true),
        }
    }

    /// Tells the socket.
    pub fn raise(&self, flag: Flag) {
        self.flags.fetch_or(flag as u8, Ordering::AcqRel);
        self.raised.notify_one();
    }

    /// Whether this flag is raised.
    pub fn has(&self, flag: Flag) -> bool {
        self.flags.load(Ordering::Acquire) & flag as u8 != 0
    }

    /// The same, and it is seen to.
    pub fn take(&self, flag: Flag) -> bool {
        self.flags.fetch_and(!(flag as u8), Ordering::AcqRel) & flag as u8 != 0
    }

    /// Ready when there is anything that ends the socket.
    pub async fn ended(&self) {
        self.any_of(ENDS).await;
    }

    /// Ready when there is anything that cannot wait.
    pub async fn raised(&self) {
        self.any_of(URGENT).await;
    }

    /// Ready when there is anything.
    pub async fn anything(&self) {
        self.any_of(u8::MAX).await;
    }

    async fn any_of(&self, flags: u8) {
        while self.flags.load(Ordering::Acquire) & flags == 0 {
            self.raised.notified().await;
        }
    }

    /// Hands over an event, if the socket listens to its channel.
    pub fn deliver(&self, event: &Arc<Published>) {
        let listens = event.channel.as_ref().is_none_or(|channel| self.channels().contains(channel));
        if !listens {
            return;
        }
        let mut events = self.events();
        let flag = if events.len() < QUEUE_LENGTH { Flag::Events } else { Flag::Slow };
        if flag == Flag::Events {
            events.push_back(event.clone());
        }
        drop(events);
        self.raise(flag);
    }

    /// The next event that waits.
    pub fn next_event(&self) -> Option<Arc<Published>> {
        self.take(Flag::Events);
        let mut events = self.events();
        let next = events.pop_front();
        if events.is_empty() {
            *events = VecDeque::new();
        } else {
            self.raise(Flag::Events);
        }
        next
    }

    fn events(&self) -> MutexGuard<'_, VecDeque<Arc<Published>>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Listens to a channel; `false` when it listens to too many.
    pub fn subscribe(&self, channel: Channel) -> bool {
        let mut channels = self.channels();
        if channels.contains(&channel) {
            return true;
        }
        let fits = channels.len() < MAX_CHANNELS;
        if fits {
            channels.push(channel);
        }
        fits
    }

    /// Listens to it no longer.
    pub fn unsubscribe(&self, channel: &Channel) {
        self.channels().retain(|known| known != channel);
    }

    fn channels(&self) -> MutexGuard<'_, Vec<Channel>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn expire_at(&self, moment: Timestamp) {
        self.expires_at.store(moment.unix_micros(), Ordering::Release);
    }

    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.load(Ordering::Acquire) <= now.unix_micros()
    }

    /// The authority is asked for: until there is an answer nobody knows it.
    pub fn begin_load(&self) {
        self.store_loads.store(true, Ordering::Release);
        self.uncertain.store(true, Ordering::Release);
    }

    /// There is an answer: the authority held at `elapsed`; or none could be had.
    pub fn answered(&self, held_at: Option<Duration>) {
        if let Some(elapsed) = held_at {
            self.certain_at.fetch_max(millis(elapsed), Ordering::AcqRel);
            self.uncertain.store(false, Ordering::Release);
        }
        self.store_loads.store(false, Ordering::Release);
    }

    pub fn is_loading(&self) -> bool {
        self.store_loads.load(Ordering::Acquire)
    }

    pub fn is_uncertain(&self) -> bool {
        self.uncertain.load(Ordering::Acquire)
    }

    /// Time since the authority was last known. With a lease (`has_lease`) no invalidation means
    /// that nothing has changed.
    pub fn uncertain_for(&self, elapsed: Duration, has_lease: bool) -> Duration {
        let quiet = !self.is_uncertain() && !self.has(Flag::Changed);
        if has_lease && quiet {
            self.certain_at.fetch_max(millis(elapsed), Ordering::AcqRel);
        }
        elapsed.saturating_sub(Duration::from_millis(self.certain_at.load(Ordering::Acquire)))
    }

    /// The other side is there.
    pub fn receive(&self) {
        self.answered_ping.store(true, Ordering::Relaxed);
    }

    /// Asks for a sign of life, if the last time is so long ago; whoever gave none since
    /// is gone.
    pub fn ping_every(&self, period: Duration, elapsed: Duration) {
        let last = Duration::from_millis(self.pinged_at.load(Ordering::Relaxed));
        if elapsed.saturating_sub(last) < period {
            return;
        }
        self.pinged_at.store(millis(elapsed), Ordering::Relaxed);
        let answered_ping = self.answered_ping.swap(false, Ordering::Relaxed);
        self.raise(if answered_ping { Flag::Ping } else { Flag::Silent });
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

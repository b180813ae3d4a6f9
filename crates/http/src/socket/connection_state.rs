//! The state of a socket that other tasks change: its subscriptions, its queue of events, and flags for
//! everything else.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bailiwick_app::sockets::Channel;
use bailiwick_kernel::{OrgId, Timestamp, UserId};
use tokio::sync::Notify;

use super::frames::Published;

/// Number of events that may be queued for a socket. A socket that would need more is closed as too slow.
pub(super) const QUEUE_LENGTH: usize = 256;
/// Number of channels that a socket may subscribe to.
const MAX_CHANNELS: usize = 64;

/// A flag that the task of the socket handles.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Flag {
    /// The authority may have changed.
    Changed = 1,
    /// A ping is due.
    Ping = 2,
    /// The queue of events is full.
    Slow = 4,
    /// The service is about to stop.
    Draining = 8,
    /// The authority was not established for too long.
    Uncertain = 16,
    /// The access token has expired.
    Expired = 32,
    /// The client has sent no frame since the last ping.
    PingUnanswered = 64,
    /// Events are queued. They wait until the current frame is sent.
    Events = 128,
}

/// Flags that close a socket.
const ENDS: u8 = Flag::Slow as u8
    | Flag::Draining as u8
    | Flag::Uncertain as u8
    | Flag::Expired as u8
    | Flag::PingUnanswered as u8;

/// Flags that interrupt the sending of a frame.
const URGENT: u8 = !(Flag::Events as u8);

/// The shared state of one socket.
pub(super) struct ConnectionState {
    pub id: u64,
    pub user: UserId,
    pub org: OrgId,
    pub address: Option<IpAddr>,
    /// Whether the socket counts towards the caps.
    pub counts: AtomicBool,
    flags: AtomicU8,
    raised: Notify,
    /// Queue of events, empty most of the time; then it needs no memory.
    events: Mutex<VecDeque<Arc<Published>>>,
    channels: Mutex<Vec<Channel>>,
    /// Expiry of the access token, in microseconds since 1970.
    expires_at: AtomicI64,
    /// Time when the authority was last known to hold, in milliseconds on the stopwatch.
    certain_at: AtomicU64,
    /// Whether a load of the authority is in progress ..
    store_loads: AtomicBool,
    /// .. and whether one is in progress or failed.
    uncertain: AtomicBool,
    /// Time of the last ping, in milliseconds on the stopwatch ..
    pinged_at: AtomicU64,
    /// .. and whether the client has sent a frame since.
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

    /// Raises a flag and wakes the task of the socket.
    pub fn raise(&self, flag: Flag) {
        self.flags.fetch_or(flag as u8, Ordering::AcqRel);
        self.raised.notify_one();
    }

    /// Returns whether this flag is raised.
    pub fn has(&self, flag: Flag) -> bool {
        self.flags.load(Ordering::Acquire) & flag as u8 != 0
    }

    /// Returns whether this flag is raised, and lowers it.
    pub fn take(&self, flag: Flag) -> bool {
        self.flags.fetch_and(!(flag as u8), Ordering::AcqRel) & flag as u8 != 0
    }

    /// Ready when a flag is raised that ends the socket.
    pub async fn ended(&self) {
        self.any_of(ENDS).await;
    }

    /// Ready when a flag is raised that cannot wait.
    pub async fn raised(&self) {
        self.any_of(URGENT).await;
    }

    /// Ready when any flag is raised.
    pub async fn anything(&self) {
        self.any_of(u8::MAX).await;
    }

    async fn any_of(&self, flags: u8) {
        while self.flags.load(Ordering::Acquire) & flags == 0 {
            self.raised.notified().await;
        }
    }

    /// Queues an event if the socket is subscribed to its channel.
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

    /// Takes the next queued event.
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

    /// Subscribes to a channel; `false` if the limit is reached.
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

    /// Ends the subscription to a channel.
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

    /// Marks the authority as unknown while it is loaded.
    pub fn begin_load(&self) {
        self.store_loads.store(true, Ordering::Release);
        self.uncertain.store(true, Ordering::Release);
    }

    /// Records the result of a load. `held_at` is the time at which the authority held, if it could be
    /// established.
    pub fn end_load(&self, held_at: Option<Duration>) {
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

    /// Returns the time since the authority was last known to hold. With a lease (`has_lease`), no
    /// invalidation means that nothing has changed.
    pub fn uncertain_for(&self, elapsed: Duration, has_lease: bool) -> Duration {
        let quiet = !self.is_uncertain() && !self.has(Flag::Changed);
        if has_lease && quiet {
            self.certain_at.fetch_max(millis(elapsed), Ordering::AcqRel);
        }
        elapsed.saturating_sub(Duration::from_millis(self.certain_at.load(Ordering::Acquire)))
    }

    /// Records that the client has sent a frame.
    pub fn receive(&self) {
        self.answered_ping.store(true, Ordering::Relaxed);
    }

    /// Raises the flag for a ping if one is due, or for the end if the client sent nothing since the
    /// last ping.
    pub fn ping_every(&self, period: Duration, elapsed: Duration) {
        let last = Duration::from_millis(self.pinged_at.load(Ordering::Relaxed));
        if elapsed.saturating_sub(last) < period {
            return;
        }
        self.pinged_at.store(millis(elapsed), Ordering::Relaxed);
        let answered_ping = self.answered_ping.swap(false, Ordering::Relaxed);
        self.raise(if answered_ping { Flag::Ping } else { Flag::PingUnanswered });
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

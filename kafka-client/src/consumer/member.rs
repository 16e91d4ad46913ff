//! One partition of an assigned consumer, as all who have to do with it see it: the consumer in whose turn it is read,
//! the stream that it was split off as, and whoever pauses it, seeks in it or takes it away, from any task.
//!
//! Its reader is lent to one of them at a time ([`Lent`]) and goes back. Who reads takes no lock for a message: it looks
//! at a flag, and heeds what was decided meanwhile.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::task::{Wake, Waker};

use parking_lot::Mutex;

use super::budget::Hunger;
use super::feed::Feed;
use super::fetchers::Fetchers;
use super::reader::Reader;
use super::ready::Flag;
use super::unpack::Unpacking;
use crate::api::{Message, MessageBatch, Result};
use crate::config::StartOffset;

/// Nothing of it is held by a reader: the feed knows what comes next.
const ASK_FEED: i64 = -1;
/// A reader is taking what comes next, and nobody knew its offset before.
const UNKNOWN: i64 = -2;

/// A partition that is assigned.
pub(super) struct Member {
    feed: Arc<Feed>,
    fetchers: Fetchers,
    /// That of its consumer; a stream waits by itself.
    hunger: Arc<Hunger>,
    /// Its place in its consumer's line.
    flag: Arc<Flag>,
    waker: Waker,
    /// Something was decided that whoever reads does not know yet.
    changed: AtomicBool,
    /// Of the next message that a reader holds, or [`ASK_FEED`], or [`UNKNOWN`].
    position: AtomicI64,
    state: Mutex<State>,
}

struct State {
    /// `None` while it is lent.
    reader: Option<Box<Reader>>,
    /// The number of the feed's last seek, while the one who reads does not know of it. Nothing was handed out of where
    /// it went.
    sought: Option<u64>,
    paused: bool,
    /// It is not assigned any more.
    ended: bool,
    /// Of a stream that waits.
    waker: Option<Waker>,
}

impl Member {
    pub(super) fn new(reader: Reader, hunger: Arc<Hunger>, flag: Arc<Flag>) -> Self {
        reader.feed().shares(hunger.clone());
        Self {
            feed: reader.feed().clone(),
            fetchers: reader.fetchers().clone(),
            hunger,
            waker: Waker::from(flag.clone()),
            flag,
            changed: AtomicBool::new(false),
            position: AtomicI64::new(ASK_FEED),
            state: Mutex::new(State {
                reader: Some(Box::new(reader)),
                sought: None,
                paused: false,
                ended: false,
                waker: None,
            }),
        }
    }

    pub(super) fn flag(&self) -> &Arc<Flag> {
        &self.flag
    }

    /// Wakes its consumer for it.
    pub(super) fn waker(&self) -> &Waker {
        &self.waker
    }

    // Whoever decides about it.

    /// Fetching goes on elsewhere at once, whether it is being read or not. Where that is, is found out in the background.
    pub(super) fn seek(&self, to: StartOffset) {
        let (homeless, waker) = self.change(|state| {
            let sought = self.feed.seek(to);
            match &mut state.reader {
                Some(reader) => {
                    reader.goes_on(sought.found);
                    self.position.store(ASK_FEED, Ordering::Release);
                }
                None => state.sought = Some(sought.found),
            }
            sought.homeless
        });
        self.goes_on(homeless, waker);
    }

    /// Whether it is being read or not, fetching stops, or goes on.
    pub(super) fn pause(&self, paused: bool) {
        let (homeless, waker) = self.change(|state| {
            state.paused = paused;
            self.feed.pause(paused)
        });
        self.goes_on(homeless, waker);
    }

    fn goes_on(&self, homeless: bool, waker: Option<Waker>) {
        if homeless {
            self.fetchers.place(self.feed.clone());
        }
        self.tell(waker);
    }

    /// It is not assigned any more: nothing of it is fetched from here on.
    pub(super) fn end(&self) -> Ended {
        let ((position, reader), waker) = self.change(|state| {
            state.ended = true;
            (self.position_in(state), state.reader.take())
        });
        self.feed.leave();
        Ended { position, reader, waker }
    }

    /// What has come of that: under no lock, for it wakes, and drops what was held.
    pub(super) fn has_ended(&self, ended: Ended) -> Option<i64> {
        drop(ended.reader);
        self.tell(ended.waker);
        ended.position
    }

    /// Whoever reads looks at the flag before it hands anything out, so that nothing of what `change` does here can come
    /// to it unnoticed. Returns whom to [tell](Member::tell).
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> (T, Option<Waker>) {
        let mut state = self.state.lock();
        self.changed.store(true, Ordering::Release);
        let done = change(&mut state);
        (done, state.waker.take())
    }

    fn tell(&self, waker: Option<Waker>) {
        if let Some(waker) = waker {
            waker.wake();
        }
        self.flag.wake_by_ref();
    }

    pub(super) fn is_paused(&self) -> bool {
        self.state.lock().paused
    }

    /// The offset of the next message; `None` while it is being found out.
    pub(super) fn position(&self) -> Option<i64> {
        self.position_in(&self.state.lock())
    }

    fn position_in(&self, state: &State) -> Option<i64> {
        if state.sought.is_some() { self.feed.position() } else { self.read_position() }
    }

    fn read_position(&self) -> Option<i64> {
        loop {
            match self.position.load(Ordering::Acquire) {
                ASK_FEED => {
                    let next = self.feed.position();
                    // Unless a reader began to take something meanwhile.
                    if self.position.load(Ordering::Acquire) == ASK_FEED {
                        return next;
                    }
                }
                UNKNOWN => return None,
                held => return Some(held),
            }
        }
    }

    pub(super) fn lag(&self) -> Option<i64> {
        Some((self.feed.end_offset()? - self.position()?).max(0))
    }

    // Whoever reads it.

    /// Under the lock, or others would see the position from before the seek.
    fn goes_on_as_sought(&self, state: &mut State, reader: &mut Reader) {
        if let Some(seek) = state.sought.take() {
            reader.goes_on(seek);
            self.position.store(ASK_FEED, Ordering::Release);
        }
    }

    /// Its reader, unless somebody else has it.
    pub(super) fn lend(self: &Arc<Self>) -> Option<Lent> {
        let mut state = self.state.lock();
        let reader = state.reader.take()?;
        let paused = state.paused;
        drop(state);
        Some(Lent { reader: Some(reader), member: self.clone(), paused })
    }
}

/// A partition that is not assigned any more.
#[must_use]
pub(super) struct Ended {
    position: Option<i64>,
    reader: Option<Box<Reader>>,
    waker: Option<Waker>,
}

/// A reader in use.
pub(super) struct Lent {
    /// `None` once the partition is not assigned any more.
    reader: Option<Box<Reader>>,
    member: Arc<Member>,
    paused: bool,
}

impl Lent {
    pub(super) fn member(&self) -> &Arc<Member> {
        &self.member
    }

    /// From here on it waits by itself, not with its consumer's other partitions.
    pub(super) fn waits_alone(&self) {
        self.member.feed.shares(Arc::default());
    }

    /// The partition is not assigned any more.
    pub(super) fn has_ended(&mut self) -> bool {
        self.heed();
        self.reader.is_none()
    }

    /// The next message that is unpacked already, if it is to be handed out.
    #[expect(clippy::inline_always, reason = "a message would be copied from call to call")]
    #[inline(always)]
    pub(super) fn pop(&mut self) -> Option<Message> {
        self.heed();
        let position = &self.member.position;
        let reader = self.reader.as_mut().filter(|_| !self.paused)?;
        reader.pop_noting(|held| position.store(held.unwrap_or(ASK_FEED), Ordering::Release))
    }

    /// All that is unpacked already and to be handed out. Whoever removes the partition does so before or after that.
    pub(super) fn take_batch(&mut self) -> Option<MessageBatch> {
        loop {
            self.heed();
            let reader = self.reader.as_mut().filter(|reader| !self.paused && reader.has_unpacked())?;
            let deciding = self.member.state.lock();
            if !self.member.changed.load(Ordering::Acquire) {
                let batch = reader.take_batch();
                self.tell_position();
                drop(deciding);
                return Some(batch);
            }
        }
    }

    /// Unpacks what comes next; false when nothing has arrived or nothing is to be handed out.
    pub(super) fn fill(&mut self, how: &mut Unpacking, waker: Option<&Waker>) -> Result<bool> {
        self.heed();
        let Some(reader) = self.reader.as_mut().filter(|_| !self.paused) else { return Ok(false) };
        // The feed is past what is taken from it, while nothing of that was handed out yet.
        self.member.position.store(reader.position().unwrap_or(UNKNOWN), Ordering::Release);
        let filled = reader.fill(how, waker);
        self.tell_position();
        filled
    }

    /// There is nothing to hand out.
    pub(super) fn waits(&self) {
        if let Some(reader) = self.reader.as_ref().filter(|_| !self.paused) {
            reader.waits();
        }
    }

    /// A stream waits for what others decide, too: for what they do from here on. What they did before is heeded by
    /// whatever is called next.
    pub(super) fn listen(&self, waker: &Waker) {
        let mut state = self.member.state.lock();
        match &mut state.waker {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }

    /// Goes on as others have decided.
    #[inline]
    fn heed(&mut self) {
        if self.member.changed.load(Ordering::Acquire) {
            self.heed_changes();
        }
    }

    #[cold]
    fn heed_changes(&mut self) {
        let mut state = self.member.state.lock();
        self.member.changed.store(false, Ordering::Release);
        self.paused = state.paused;
        let gone = if state.ended { self.reader.take() } else { None };
        if let Some(reader) = &mut self.reader {
            self.member.goes_on_as_sought(&mut state, reader);
        }
        drop(state);
        drop(gone);
    }

    fn tell_position(&self) {
        let held = self.reader.as_ref().and_then(|reader| reader.held_position());
        self.member.position.store(held.unwrap_or(ASK_FEED), Ordering::Release);
    }

    /// What a stream has not handed out is its consumer's again.
    pub(super) fn give_back_from_alone(self) {
        self.member.feed.shares(self.member.hunger.clone());
        let member = self.member.clone();
        self.give_back();
        member.flag.wake_by_ref();
    }

    pub(super) fn give_back(mut self) {
        self.heed();
        let Some(mut reader) = self.reader.take() else { return };
        let mut state = self.member.state.lock();
        if state.ended {
            drop(state);
            return drop(reader);
        }
        self.member.goes_on_as_sought(&mut state, &mut reader);
        state.reader = Some(reader);
    }
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member").field("feed", &self.feed).finish_non_exhaustive()
    }
}

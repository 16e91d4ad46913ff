//! The merge multiplexer: one stream of messages out of many consumers, of any brokers.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker, ready};

use futures_core::Stream;
use parking_lot::{Mutex, MutexGuard};

use crate::api::{Consumer, Error, ErrorKind, Message, Result};
use crate::consumer::{Flag, Listener, ReadyList, Table};

/// How many messages of one consumer come before others have their turn.
const TURN: u32 = 100;

/// Merges consumers into one: see [`Mx`]. Consumers of different kinds go in as `Box<dyn Consumer>`.
pub fn merge<C: Consumer + 'static>(consumers: impl IntoIterator<Item = C>) -> Mx {
    let ready = Arc::new(ReadyList::default());
    let members: Vec<_> = consumers
        .into_iter()
        .enumerate()
        .map(|(index, consumer)| {
            let flag = ready.flag(index);
            Some(Member { waker: Waker::from(flag.clone()), flag, state: State::Idle(Box::new(consumer)) })
        })
        .collect();
    Mx {
        marks: AtomicU8::new(if members.is_empty() { CLOSED } else { 0 }),
        workers: AtomicUsize::new(members.len()),
        members: Mutex::new(Members {
            all: members,
            ready: ready.clone(),
            turn: None,
            called: None,
            table: Arc::default(),
        }),
        ready,
    }
}

/// One stream of messages out of many consumers: each in the order of its partition, none in any order with the
/// others, and none starved by the others: a consumer hands out 100 messages at the most while others have some.
///
/// It has no task of its own: it reads while somebody calls [`Mx::consume`]. Several tasks may; each message goes
/// to one of them.
///
/// Consumers of one [`Broker`](crate::Broker) that are merged wait together: what is fetched ahead of all of them stays
/// within `fetch_memory`, and while that is used up a partition is fetched only while none of them has anything. (An
/// [`AssignedConsumer`](crate::AssignedConsumer) among them waits for its own partitions.)
///
/// A consumer that returns `NoData` leaves silently. A terminal error (its broker was closed, access denied) is
/// passed on once and ends that consumer; any other is passed on, and the consumer stays. When the last consumer
/// has left, `consume` returns [`ErrorKind::MxClosed`].
///
/// ```no_run
/// # async fn both(a: kafka_client::Broker, b: kafka_client::Broker) -> kafka_client::Result<()> {
/// use kafka_client::{ConsumerConf, ErrorKind, merge};
///
/// let mx = merge([
///     a.consumer(ConsumerConf::new("fruits", 0)).await?,
///     b.consumer(ConsumerConf::new("fruits", 0)).await?,
/// ]);
/// loop {
///     match mx.consume().await {
///         Ok(message) => println!("{}-{} at {}", message.topic, message.partition, message.offset),
///         Err(error) if error.kind() == ErrorKind::MxClosed => break,
///         Err(error) => eprintln!("{error}"),
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct Mx {
    /// Held while one task looks for a message, never while it waits.
    members: Mutex<Members>,
    ready: Arc<ReadyList>,
    /// [`WANTED`] and [`CLOSED`].
    marks: AtomicU8,
    workers: AtomicUsize,
}

struct Members {
    /// By index; `None` has left.
    all: Vec<Option<Member>>,
    ready: Arc<ReadyList>,
    /// Whose turn it is, and for how many messages more.
    turn: Option<(usize, u32)>,
    /// Who is being called: if it is still there when the members are let go of, it has panicked.
    called: Option<usize>,
    /// They are waited for together.
    table: Arc<Table>,
}

struct Member {
    state: State,
    flag: Arc<Flag>,
    waker: Waker,
}

/// A call that owns its consumer until it is done.
type Waiting = Pin<Box<dyn Future<Output = (Box<dyn Consumer>, Result<Message>)> + Send>>;

enum State {
    Idle(Box<dyn Consumer>),
    Waiting(Waiting),
    /// It is being polled, or has panicked then.
    Left,
}

/// A task found the members taken, and waits until they are not.
const WANTED: u8 = 1;
const CLOSED: u8 = 2;

impl Mx {
    /// The next message of any consumer. Dropping the future loses none: what has arrived meanwhile comes with the
    /// next call.
    ///
    /// # Panics
    ///
    /// If one of the consumers panics: that one has left, and the others go on.
    pub fn consume(&self) -> impl Future<Output = Result<Message>> + Send {
        Caller::of(self)
    }

    /// The messages as a stream: it ends when the multiplexer is closed, or its last consumer has left.
    pub fn stream(&self) -> impl Stream<Item = Result<Message>> + Send + Unpin + '_ {
        Messages(Caller::of(self))
    }

    /// Ends the multiplexer and drops its consumers, with what they had read ahead. Idempotent; does not wait.
    pub fn close(&self) {
        // Whoever holds the members sees it when it lets go of them.
        self.marks.fetch_or(CLOSED, Ordering::SeqCst);
        self.workers.store(0, Ordering::Release);
        self.clear();
        // Whoever begins to listen later sees that it is closed.
        self.ready.wake();
    }

    /// How many consumers are left.
    pub fn workers(&self) -> usize {
        self.workers.load(Ordering::Acquire)
    }

    #[inline]
    fn poll(&self, cx: &mut Context<'_>, listener: &mut Listener) -> Poll<Result<Message>> {
        match self.go_on() {
            Some(done) => Poll::Ready(done),
            None => self.poll_all(cx, listener),
        }
    }

    /// What else the member has whose turn it is.
    fn go_on(&self) -> Option<Result<Message>> {
        if self.is_closed() {
            return None;
        }
        let mut holding = Holding::of(self)?;
        holding.members()?.go_on(&self.workers)
    }

    #[cold]
    fn poll_all(&self, cx: &mut Context<'_>, listener: &mut Listener) -> Poll<Result<Message>> {
        if !self.is_closed() {
            match self.poll_members(cx, listener) {
                Poll::Ready(Some(done)) => return Poll::Ready(done),
                Poll::Ready(None) => self.close(),
                // It may have been closed before this task listened, and nobody else will wake it.
                Poll::Pending if !self.is_closed() => return Poll::Pending,
                Poll::Pending => {}
            }
        }
        let what = "the multiplexer was closed, or its last consumer has left";
        Poll::Ready(Err(Error::new(ErrorKind::MxClosed, what)))
    }

    /// What the members have; `None` when none is left.
    fn poll_members(&self, cx: &mut Context<'_>, listener: &mut Listener) -> Poll<Option<Result<Message>>> {
        let mut holding = match Holding::of(self) {
            Some(holding) => holding,
            None => {
                self.ready.listen(listener, cx.waker());
                self.marks.fetch_or(WANTED, Ordering::SeqCst);
                // They may have been let go of before that was said.
                ready!(Holding::of(self).map_or(Poll::Pending, Poll::Ready))
            }
        };
        holding.members().map_or(Poll::Pending, |members| members.poll(cx, listener, &self.workers))
    }

    fn is_closed(&self) -> bool {
        self.marks.load(Ordering::SeqCst) & CLOSED != 0
    }

    /// The members were let go of: whoever waits for them looks again, and if it was closed meanwhile they end.
    #[cold]
    fn heed(&self, marks: u8) {
        if marks & WANTED != 0 {
            self.ready.wake();
        }
        if marks & CLOSED != 0 {
            self.clear();
        }
    }

    fn clear(&self) {
        if let Some(mut members) = self.members.try_lock() {
            let gone = std::mem::take(&mut members.all);
            drop(members);
            drop(gone);
        }
    }
}

/// Who has the members. When it lets go of them it sees what was said meanwhile: both sides change `marks`, so that
/// whoever says something either finds the members free or is heard.
struct Holding<'a> {
    mx: &'a Mx,
    /// Until it is dropped.
    members: Option<MutexGuard<'a, Members>>,
}

impl<'a> Holding<'a> {
    #[inline]
    fn of(mx: &'a Mx) -> Option<Self> {
        Some(Self { mx, members: Some(mx.members.try_lock()?) })
    }

    #[inline]
    fn members(&mut self) -> Option<&mut Members> {
        self.members.as_deref_mut()
    }
}

impl Drop for Holding<'_> {
    #[inline]
    fn drop(&mut self) {
        let mut panicked = None;
        if let Some(mut members) = self.members.take()
            && let Some(index) = members.called.take()
        {
            panicked = members.left(index, &self.mx.workers);
        }
        let marks = self.mx.marks.fetch_and(!WANTED, Ordering::SeqCst);
        if marks != 0 {
            self.mx.heed(marks);
        }
        if let Some(member) = panicked {
            drop(member);
            // The others are worth a look, by whoever else waits.
            self.mx.ready.wake();
        }
    }
}

impl Members {
    /// The next message or error; `None` when no member is left.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        listener: &mut Listener,
        workers: &AtomicUsize,
    ) -> Poll<Option<Result<Message>>> {
        if let Some(done) = self.go_on(workers) {
            return Poll::Ready(Some(done));
        }
        // The task's budget is spent once a turn, not once a message.
        let Poll::Ready(progress) = tokio::task::coop::poll_proceed(cx) else {
            self.wake_for_the_rest();
            return Poll::Pending;
        };
        self.ready.listen(listener, cx.waker());
        // Each is looked at once: one that has spent the task's budget is in line again at once, and would be for ever.
        for _ in 0..self.ready.len() {
            let Some(index) = self.ready.next() else { break };
            let Some(member) = self.all.get_mut(index).and_then(Option::as_mut) else { continue };
            self.called = Some(index);
            let polled = self.table.serve(|| member.poll());
            self.called = None;
            let Poll::Ready(done) = polled else { continue };
            self.turn = Some((index, TURN));
            if let Some(done) = self.settle(done, workers) {
                progress.made_progress();
                return Poll::Ready(Some(done));
            }
        }
        self.wake_for_the_rest();
        if self.all.iter().all(Option::is_none) {
            return Poll::Ready(None);
        }
        self.table.waits();
        Poll::Pending
    }

    /// Who has something and was not looked at is worth another look, by this task or by whoever else waits.
    fn wake_for_the_rest(&self) {
        if self.ready.len() > 0 {
            self.ready.wake();
        }
    }

    /// What else the member has whose turn it is; at the end of the turn it goes to the end of the line.
    fn go_on(&mut self, workers: &AtomicUsize) -> Option<Result<Message>> {
        let (index, left) = self.turn?;
        let member = self.all.get_mut(index).and_then(Option::as_mut)?;
        if left > 0
            && let State::Idle(consumer) = &mut member.state
        {
            self.called = Some(index);
            let polled = Table::look(|| consumer.try_consume());
            self.called = None;
            match polled {
                Ok(Some(message)) => {
                    self.turn = Some((index, left - 1));
                    return Some(Ok(message));
                }
                Ok(None) => {}
                Err(error) => return self.failed(error, workers).map(Err),
            }
        }
        self.end_turn();
        None
    }

    #[cold]
    fn end_turn(&mut self) {
        if let Some((index, _)) = self.turn.take()
            && let Some(member) = self.all.get(index).and_then(Option::as_ref)
        {
            member.flag.raise();
        }
    }

    /// What the member whose turn it is brought, unless it leaves without a word.
    fn settle(&mut self, done: Result<Message>, workers: &AtomicUsize) -> Option<Result<Message>> {
        match done {
            Ok(message) => {
                if let Some((_, left)) = &mut self.turn {
                    *left -= 1;
                }
                Some(Ok(message))
            }
            Err(error) => self.failed(error, workers).map(Err),
        }
    }

    #[cold]
    fn failed(&mut self, error: Error, workers: &AtomicUsize) -> Option<Error> {
        let silent = error.kind() == ErrorKind::NoData;
        if (silent || error.is_terminal())
            && let Some((index, _)) = self.turn
        {
            drop(self.left(index, workers));
        }
        self.end_turn();
        (!silent).then_some(error)
    }

    /// A member has left for good.
    #[cold]
    fn left(&mut self, index: usize, workers: &AtomicUsize) -> Option<Member> {
        if self.turn.is_some_and(|(turn, _)| turn == index) {
            self.turn = None;
        }
        let member = self.all.get_mut(index)?.take()?;
        // It may have been closed, and count none already.
        let _ = workers.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1));
        Some(member)
    }
}

impl Member {
    /// Polls the consumer: first for what has arrived, which costs no allocation, then by a future that stays
    /// until it is ready.
    fn poll(&mut self) -> Poll<Result<Message>> {
        self.flag.lower();
        if let State::Idle(consumer) = &mut self.state
            && let Some(done) = consumer.try_consume().transpose()
        {
            return Poll::Ready(done);
        }
        let mut waiting: Waiting = match std::mem::replace(&mut self.state, State::Left) {
            State::Waiting(waiting) => waiting,
            State::Idle(mut consumer) => Box::pin(async move {
                let message = consumer.consume().await;
                (consumer, message)
            }),
            // It panicked before, and has left.
            State::Left => return Poll::Pending,
        };
        match waiting.as_mut().poll(&mut Context::from_waker(&self.waker)) {
            Poll::Ready((consumer, done)) => {
                self.state = State::Idle(consumer);
                Poll::Ready(done)
            }
            Poll::Pending => {
                self.state = State::Waiting(waiting);
                Poll::Pending
            }
        }
    }
}

/// Who waits for a message, until it is dropped.
struct Caller<'a> {
    mx: &'a Mx,
    listener: Listener,
}

impl<'a> Caller<'a> {
    fn of(mx: &'a Mx) -> Self {
        Self { mx, listener: Listener::default() }
    }
}

impl Future for Caller<'_> {
    type Output = Result<Message>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Message>> {
        let Self { mx, listener } = &mut *self;
        mx.poll(cx, listener)
    }
}

impl Drop for Caller<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.listener.has_listened() {
            self.mx.ready.forget(&mut self.listener);
        }
    }
}

struct Messages<'a>(Caller<'a>);

impl Stream for Messages<'_> {
    type Item = Result<Message>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match ready!(Pin::new(&mut self.0).poll(cx)) {
            Err(error) if error.kind() == ErrorKind::MxClosed => Poll::Ready(None),
            done => Poll::Ready(Some(done)),
        }
    }
}

impl fmt::Debug for Mx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mx").field("workers", &self.workers()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::atomic::AtomicBool;

    use super::*;
    use async_trait::async_trait;
    use tokio::sync::mpsc;

    /// Hands out what is sent to it; ends with `NoData`.
    struct Queue(mpsc::UnboundedReceiver<Result<Message>>);

    #[async_trait]
    impl Consumer for Queue {
        async fn consume(&mut self) -> Result<Message> {
            self.0.recv().await.unwrap_or_else(|| Err(Error::new(ErrorKind::NoData, "ended")))
        }

        fn try_consume(&mut self) -> Result<Option<Message>> {
            self.0.try_recv().ok().transpose()
        }
    }

    fn queue() -> (mpsc::UnboundedSender<Result<Message>>, Queue) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (sender, Queue(receiver))
    }

    fn numbered(n: i64) -> Message {
        let mut message = Message::value("x");
        message.offset = n;
        message
    }

    #[tokio::test]
    async fn a_merge_of_nothing_is_closed_at_once() {
        let mx = merge::<Queue>([]);
        assert_eq!(mx.consume().await.unwrap_err().kind(), ErrorKind::MxClosed);
    }

    #[tokio::test]
    async fn no_consumer_is_starved_and_each_keeps_its_order() {
        const EACH: i64 = 1_000;
        let (a, from_a) = queue();
        let (b, from_b) = queue();
        for n in 0..EACH {
            a.send(Ok(numbered(n))).unwrap();
            b.send(Ok(numbered(EACH + n))).unwrap();
        }
        let mx = merge([from_a, from_b]);
        let (mut next, mut run) = ([0, EACH], [0, 0]);
        for _ in 0..2 * EACH {
            let offset = mx.consume().await.unwrap().offset;
            let whose = usize::from(offset >= EACH);
            assert_eq!(offset, next[whose]);
            next[whose] += 1;
            run[whose] += 1;
            run[1 - whose] = 0;
            assert!(run[whose] <= TURN || next[1 - whose] % EACH == 0, "the other one waits");
        }
    }

    /// Says when it is dropped.
    struct Guarded(Queue, Arc<AtomicBool>);

    #[async_trait]
    impl Consumer for Guarded {
        async fn consume(&mut self) -> Result<Message> {
            self.0.consume().await
        }

        fn try_consume(&mut self) -> Result<Option<Message>> {
            self.0.try_consume()
        }
    }

    impl Drop for Guarded {
        fn drop(&mut self) {
            self.1.store(true, Ordering::SeqCst);
        }
    }

    #[tokio::test]
    async fn close_drops_the_consumers_though_a_consume_was_polled_and_is_dropped_later() {
        let (_a, from_a) = queue();
        let dropped = Arc::new(AtomicBool::new(false));
        let mx = merge([Guarded(from_a, dropped.clone())]);
        let mut waiting = Box::pin(mx.consume());
        assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        mx.close();
        assert!(dropped.load(Ordering::SeqCst), "closing does not leave it to a call that may never come");
        drop(waiting);
    }

    #[tokio::test]
    async fn a_consumer_that_closes_its_multiplexer_does_not_hang() {
        struct Closing(Arc<std::sync::OnceLock<Arc<Mx>>>);
        #[async_trait]
        impl Consumer for Closing {
            async fn consume(&mut self) -> Result<Message> {
                std::future::pending().await
            }
            fn try_consume(&mut self) -> Result<Option<Message>> {
                self.0.get().unwrap().close();
                Ok(None)
            }
        }
        let place = Arc::new(std::sync::OnceLock::new());
        let mx = Arc::new(merge([Closing(place.clone())]));
        place.set(mx.clone()).unwrap();
        assert_eq!(mx.consume().await.unwrap_err().kind(), ErrorKind::MxClosed);
        assert_eq!(mx.workers(), 0);
    }

    #[tokio::test]
    async fn a_consumer_that_closes_its_multiplexer_during_its_turn_does_not_hang() {
        /// Hands out one message, then closes its multiplexer and has nothing, or leaves.
        struct Closing {
            place: Arc<std::sync::OnceLock<Arc<Mx>>>,
            leaves: bool,
            handed_out: bool,
        }
        #[async_trait]
        impl Consumer for Closing {
            async fn consume(&mut self) -> Result<Message> {
                std::future::pending().await
            }
            fn try_consume(&mut self) -> Result<Option<Message>> {
                if !std::mem::replace(&mut self.handed_out, true) {
                    return Ok(Some(numbered(0)));
                }
                self.place.get().unwrap().close();
                if self.leaves { Err(Error::new(ErrorKind::NoData, "ended")) } else { Ok(None) }
            }
        }
        for leaves in [false, true] {
            let place = Arc::new(std::sync::OnceLock::new());
            let (_idle, from_idle) = queue();
            let members: [Box<dyn Consumer>; 2] =
                [Box::new(Closing { place: place.clone(), leaves, handed_out: false }), Box::new(from_idle)];
            let mx = Arc::new(merge(members));
            place.set(mx.clone()).unwrap();
            assert!(mx.consume().await.is_ok());
            let Poll::Ready(closed) =
                std::pin::pin!(mx.consume()).poll(&mut Context::from_waker(Waker::noop()))
            else {
                panic!("it waits, and nobody will wake it");
            };
            assert_eq!(closed.unwrap_err().kind(), ErrorKind::MxClosed);
            assert_eq!(mx.workers(), 0);
        }
    }

    /// A task outside of the runtime's workers is woken at once when its budget is spent, in the middle of its poll.
    #[test]
    fn a_member_that_finds_the_budget_spent_is_left_for_the_next_poll() {
        const MORE_THAN_ANY_BUDGET: i64 = 300;
        let (finished, all_did) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
            for spent in 0..MORE_THAN_ANY_BUDGET {
                let (sender, receiver) = queue();
                let mx = merge([receiver]);
                let message = runtime.block_on(async {
                    let mut waiting = std::pin::pin!(mx.consume());
                    poll_fn(|cx| {
                        for _ in 0..spent {
                            if let Poll::Ready(progress) = tokio::task::coop::poll_proceed(cx) {
                                progress.made_progress();
                            }
                        }
                        assert!(waiting.as_mut().poll(cx).is_pending());
                        Poll::Ready(())
                    })
                    .await;
                    sender.send(Ok(numbered(spent))).unwrap();
                    waiting.await
                });
                assert_eq!(message.unwrap().offset, spent);
            }
            finished.send(()).unwrap();
        });
        all_did.recv_timeout(std::time::Duration::from_secs(60)).unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn many_tasks_on_several_threads_get_every_message_once() {
        const EACH: i64 = 5_000;
        let (a, from_a) = queue();
        let (b, from_b) = queue();
        let mx = Arc::new(merge([from_a, from_b]));
        let readers: Vec<_> = (0..4)
            .map(|_| {
                let mx = mx.clone();
                tokio::spawn(async move {
                    let mut seen = Vec::new();
                    while let Ok(message) = mx.consume().await {
                        seen.push(message.offset);
                    }
                    seen
                })
            })
            .collect();
        for n in 0..EACH {
            a.send(Ok(numbered(n))).unwrap();
            b.send(Ok(numbered(EACH + n))).unwrap();
            if n % 64 == 0 {
                tokio::task::yield_now().await;
            }
        }
        drop((a, b));
        let mut all = Vec::new();
        for reader in readers {
            all.extend(reader.await.unwrap());
        }
        all.sort_unstable();
        assert_eq!(all, (0..2 * EACH).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn no_data_leaves_silently_and_the_last_one_closes() {
        let (a, from_a) = queue();
        let (b, from_b) = queue();
        let mx = merge([from_a, from_b]);
        drop(a);
        b.send(Ok(numbered(7))).unwrap();
        assert_eq!(mx.consume().await.unwrap().offset, 7);
        drop(b);
        assert_eq!(mx.consume().await.unwrap_err().kind(), ErrorKind::MxClosed);
        assert_eq!(mx.workers(), 0);
    }

    #[tokio::test]
    async fn a_terminal_error_is_passed_on_once_and_ends_its_consumer() {
        let (a, from_a) = queue();
        let (_b, from_b) = queue();
        let mx = merge([from_a, from_b]);
        a.send(Err(Error::new(ErrorKind::TimedOut, "passing"))).unwrap();
        a.send(Err(Error::new(ErrorKind::Authorization, "denied"))).unwrap();
        a.send(Ok(numbered(1))).unwrap();
        assert_eq!(mx.consume().await.unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(mx.workers(), 2);
        assert_eq!(mx.consume().await.unwrap_err().kind(), ErrorKind::Authorization);
        assert_eq!(mx.workers(), 1);
    }

    #[tokio::test]
    async fn a_dropped_consume_loses_nothing() {
        let (a, from_a) = queue();
        let mx = merge([from_a]);
        {
            let mut waiting = std::pin::pin!(mx.consume());
            assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        a.send(Ok(numbered(3))).unwrap();
        assert_eq!(mx.consume().await.unwrap().offset, 3);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn close_ends_those_who_are_about_to_wait() {
        for round in 0..4_000 {
            let (_a, from_a) = queue();
            let mx = Arc::new(merge([from_a]));
            let waiting: Vec<_> = (0..3)
                .map(|_| {
                    let mx = mx.clone();
                    tokio::spawn(async move { mx.consume().await })
                })
                .collect();
            for _ in 0..round % 200 {
                std::hint::spin_loop();
            }
            mx.close();
            for one in waiting {
                let ended = tokio::time::timeout(std::time::Duration::from_secs(10), one).await;
                let ended = ended.expect("nobody wakes it").unwrap();
                assert_eq!(ended.unwrap_err().kind(), ErrorKind::MxClosed);
            }
        }
    }

    #[tokio::test]
    async fn a_dropped_consume_is_forgotten() {
        struct Task;
        impl std::task::Wake for Task {
            fn wake(self: Arc<Self>) {}
        }
        let (_a, from_a) = queue();
        let mx = merge([from_a]);
        let task = Arc::new(Task);
        for _ in 0..3 {
            let waker = Waker::from(task.clone());
            assert!(std::pin::pin!(mx.consume()).poll(&mut Context::from_waker(&waker)).is_pending());
        }
        assert_eq!(Arc::strong_count(&task), 1);
    }

    #[tokio::test]
    async fn close_ends_those_who_wait() {
        let (_a, from_a) = queue();
        let mx = Arc::new(merge([from_a]));
        let waiting = tokio::spawn({
            let mx = mx.clone();
            async move { mx.consume().await }
        });
        tokio::task::yield_now().await;
        mx.close();
        mx.close();
        assert_eq!(waiting.await.unwrap().unwrap_err().kind(), ErrorKind::MxClosed);
        assert_eq!(mx.consume().await.unwrap_err().kind(), ErrorKind::MxClosed);
    }

    /// A consumer that panics when it meets a message at offset 13, or when it waits.
    struct Panicking(Queue, bool);

    #[async_trait]
    impl Consumer for Panicking {
        async fn consume(&mut self) -> Result<Message> {
            let message = self.0.consume().await?;
            assert!(!self.1, "by intention");
            Ok(message)
        }

        fn try_consume(&mut self) -> Result<Option<Message>> {
            let message = self.0.try_consume()?;
            assert_ne!(message.as_ref().map(|message| message.offset), Some(13), "by intention");
            Ok(message)
        }
    }

    #[tokio::test]
    async fn a_consumer_that_panics_has_left_and_the_others_go_on_for_all_who_wait() {
        for while_it_waits in [false, true] {
            let (bad, from_bad) = queue();
            let (good, from_good) = queue();
            let members: [Box<dyn Consumer>; 2] =
                [Box::new(Panicking(from_bad, while_it_waits)), Box::new(from_good)];
            let mx = Arc::new(merge(members));
            if !while_it_waits {
                // The second of them comes within its turn.
                bad.send(Ok(numbered(12))).unwrap();
                bad.send(Ok(numbered(13))).unwrap();
                assert_eq!(mx.consume().await.unwrap().offset, 12);
            }
            let of = mx.clone();
            let first = tokio::spawn(async move { of.consume().await.map(drop) });
            tokio::task::yield_now().await;
            let of = mx.clone();
            let second = tokio::spawn(async move { of.consume().await });
            tokio::task::yield_now().await;
            if while_it_waits {
                bad.send(Ok(numbered(14))).unwrap();
            }
            assert!(first.await.unwrap_err().is_panic());
            assert_eq!(mx.workers(), 1);
            good.send(Ok(numbered(1))).unwrap();
            assert_eq!(second.await.unwrap().unwrap().offset, 1);
            drop(good);
            assert_eq!(mx.consume().await.unwrap_err().kind(), ErrorKind::MxClosed);
            assert_eq!(mx.workers(), 0);
        }
    }

    #[tokio::test]
    async fn two_tasks_share_the_messages() {
        let (a, from_a) = queue();
        let mx = Arc::new(merge([from_a]));
        let both: Vec<_> = (0..2)
            .map(|_| {
                let mx = mx.clone();
                tokio::spawn(async move { mx.consume().await.unwrap().offset })
            })
            .collect();
        tokio::task::yield_now().await;
        a.send(Ok(numbered(1))).unwrap();
        a.send(Ok(numbered(2))).unwrap();
        let mut seen = Vec::new();
        for one in both {
            seen.push(one.await.unwrap());
        }
        seen.sort_unstable();
        assert_eq!(seen, [1, 2]);
    }
}

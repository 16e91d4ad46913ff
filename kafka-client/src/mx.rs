//! The merge multiplexer: one stream of messages out of many consumers, of any brokers.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use parking_lot::Mutex;

use crate::api::{Consumer, Error, ErrorKind, Message, Result};
use crate::watch;

/// Merges consumers into one: see [`Mx`]. Consumers of different kinds go in as `Box<dyn Consumer>`.
pub fn merge<C: Consumer + 'static>(consumers: impl IntoIterator<Item = C>) -> Mx {
    let ready = Arc::new(Ready::default());
    let members: Vec<_> = consumers
        .into_iter()
        .enumerate()
        .map(|(index, consumer)| {
            ready.queue.lock().push_back(index);
            let flag = Arc::new(Flag { index, queued: AtomicBool::new(true), ready: ready.clone() });
            Some(Member { state: State::Idle(Box::new(consumer)), flag })
        })
        .collect();
    let workers = members.len();
    Mx {
        closed: watch::Sender::new(workers == 0),
        workers: AtomicUsize::new(workers),
        members: tokio::sync::Mutex::new(Members { members, ready }),
    }
}

/// One stream of messages out of many consumers: each in the order of its partition, none in any order with the
/// others, and none starved by the others.
///
/// It has no task of its own: it reads while somebody calls [`Mx::consume`]. Several tasks may; each message goes
/// to one of them.
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
    members: tokio::sync::Mutex<Members>,
    closed: watch::Sender<bool>,
    workers: AtomicUsize,
}

struct Members {
    /// By index; `None` has left.
    members: Vec<Option<Member>>,
    ready: Arc<Ready>,
}

struct Member {
    state: State,
    flag: Arc<Flag>,
}

/// A call that owns its consumer until it is done.
type Waiting = Pin<Box<dyn Future<Output = (Box<dyn Consumer>, Result<Message>)> + Send>>;

enum State {
    Idle(Box<dyn Consumer>),
    Waiting(Waiting),
}

/// The members worth polling, in turn, and who wants to know of them.
#[derive(Default)]
struct Ready {
    queue: Mutex<VecDeque<usize>>,
    waker: Mutex<Option<Waker>>,
}

/// One member's waker: it puts the member in line, so that the others are left alone.
struct Flag {
    index: usize,
    queued: AtomicBool,
    ready: Arc<Ready>,
}

impl Flag {
    fn line_up(&self) {
        if !self.queued.swap(true, Ordering::AcqRel) {
            self.ready.queue.lock().push_back(self.index);
        }
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.line_up();
        if let Some(waker) = self.ready.waker.lock().take() {
            waker.wake();
        }
    }
}

impl Mx {
    /// The next message of any consumer. Dropping the future loses none: what has arrived meanwhile comes with the
    /// next call.
    pub async fn consume(&self) -> Result<Message> {
        let mut closed = self.closed.subscribe();
        let consuming = async {
            let mut members = self.members.lock().await;
            poll_fn(|cx| members.poll(cx, &self.workers)).await
        };
        let done = tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => None,
            done = consuming => done,
        };
        done.unwrap_or_else(|| {
            self.close();
            Err(Error::new(ErrorKind::MxClosed, "the multiplexer was closed, or its last consumer has left"))
        })
    }

    /// Ends the multiplexer and drops its consumers, with what they had read ahead. Idempotent; does not wait.
    pub fn close(&self) {
        self.closed.send_replace(true);
        self.workers.store(0, Ordering::Release);
        // Whoever holds the members is waiting for messages, sees the end, and comes here too.
        if let Ok(mut members) = self.members.try_lock() {
            members.members.clear();
        }
    }

    /// How many consumers are left.
    pub fn workers(&self) -> usize {
        self.workers.load(Ordering::Acquire)
    }
}

impl Members {
    /// The next message or error; `None` when no member is left.
    fn poll(&mut self, cx: &mut Context<'_>, workers: &AtomicUsize) -> Poll<Option<Result<Message>>> {
        loop {
            *self.ready.waker.lock() = Some(cx.waker().clone());
            let Some(index) = self.ready.queue.lock().pop_front() else {
                let left = self.members.iter().any(Option::is_some);
                return if left { Poll::Pending } else { Poll::Ready(None) };
            };
            let Some(taken) = self.members.get_mut(index).and_then(Option::take) else { continue };
            taken.flag.queued.store(false, Ordering::Release);
            let (member, polled) = taken.poll();
            let leaves = matches!(&polled, Poll::Ready(Err(error)) if leaves(error));
            if leaves {
                workers.fetch_sub(1, Ordering::AcqRel);
            } else {
                self.members[index] = Some(member);
            }
            match polled {
                Poll::Ready(Err(error)) if error.kind() == ErrorKind::NoData => {}
                Poll::Ready(done) => return Poll::Ready(Some(done)),
                Poll::Pending => {}
            }
        }
    }
}

fn leaves(error: &Error) -> bool {
    error.kind() == ErrorKind::NoData || error.is_terminal()
}

impl Member {
    /// Polls the consumer: first for what has arrived, which costs no allocation, then by a future that stays
    /// until it is ready. A member that had something goes to the end of the line, for it may have more.
    fn poll(mut self) -> (Self, Poll<Result<Message>>) {
        let mut waiting = match self.state {
            State::Waiting(waiting) => waiting,
            State::Idle(mut consumer) => match consumer.try_consume() {
                Ok(None) => Box::pin(async move {
                    let message = consumer.consume().await;
                    (consumer, message)
                }),
                Ok(Some(message)) => return Self::had(consumer, self.flag, Ok(message)),
                Err(error) => return Self::had(consumer, self.flag, Err(error)),
            },
        };
        let waker = Waker::from(self.flag.clone());
        match waiting.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready((consumer, message)) => Self::had(consumer, self.flag, message),
            Poll::Pending => {
                self.state = State::Waiting(waiting);
                (self, Poll::Pending)
            }
        }
    }

    fn had(
        consumer: Box<dyn Consumer>,
        flag: Arc<Flag>,
        done: Result<Message>,
    ) -> (Self, Poll<Result<Message>>) {
        flag.line_up();
        (Self { state: State::Idle(consumer), flag }, Poll::Ready(done))
    }
}

impl fmt::Debug for Mx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mx").field("workers", &self.workers()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
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
        let (a, from_a) = queue();
        let (b, from_b) = queue();
        for n in 0..5 {
            a.send(Ok(numbered(n))).unwrap();
            b.send(Ok(numbered(100 + n))).unwrap();
        }
        let mx = merge([from_a, from_b]);
        let mut seen = Vec::new();
        for _ in 0..10 {
            seen.push(mx.consume().await.unwrap().offset);
        }
        assert_eq!(seen, [0, 100, 1, 101, 2, 102, 3, 103, 4, 104]);
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

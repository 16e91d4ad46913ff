use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::sync::Mutex;
use std::task::Waker;

use kafka_proto::messages::MetadataRequest;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::*;

/// The other side, played by the test: what it takes, what it has sent, and how the connection ends.
#[derive(Debug, Default)]
struct Other {
    /// How many more bytes it takes.
    room: usize,
    refuses: bool,
    read: Vec<u8>,
    sent: VecDeque<u8>,
    /// Nothing comes after what was sent.
    closed: bool,
    wakers: Vec<Waker>,
}

#[derive(Clone, Debug, Default)]
struct Script(Arc<Mutex<Other>>);

impl Script {
    fn with<R>(&self, work: impl FnOnce(&mut Other) -> R) -> R {
        let (result, wakers) = {
            let mut other = self.0.lock().unwrap();
            (work(&mut other), std::mem::take(&mut other.wakers))
        };
        wakers.into_iter().for_each(Waker::wake);
        result
    }

    /// An answer: its correlation id, and how long the node asks to be left alone.
    fn answer(&self, id: i32, throttle_ms: i32) {
        self.with(|other| {
            for number in [8, id, throttle_ms] {
                other.sent.extend(number.to_be_bytes());
            }
        });
    }
}

impl AsyncRead for Script {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut other = self.0.lock().unwrap();
        if other.sent.is_empty() && !other.closed {
            other.wakers.push(cx.waker().clone());
            return Poll::Pending;
        }
        while buf.remaining() > 0
            && let Some(byte) = other.sent.pop_front()
        {
            buf.put_slice(&[byte]);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Script {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut other = self.0.lock().unwrap();
        if other.refuses {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if other.room == 0 {
            other.wakers.push(cx.waker().clone());
            return Poll::Pending;
        }
        let taken = bytes.len().min(other.room);
        other.room -= taken;
        other.read.extend(&bytes[..taken]);
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn wire() -> (Script, Wire<u32>) {
    let script = Script::default();
    let link = Link { node: Some(1), address: Address::new("here", 9092) };
    let wire = Wire::over(Box::new(script.clone()), &BrokerConf::new("test"), link);
    (script, wire)
}

/// The first version whose answers say for how long the client is to wait.
const VERSION: i16 = 6;

/// Queues a request; returns its size.
fn ask(wire: &mut Wire<u32>, tag: u32) -> usize {
    let before = wire.outgoing.queued();
    wire.send(&MetadataRequest::default(), VERSION, Duration::from_secs(30), tag).unwrap();
    wire.outgoing.queued() - before
}

async fn pending<T>(future: impl Future<Output = T>) -> bool {
    let mut future = pin!(future);
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_pending())).await
}

#[tokio::test(start_paused = true)]
async fn answers_that_came_before_writing_failed_are_told_before_the_loss() {
    let (script, mut wire) = wire();
    script.with(|other| other.room = usize::MAX);
    ask(&mut wire, 10);
    ask(&mut wire, 11);
    ask(&mut wire, 12);
    assert!(pending(wire.answer()).await);
    script.with(|other| other.refuses = true);
    script.answer(0, 0);
    script.answer(1, 0);
    script.with(|other| other.closed = true);
    ask(&mut wire, 13);
    assert_eq!(wire.answer().await.unwrap().tag, 10);
    assert_eq!(wire.answer().await.unwrap().tag, 11);
    let error = wire.answer().await.unwrap_err();
    assert!(error.to_string().contains("writing failed"), "{error}");
    assert_eq!(wire.abandon(), [(12, true), (13, false)]);
}

#[tokio::test(start_paused = true)]
async fn answers_that_arrive_after_writing_failed_are_waited_for_but_not_long() {
    let (script, mut wire) = wire();
    script.with(|other| other.room = usize::MAX);
    ask(&mut wire, 10);
    ask(&mut wire, 11);
    assert!(pending(wire.answer()).await);
    script.with(|other| other.refuses = true);
    ask(&mut wire, 12);
    let began = Instant::now();
    assert!(pending(wire.answer()).await, "its answer may be on its way");
    script.answer(0, 0);
    assert_eq!(wire.answer().await.unwrap().tag, 10);
    assert!(wire.answer().await.unwrap_err().to_string().contains("writing failed"));
    assert!(began.elapsed() >= READ_ON && began.elapsed() < 2 * READ_ON, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn with_nothing_to_be_answered_a_loss_is_told_at_once() {
    let (script, mut wire) = wire();
    script.with(|other| other.refuses = true);
    ask(&mut wire, 10);
    let began = Instant::now();
    assert!(wire.answer().await.unwrap_err().to_string().contains("writing failed"));
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(wire.abandon(), [(10, false)]);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_partly_written_goes_on_when_the_node_asks_to_be_left_alone() {
    let (script, mut wire) = wire();
    let first = ask(&mut wire, 10);
    let second = ask(&mut wire, 11);
    let third = ask(&mut wire, 12);
    script.with(|other| other.room = first + 3);
    assert!(pending(wire.answer()).await);
    script.answer(0, 10_000);
    let began = Instant::now();
    assert_eq!(wire.answer().await.unwrap().tag, 10);
    script.with(|other| other.room = usize::MAX);
    assert!(pending(wire.answer()).await);
    assert_eq!(script.with(|other| other.read.len()), first + second, "all of the second, none of the third");
    script.answer(1, 0);
    assert_eq!(wire.answer().await.unwrap().tag, 11);
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(script.with(|other| other.read.len()), first + second);
    assert!(tokio::time::timeout(Duration::from_millis(10_100), wire.answer()).await.is_err());
    assert_eq!(script.with(|other| other.read.len()), first + second + third, "after its time");
    script.answer(2, 0);
    assert_eq!(wire.answer().await.unwrap().tag, 12);
}

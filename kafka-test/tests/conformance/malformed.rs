//! Frames that are no requests.

use kafka_proto::messages::*;
use kafka_proto::wire::Writer;

use crate::compare::compare;
use crate::talk::Talk;

#[tokio::test]
async fn both_hang_up_on_the_same_frames() {
    compare(25, conversation).await;
}

/// A frame of these parts, with the length that it has.
fn frame(parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    [&(body.len() as i32).to_be_bytes()[..], &body].concat()
}

fn header(api: i16, version: i16, correlation_id: i32) -> Vec<u8> {
    let client: &[u8] = &[0, 1, b'x'];
    [&api.to_be_bytes()[..], &version.to_be_bytes(), &correlation_id.to_be_bytes(), client].concat()
}

async fn conversation(talk: &mut Talk) {
    let metadata = |version, correlation_id| header(ApiKey::Metadata.key(), version, correlation_id);
    let id = |talk: &Talk| talk.next_correlation_id();
    let head = metadata(1, id(talk));
    let mut ask = async |what: &str, bytes: Vec<u8>| {
        talk.ask_bytes::<MetadataRequest>(what, 1, &bytes).await;
        talk.next_correlation_id()
    };
    _ = ask("nothing at all", vec![0, 0, 0, 0]).await;
    _ = ask("a negative length", vec![0xff, 0xff, 0xff, 0xff]).await;
    _ = ask("a length of 2 GB", vec![0x7f, 0xff, 0xff, 0xff]).await;
    _ = ask("half a header", frame(&[&head[..5]])).await;
    _ = ask("a header and no body", frame(&[&head])).await;
    _ = ask("half an array", frame(&[&head, &[0, 0, 0, 2, 0, 1, b'x']])).await;
    _ = ask("an array of 2^31 topics", frame(&[&head, &[0x7f, 0xff, 0xff, 0xff]])).await;
    _ = ask("a negative array", frame(&[&head, &[0xff, 0xff, 0xff, 0xfe]])).await;
    _ = ask("a null name", frame(&[&head, &[0, 0, 0, 1, 0xff, 0xff]])).await;
    _ = ask("a negative name", frame(&[&head, &[0, 0, 0, 1, 0xff, 0xf0]])).await;
    _ = ask("a name longer than the frame", frame(&[&head, &[0, 0, 0, 1, 0, 9, b'x']])).await;
    for version in [14, 99, i16::MAX, -1] {
        let what = format!("version {version} of Metadata");
        _ = ask(&what, frame(&[&metadata(version, 0), &[0, 0, 0, 0]])).await;
    }
    for api in [-1, 4, 7, 999, i16::MAX] {
        _ = ask(&format!("API {api}"), frame(&[&header(api, 0, 0), &[0, 0, 0, 0]])).await;
    }
    for version in 0..3 {
        let body: &[u8] = &[0, 1, 0, 0, 0, 9, 0, 0, 0, 0];
        let what = format!("version {version} of Produce");
        _ = ask(&what, frame(&[&header(ApiKey::Produce.key(), version, 0), body])).await;
    }
    for version in 0..4 {
        let what = format!("version {version} of Fetch");
        _ = ask(&what, frame(&[&header(ApiKey::Fetch.key(), version, 0), &[0; 16]])).await;
    }
    let head = metadata(1, ask("a frame cut short", frame(&[&head[..9]])).await);
    let next = ask("bytes after the request", frame(&[&head, &[0, 0, 0, 0], &[1, 2, 3]])).await;
    let head = metadata(1, next);
    let next = ask("no client id", frame(&[&head[..8], &[0xff, 0xff], &[0, 0, 0, 0]])).await;
    let head = metadata(1, next);
    let next = ask("a negative client id", frame(&[&head[..8], &[0xff, 0xf0], &[0, 0, 0, 0]])).await;
    let head = metadata(1, next);
    let next = ask("a client id that is no text", frame(&[&head[..8], &[0, 1, 0xff], &[0, 0, 0, 0]])).await;
    let head = metadata(1, next);
    _ = ask("a name that is no text", frame(&[&head, &[0, 0, 0, 1, 0, 1, 0xff]])).await;
    _ = Writer::new();
}

//! Frames that are no requests.

use kafka_proto::messages::*;

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

fn header(api: i16, version: i16) -> Vec<u8> {
    let client: &[u8] = &[0, 1, b'x'];
    [&api.to_be_bytes()[..], &version.to_be_bytes(), &[0, 0, 0, 1], client].concat()
}

async fn conversation(talk: &mut Talk) {
    let metadata = header(ApiKey::Metadata.key(), 1);
    let mut asked = vec![
        ("nothing at all".to_owned(), vec![0, 0, 0, 0]),
        ("a negative length".to_owned(), vec![0xff, 0xff, 0xff, 0xff]),
        ("a length of 2 GB".to_owned(), vec![0x7f, 0xff, 0xff, 0xff]),
        ("half a header".to_owned(), frame(&[&metadata[..5]])),
    ];
    let bodies: [(&str, &[u8]); 10] = [
        ("no body", &[]),
        ("half an array", &[0, 0, 0, 2, 0, 1, b'x']),
        ("an array of 2^31 topics", &[0x7f, 0xff, 0xff, 0xff]),
        ("a null name", &[0, 0, 0, 1, 0xff, 0xff]),
        ("a negative name", &[0, 0, 0, 1, 0xff, 0xf0]),
        ("a name longer than the frame", &[0, 0, 0, 1, 0, 9, b'x']),
        ("a name that is no text", &[0, 0, 0, 1, 0, 1, 0xff]),
        ("no topics", &[0, 0, 0, 0]),
        ("bytes after the request", &[0, 0, 0, 0, 1, 2, 3]),
        ("an array of -2 topics", &[0xff, 0xff, 0xff, 0xfe]),
    ];
    asked.extend(bodies.map(|(what, body)| (what.to_owned(), frame(&[&metadata, body]))));
    let clients: [(&str, &[u8]); 4] = [
        ("no client id", &[0xff, 0xff]),
        ("a negative client id", &[0xff, 0xf0]),
        ("a client id longer than the frame", &[0, 99]),
        ("a client id that is no text", &[0, 1, 0xff]),
    ];
    asked.extend(
        clients.map(|(what, client)| (what.to_owned(), frame(&[&metadata[..8], client, &[0, 0, 0, 0]]))),
    );
    for version in [14, 99, i16::MAX, -1] {
        let head = header(ApiKey::Metadata.key(), version);
        asked.push((format!("version {version} of Metadata"), frame(&[&head, &[0, 0, 0, 0]])));
    }
    for api in [-1, 4, 7, 999, i16::MAX] {
        asked.push((format!("API {api}"), frame(&[&header(api, 0), &[0, 0, 0, 0]])));
    }
    for version in 0..3 {
        let body: &[u8] = &[0, 1, 0, 0, 0, 9, 0, 0, 0, 0];
        let head = header(ApiKey::Produce.key(), version);
        asked.push((format!("version {version} of Produce"), frame(&[&head, body])));
    }
    for version in 0..4 {
        let head = header(ApiKey::Fetch.key(), version);
        asked.push((format!("version {version} of Fetch"), frame(&[&head, &[0; 16]])));
    }
    for (what, bytes) in asked {
        talk.survives::<MetadataRequest>(&what, &bytes).await;
    }
}

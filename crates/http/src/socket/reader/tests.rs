use actix_codec::Decoder as _;
use actix_http::error::PayloadError;
use actix_http::ws::{Codec, Frame as Decoded, Item};
use futures_util::stream;
use proptest::prelude::*;

use super::*;

/// Returns a reader of `bytes`, which arrive in pieces. Their lengths repeat those of `pieces`.
fn reader(bytes: &[u8], pieces: &[usize]) -> MessageReader {
    let (mut rest, mut chunks) = (Bytes::copy_from_slice(bytes), Vec::new());
    for piece in pieces.iter().copied().cycle() {
        if rest.is_empty() {
            break;
        }
        chunks.push(Ok::<_, PayloadError>(rest.split_to(piece.clamp(1, rest.len()))));
    }
    MessageReader::new(Payload::Stream { payload: Box::pin(stream::iter(chunks)) })
}

/// Returns all messages, and the reason of the end.
fn read(bytes: &[u8], pieces: &[usize]) -> (Vec<Message>, CloseReason) {
    let mut reader = reader(bytes, pieces);
    let mut messages = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let end = runtime.block_on(async {
        loop {
            match reader.next().await {
                Ok(message) => messages.push(message),
                Err(end) => return end,
            }
        }
    });
    (messages, end)
}

/// Returns a frame as a client sends it; `first` is the first byte of its header.
fn frame(first: u8, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | u8::try_from(length).unwrap()),
        length => {
            frame.push(0xfe);
            frame.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// Returns the messages that the library reads from the same bytes, and its refusal; `None` if it waits for
/// more bytes.
fn read_by_library(bytes: &[u8]) -> (Vec<Message>, Option<CloseReason>) {
    let (mut codec, mut bytes) = (Codec::new(), BytesMut::from(bytes));
    let (mut messages, mut whole, mut is_text) = (Vec::new(), Vec::new(), true);
    loop {
        let (part, is_last) = match codec.decode(&mut bytes) {
            Err(_) => return (messages, Some(CloseReason::PROTOCOL)),
            Ok(None) => return (messages, None),
            Ok(Some(Decoded::Ping(payload))) => {
                messages.push(Message::Ping(payload));
                continue;
            }
            Ok(Some(Decoded::Pong(_))) => {
                messages.push(Message::Pong);
                continue;
            }
            Ok(Some(Decoded::Close(_))) => {
                messages.push(Message::Close);
                continue;
            }
            Ok(Some(Decoded::Text(part))) => (Some((true, part)), true),
            Ok(Some(Decoded::Binary(part))) => (Some((false, part)), true),
            Ok(Some(Decoded::Continuation(item))) => match item {
                Item::FirstText(part) => (Some((true, part)), false),
                Item::FirstBinary(part) => (Some((false, part)), false),
                Item::Continue(part) => {
                    whole.extend(part);
                    (None, false)
                }
                Item::Last(part) => {
                    whole.extend(part);
                    (None, true)
                }
            },
        };
        if let Some((kind, part)) = part {
            is_text = kind;
            whole = part.to_vec();
        }
        if is_last {
            match ByteString::try_from(std::mem::take(&mut whole)) {
                _ if !is_text => messages.push(Message::Binary),
                Ok(text) => messages.push(Message::Text(text)),
                Err(_) => return (messages, Some(CloseReason::NOT_UTF8)),
            }
        }
    }
}

fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![
        8 => prop::sample::select(vec![0x81_u8, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8a]),
        1 => Just(0x88),
        1 => any::<u8>(),
    ];
    let payload = prop_oneof![
        4 => "[a-zé]{0,8}".prop_map(String::into_bytes),
        1 => "[a-z]{120,135}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ];
    (first, payload, any::<[u8; 4]>()).prop_map(|(first, payload, mask)| frame(first, &payload, mask))
}

proptest! {
    #[test]
    fn frames_in_any_pieces_are_read_as_by_the_library(
        frames in prop::collection::vec(any_frame(), 0..12),
        pieces in prop::collection::vec(1_usize..40, 1..20),
        cut in 0_usize..8,
    ) {
        let mut bytes = frames.concat();
        bytes.truncate(bytes.len().saturating_sub(cut));
        let (messages, end) = read(&bytes, &pieces);
        let (expected, fault) = read_by_library(&bytes);
        prop_assert_eq!(&messages, &expected);
        // The reader reports a fault of the header before the frame is complete.
        prop_assert!(fault.as_ref().is_none_or(|fault| *fault == end), "{:?} {:?}", fault, end);
        prop_assert!(fault.is_some() || matches!(end, CloseReason::Gone) || end == CloseReason::PROTOCOL, "{:?}", end);
    }

    #[test]
    fn the_pieces_do_not_change_what_is_read(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        pieces in prop::collection::vec(1_usize..20, 1..20),
    ) {
        prop_assert_eq!(read(&bytes, &pieces), read(&bytes, &[usize::MAX]));
    }
}

#[test]
fn a_message_in_many_frames_is_bounded_as_a_whole() {
    let mask = [7, 6, 5, 4];
    let piece = "x".repeat(1024);
    let mut bytes = frame(0x01, piece.as_bytes(), mask);
    for _ in 0..62 {
        bytes.extend(frame(0x00, piece.as_bytes(), mask));
        bytes.extend(frame(0x89, b"?", mask));
    }
    let full = [bytes.clone(), frame(0x80, piece.as_bytes(), mask)].concat();
    let (messages, end) = read(&full, &[1000]);
    assert_eq!((messages.len(), messages.last()), (63, Some(&Message::Text(piece.repeat(64).into()))));
    assert_eq!(end, CloseReason::Gone);
    // The last frame is one byte longer, and only its header has arrived.
    let more = frame(0x80, format!("{piece}x").as_bytes(), mask);
    let (messages, end) = read(&[&bytes, &more[..4]].concat(), &[1000]);
    assert_eq!((messages.len(), end), (62, CloseReason::MESSAGE_TOO_LARGE));
}

#[test]
fn the_payload_of_a_control_frame_is_its_own() {
    for first in
        [frame(0x88, b"\x03\xe8", [1, 2, 3, 4]), frame(0x89, b"one", [1; 4]), frame(0x8a, b"one", [1; 4])]
    {
        let (messages, _) = read(&[first, frame(0x89, b"two", [7; 4])].concat(), &[1]);
        assert_eq!(messages.last(), Some(&Message::Ping("two".into())));
    }
}

#[test]
fn the_payload_of_a_close_frame_is_checked() {
    for (payload, end) in [
        (b"".as_slice(), None),
        (b"\x03\xe8", None),
        (b"\x0f\xa0bye", None),
        (b"\x03", Some(CloseReason::PROTOCOL)),
        (b"\x03\xed", Some(CloseReason::PROTOCOL)),
        (b"\xff\xff", Some(CloseReason::PROTOCOL)),
        (b"\x03\xe8\xff", Some(CloseReason::PROTOCOL)),
    ] {
        let (messages, got) = read(&frame(0x88, payload, [1, 2, 3, 4]), &[1]);
        assert_eq!(messages.is_empty(), end.is_some(), "{payload:?}");
        assert_eq!(got, end.unwrap_or(CloseReason::Gone), "{payload:?}");
    }
}

/// The reader keeps nothing of empty frames, regardless of their number.
#[test]
fn empty_frames_need_no_memory() {
    let mask = [1, 2, 3, 4];
    let mut bytes = frame(0x01, b"", mask);
    for _ in 0..100_000 {
        bytes.extend(frame(0x00, b"", mask));
    }
    let mut reader = reader(&bytes, &[4096]);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let end = runtime.block_on(reader.next());
    assert_eq!(end, Err(CloseReason::Gone));
    let kept = reader.message.as_ref().map(|message| message.bytes.capacity());
    assert_eq!((kept, reader.control.capacity(), reader.chunk.len()), (Some(0), 0, 0));
}

#[test]
fn the_reader_yields_to_other_connections_while_frames_wait() {
    let empty = frame(0x00, b"", [1; 4]).repeat(1_000);
    let pongs = frame(0x8a, b"", [1; 4]).repeat(1_000);
    for bytes in [[frame(0x01, b"a", [1; 4]), empty].concat(), pongs] {
        let mut reader = reader(&bytes, &[usize::MAX]);
        let mut messages = 0;
        while let Some(message) = futures_util::FutureExt::now_or_never(reader.next()) {
            message.unwrap();
            messages += 1;
        }
        assert!(messages <= FRAMES_AT_ONCE && !reader.chunk.is_empty(), "{messages}");
    }
}

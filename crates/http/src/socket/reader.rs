//! Messages of a client, read from the bytes of an upgraded connection.
//!
//! An idle reader holds no buffer. While a message arrives the reader holds the message, whose length
//! [`LARGEST`](super::header::LARGEST) limits, and the chunk that was received last.

use actix_http::ws::Parser;
use actix_web::dev::Payload;
use actix_web::web::{Bytes, BytesMut};
use bytestring::ByteString;
use futures_util::StreamExt;
use tokio::task::yield_now;

use super::close_reason::CloseReason;
use super::header::{FrameError, FrameHeader, HeaderParser, Opcode};

/// Number of frames that are parsed before other connections of the worker run. Received bytes are read
/// without waiting, and may contain hundreds of thousands of frames.
const FRAMES_AT_ONCE: usize = 32;

/// A message, or a control frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Message {
    Text(ByteString),
    /// A binary message. Its content is dropped, because no request is binary.
    Binary,
    Ping(Bytes),
    Pong,
    Close,
}

/// Reads messages.
pub(super) struct MessageReader {
    payload: Payload,
    /// Bytes that were received and are not parsed yet.
    chunk: Bytes,
    header: HeaderParser,
    frame: Option<Frame>,
    message: Option<Partial>,
    /// Payload of the control frame that is being read.
    control: BytesMut,
    /// Number of frames parsed since other connections ran.
    frames: usize,
}

/// A frame whose payload is being read.
struct Frame {
    opcode: Opcode,
    fin: bool,
    /// Number of missing bytes.
    left: u64,
    /// Mask of the next bytes.
    mask: [u8; 4],
}

/// An incomplete message.
struct Partial {
    is_text: bool,
    length: u64,
    bytes: BytesMut,
}

impl MessageReader {
    pub fn new(payload: Payload) -> Self {
        Self {
            payload,
            chunk: Bytes::new(),
            header: HeaderParser::new(),
            frame: None,
            message: None,
            control: BytesMut::new(),
            frames: 0,
        }
    }

    /// Waits for the next message. After an error nothing more is read. The method is cancel safe.
    pub async fn next(&mut self) -> Result<Message, CloseReason> {
        loop {
            if self.must_yield() {
                self.frames = 0;
                yield_now().await;
            }
            if let Some(message) = self.advance()? {
                return Ok(message);
            }
            if self.must_yield() {
                continue;
            }
            match self.payload.next().await {
                Some(Ok(chunk)) => self.chunk = chunk,
                Some(Err(_)) | None => return Err(CloseReason::Gone),
            }
        }
    }

    fn must_yield(&self) -> bool {
        self.frames >= FRAMES_AT_ONCE
    }

    /// Parses until a message is complete, the chunk ends, or other connections must run.
    fn advance(&mut self) -> Result<Option<Message>, CloseReason> {
        loop {
            let Some(frame) = &mut self.frame else {
                let begun = self.message.as_ref().map(|message| message.length);
                let Some(header) = self.header.parse(&mut self.chunk, begun)? else { return Ok(None) };
                self.begin(&header);
                continue;
            };
            if frame.left > 0 && self.chunk.is_empty() {
                return Ok(None);
            }
            let length = usize::try_from(frame.left).unwrap_or(usize::MAX).min(self.chunk.len());
            let part = self.chunk.split_to(length);
            let is_control = frame.opcode.is_control();
            let bytes = match &mut self.message {
                _ if is_control => Some(&mut self.control),
                Some(message) => Some(&mut message.bytes).filter(|_| message.is_text),
                None => None,
            };
            frame.unmask(&part, bytes);
            if frame.left == 0 {
                self.frames += 1;
                let message = self.finish()?;
                if message.is_some() || self.must_yield() {
                    return Ok(message);
                }
            }
        }
    }

    fn begin(&mut self, header: &FrameHeader) {
        let FrameHeader { fin, opcode, length, mask } = *header;
        if !opcode.is_control() {
            let is_text = opcode == Opcode::Text;
            let message = self.message.get_or_insert(Partial { is_text, length: 0, bytes: BytesMut::new() });
            message.length += length;
        }
        self.frame = Some(Frame { opcode, fin, left: length, mask });
    }

    /// Ends the frame, and the message if this was its last frame.
    fn finish(&mut self) -> Result<Option<Message>, CloseReason> {
        let Some(frame) = self.frame.take() else { return Ok(None) };
        let control =
            if frame.opcode.is_control() { std::mem::take(&mut self.control) } else { BytesMut::new() };
        match frame.opcode {
            Opcode::Ping => Ok(Some(Message::Ping(control.freeze()))),
            Opcode::Pong => Ok(Some(Message::Pong)),
            Opcode::Close => match Parser::try_parse_close_payload(&control) {
                Ok(_) => Ok(Some(Message::Close)),
                Err(_) => Err(CloseReason::PROTOCOL),
            },
            Opcode::Text | Opcode::Binary | Opcode::Continuation if !frame.fin => Ok(None),
            Opcode::Text | Opcode::Binary | Opcode::Continuation => {
                self.message.take().map(Partial::complete).transpose()
            }
        }
    }
}

impl Frame {
    /// Unmasks this part of the payload and appends it to `bytes`, if given.
    fn unmask(&mut self, part: &Bytes, bytes: Option<&mut BytesMut>) {
        self.left -= part.len() as u64;
        if let Some(bytes) = bytes {
            let before = bytes.len();
            bytes.extend_from_slice(part);
            for word in bytes.get_mut(before..).unwrap_or_default().chunks_mut(self.mask.len()) {
                word.iter_mut().zip(self.mask).for_each(|(byte, mask)| *byte ^= mask);
            }
        }
        let taken = part.len() % self.mask.len();
        self.mask.rotate_left(taken);
    }
}

impl Partial {
    fn complete(self) -> Result<Message, CloseReason> {
        if !self.is_text {
            return Ok(Message::Binary);
        }
        ByteString::try_from(self.bytes).map(Message::Text).map_err(|_| CloseReason::NOT_UTF8)
    }
}

impl From<FrameError> for CloseReason {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::Protocol => Self::PROTOCOL,
            FrameError::TooLarge => Self::TOO_LARGE,
            FrameError::MessageTooLarge => Self::MESSAGE_TOO_LARGE,
        }
    }
}

#[cfg(test)]
mod tests;

//! The header of a frame (RFC 6455, section 5.2), parsed byte by byte, so that a frame is refused before
//! any of its payload is read.

use actix_web::web::Bytes;

/// Length limit of a frame, and of a message in several frames, in bytes.
pub(super) const LARGEST: u64 = 64 * 1024;
/// Length limit of a control frame, in bytes (section 5.5).
const LARGEST_CONTROL: u64 = 125;

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const OPCODE: u8 = 0x0f;
const MASKED: u8 = 0x80;
const MASK_BYTES: u8 = 4;

/// Kind of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

/// A complete header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct FrameHeader {
    /// Whether the message ends with this frame.
    pub fin: bool,
    pub opcode: Opcode,
    /// Length of the payload, in bytes.
    pub length: u64,
    pub mask: [u8; 4],
}

/// Why a frame is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum FrameError {
    /// It violates RFC 6455.
    Protocol,
    /// Its payload exceeds [`LARGEST`].
    TooLarge,
    /// Together with the earlier frames of its message, its payload exceeds [`LARGEST`].
    MessageTooLarge,
}

/// Parser of a header whose bytes may arrive in several pieces.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeaderParser {
    header: FrameHeader,
    awaited: Part,
}

/// The part of the header that the next byte belongs to.
#[derive(Clone, Copy, Debug)]
enum Part {
    First,
    Second,
    Length { left: u8 },
    Mask { left: u8 },
}

impl Opcode {
    pub fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }

    fn of(first: u8) -> Option<Self> {
        Some(match first & OPCODE {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }
}

impl HeaderParser {
    pub const fn new() -> Self {
        let header = FrameHeader { fin: false, opcode: Opcode::Text, length: 0, mask: [0; 4] };
        Self { header, awaited: Part::First }
    }

    /// Takes header bytes from the front of `input`. Returns `None` if the header needs more bytes, and
    /// an error at the first byte that shows a fault.
    ///
    /// `begun` is the length so far of an incomplete message, if there is one.
    pub fn parse(
        &mut self,
        input: &mut Bytes,
        begun: Option<u64>,
    ) -> Result<Option<FrameHeader>, FrameError> {
        let mut taken = 0;
        let mut complete = None;
        for byte in input.iter() {
            taken += 1;
            if self.take(*byte, begun)? {
                complete = Some(std::mem::replace(self, Self::new()).header);
                break;
            }
        }
        drop(input.split_to(taken));
        Ok(complete)
    }

    /// Takes one byte, and returns whether it completes the header.
    fn take(&mut self, byte: u8, begun: Option<u64>) -> Result<bool, FrameError> {
        self.awaited = match self.awaited {
            Part::First => self.first(byte, begun.is_some())?,
            Part::Second => self.second(byte, begun)?,
            Part::Length { left } => {
                self.header.length = self.header.length << 8 | u64::from(byte);
                if left > 1 { Part::Length { left: left - 1 } } else { self.checked_length(begun)? }
            }
            Part::Mask { left } => {
                self.header.mask =
                    (u32::from_be_bytes(self.header.mask) << 8 | u32::from(byte)).to_be_bytes();
                if left == 1 {
                    return Ok(true);
                }
                Part::Mask { left: left - 1 }
            }
        };
        Ok(false)
    }

    fn first(&mut self, byte: u8, is_begun: bool) -> Result<Part, FrameError> {
        let opcode = Opcode::of(byte).filter(|_| byte & RESERVED == 0).ok_or(FrameError::Protocol)?;
        let fin = byte & FIN != 0;
        let is_in_order =
            if opcode.is_control() { fin } else { is_begun == (opcode == Opcode::Continuation) };
        if !is_in_order {
            return Err(FrameError::Protocol);
        }
        self.header.fin = fin;
        self.header.opcode = opcode;
        Ok(Part::Second)
    }

    /// Reads the second byte. Refuses a frame without a mask, because clients must mask (section 5.1).
    fn second(&mut self, byte: u8, begun: Option<u64>) -> Result<Part, FrameError> {
        let length = u64::from(byte & !MASKED);
        if byte & MASKED == 0 || self.header.opcode.is_control() && length > LARGEST_CONTROL {
            return Err(FrameError::Protocol);
        }
        match length {
            126 => Ok(Part::Length { left: 2 }),
            127 => Ok(Part::Length { left: 8 }),
            _ => {
                self.header.length = length;
                self.checked_length(begun)
            }
        }
    }

    /// Checks the length, which is known now, and returns the part that follows.
    fn checked_length(&self, begun: Option<u64>) -> Result<Part, FrameError> {
        let before = begun.filter(|_| !self.header.opcode.is_control()).unwrap_or_default();
        if self.header.length > LARGEST {
            return Err(FrameError::TooLarge);
        }
        if self.header.length > LARGEST.saturating_sub(before) {
            return Err(FrameError::MessageTooLarge);
        }
        Ok(Part::Mask { left: MASK_BYTES })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8], begun: Option<u64>) -> Result<Option<FrameHeader>, FrameError> {
        HeaderParser::new().parse(&mut Bytes::copy_from_slice(bytes), begun)
    }

    #[test]
    fn lengths_of_every_form_are_read() {
        for (length, bytes) in [
            (0, [0x80].as_slice()),
            (125, &[0xfd]),
            (126, &[0xfe, 0, 126]),
            (65_535, &[0xfe, 0xff, 0xff]),
            (65_536, &[0xff, 0, 0, 0, 0, 0, 1, 0, 0]),
            // Additional bytes are left in the buffer.
            (5, &[0xfe, 0, 5]),
            (5, &[0xff, 0, 0, 0, 0, 0, 0, 0, 5]),
        ] {
            let mut input = Bytes::from([&[0x81], bytes, &[1, 2, 3, 4], b"rest"].concat());
            let header = HeaderParser::new().parse(&mut input, None).unwrap().unwrap();
            let expected = FrameHeader { fin: true, opcode: Opcode::Text, length, mask: [1, 2, 3, 4] };
            assert_eq!((header, input.as_ref()), (expected, b"rest".as_slice()));
        }
    }

    #[test]
    fn a_header_is_refused_at_the_byte_that_shows_the_fault() {
        use FrameError::{MessageTooLarge, Protocol, TooLarge};
        for (begun, bytes, error) in [
            (None, [0xc1].as_slice(), Protocol),
            (None, &[0xa1], Protocol),
            (None, &[0x91], Protocol),
            (None, &[0x83], Protocol),
            (None, &[0x8b], Protocol),
            (None, &[0x80], Protocol),
            (None, &[0x00], Protocol),
            (Some(0), &[0x81], Protocol),
            (Some(0), &[0x02], Protocol),
            (None, &[0x09], Protocol),
            (None, &[0x08], Protocol),
            (None, &[0x81, 0x05], Protocol),
            (None, &[0x89, 0xfe], Protocol),
            (None, &[0x8a, 0xff], Protocol),
            (Some(9), &[0x88, 0xfe], Protocol),
            (None, &[0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 1], TooLarge),
            (None, &[0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0], TooLarge),
            (None, &[0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0], TooLarge),
            (None, &[0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], TooLarge),
            (Some(65_535), &[0x00, 0x82], MessageTooLarge),
            (Some(40_000), &[0x80, 0xfe, 0x9c, 0x40], MessageTooLarge),
        ] {
            assert_eq!(parse(bytes, begun), Err(error), "{bytes:x?}");
            let before = &bytes[..bytes.len() - 1];
            assert_eq!(parse(before, begun), Ok(None), "{before:x?}");
        }
    }

    #[test]
    fn control_frames_may_come_between_the_frames_of_a_message() {
        for opcode in [0x88, 0x89, 0x8a] {
            let bytes = [opcode, 0xfd, 0, 0, 0, 0];
            assert_eq!(parse(&bytes, Some(LARGEST)).unwrap().unwrap().length, 125);
        }
        assert_eq!(parse(&[0x80, 0x81, 0, 0, 0, 0], Some(LARGEST - 1)).unwrap().unwrap().length, 1);
        assert_eq!(parse(&[0x80, 0x80, 0, 0, 0, 0], Some(LARGEST)).unwrap().unwrap().length, 0);
    }
}

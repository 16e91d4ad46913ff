use crc_fast::{CrcAlgorithm, checksum};

/// The checksum of batches of magic 2: CRC-32C (Castagnoli), with the processor's instructions where it has them.
///
/// ```
/// assert_eq!(kafka_proto::records::crc32c(b"123456789"), 0xe306_9283);
/// ```
pub fn crc32c(data: &[u8]) -> u32 {
    checksum(CrcAlgorithm::Crc32Iscsi, data) as u32
}

/// The checksum of messages of magic 0 and 1: the CRC-32 of gzip and Ethernet.
pub(super) fn crc32(data: &[u8]) -> u32 {
    checksum(CrcAlgorithm::Crc32IsoHdlc, data) as u32
}

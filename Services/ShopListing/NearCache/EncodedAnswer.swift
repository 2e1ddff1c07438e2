import NIOCore
import Web

/// An answer in the bytes of HTTP/1.1, ready to be written to any number of connections.
///
/// A class, so that handing one out costs one reference count and not one for each of its parts.
final class EncodedAnswer {
  let bytes: ByteBuffer
  private let notModified: ByteBuffer?
  private let entityTag: String?

  init(_ answer: ReadAnswer) {
    bytes = answer.encoded()
    entityTag = answer.entityTag
    notModified = answer.entityTag.map { answer.conditional(on: "\"\($0)\"").encoded() }
  }

  /// The bytes for a client that sent `If-None-Match`, or didn't.
  func bytes(ifNoneMatch: String?) -> ByteBuffer {
    guard let ifNoneMatch, let entityTag, let notModified, let condition = EntityTagCondition(ifNoneMatch),
      condition.matches(opaque: entityTag)
    else { return bytes }
    return notModified
  }

  /// The memory that it holds, about.
  var size: Int { bytes.storageCapacity + (notModified?.storageCapacity ?? 0) }
}

import NIOCore
import Web

/// A response as an HTTP/1.1 message, which can be written to any number of connections.
///
/// A class, so that passing it on costs a single reference count.
final class EncodedResponse {
  let bytes: ByteBuffer
  private let notModified: ByteBuffer?
  private let entityTag: String?

  init(_ response: ReadResponse) {
    bytes = response.encoded()
    entityTag = response.entityTag
    notModified = response.entityTag.map { response.conditional(on: "\"\($0)\"").encoded() }
  }

  /// The message for a request with this `If-None-Match`, or without one.
  func bytes(ifNoneMatch: String?) -> ByteBuffer {
    guard let ifNoneMatch, let entityTag, let notModified, let condition = EntityTagCondition(ifNoneMatch),
      condition.matches(opaque: entityTag)
    else { return bytes }
    return notModified
  }

  /// The approximate memory use in bytes.
  var size: Int { bytes.storageCapacity + (notModified?.storageCapacity ?? 0) }
}

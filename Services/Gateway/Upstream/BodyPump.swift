import Hummingbird
import NIOCore
import Synchronization
import Web

/// A request's body, streamed to a service as fast as the service reads it, up to a limit.
final class BodyPump: AsyncSequence, Sendable {
  typealias Element = ByteBuffer

  private let body: RequestBody
  private let limit: Int
  private let hasEnded = Atomic<Bool>(false)

  init(_ body: RequestBody, limit: Int) {
    self.body = body
    self.limit = limit
  }

  /// Whether the client has sent the complete body: if not, a timeout is the client's, not the service's.
  var isComplete: Bool { hasEnded.load(ordering: .relaxed) }

  func makeAsyncIterator() -> Iterator {
    Iterator(pump: self, parts: body.makeAsyncIterator(), remaining: limit)
  }

  struct Iterator: AsyncIteratorProtocol {
    fileprivate let pump: BodyPump
    fileprivate var parts: RequestBody.AsyncIterator
    fileprivate var remaining: Int

    /// - Throws: 413 if the body exceeds the limit.
    mutating func next() async throws -> ByteBuffer? {
      guard let part = try await parts.next() else {
        pump.hasEnded.store(true, ordering: .relaxed)
        return nil
      }
      remaining -= part.readableBytes
      guard remaining >= 0 else { throw Problem.bodyOverLimit(pump.limit) }
      return part
    }
  }
}

import Hummingbird
import NIOCore
import Synchronization
import Web

/// A request's body on its way to a service, piece by piece as the service takes it, within its limit.
final class BodyPump: AsyncSequence, Sendable {
  typealias Element = ByteBuffer

  private let body: RequestBody
  private let limit: Int
  private let hasEnded = Atomic<Bool>(false)

  init(_ body: RequestBody, limit: Int) {
    self.body = body
    self.limit = limit
  }

  /// Whether the client has sent all of it: if not, it is the client that is late.
  var isComplete: Bool { hasEnded.load(ordering: .relaxed) }

  func makeAsyncIterator() -> Iterator {
    Iterator(pump: self, parts: body.makeAsyncIterator(), left: limit)
  }

  struct Iterator: AsyncIteratorProtocol {
    fileprivate let pump: BodyPump
    fileprivate var parts: RequestBody.AsyncIterator
    fileprivate var left: Int

    /// - Throws: 413 when the limit is passed.
    mutating func next() async throws -> ByteBuffer? {
      guard let part = try await parts.next() else {
        pump.hasEnded.store(true, ordering: .relaxed)
        return nil
      }
      left -= part.readableBytes
      guard left >= 0 else { throw Problem.bodyOverLimit(pump.limit) }
      return part
    }
  }
}

import DequeModule
import HTTPTypes
import NIOCore
import Synchronization

/// The shared cache of public responses by request target: bounded in bytes, with first-in, first-out eviction.
///
/// Safe to use from any thread.
final class ResponseCache: Sendable {
  private struct State: Sendable {
    var responses: [String: CachedResponse] = [:]
    var insertionOrder: Deque<String> = []
    var bytes = 0
  }

  private let byteLimit: Int
  private let state = Mutex(State())

  /// - Parameter byteLimit: 0 disables the cache.
  init(byteLimit: Int) {
    self.byteLimit = byteLimit
  }

  var byteCount: Int { state.withLock { $0.bytes } }

  /// The fresh response for a target, encoded for HTTP/1.1.
  func encodedResponse(for target: String, ifNoneMatch: String?, at now: NIODeadline = .now()) -> ByteBuffer? {
    state.withLock { state in
      guard let index = state.responses.index(forKey: target), state.responses.values[index].expires > now else { return nil }
      return state.responses.values[index].encoded(ifNoneMatch: ifNoneMatch, at: now)
    }
  }

  /// The fresh response for a target.
  func response(for target: String, at now: NIODeadline = .now()) -> CachedResponse? {
    state.withLock { state in
      guard let response = state.responses[target], response.expires > now else { return nil }
      return response
    }
  }

  /// Stores a response and replaces the previous one; a response over an eighth of the limit is not stored.
  func store(_ response: CachedResponse, for target: String) {
    guard response.size <= byteLimit / 8 else { return }
    state.withLock { state in
      if let previous = state.responses.updateValue(response, forKey: target) {
        state.bytes -= Self.size(previous, target)
      } else {
        state.insertionOrder.append(target)
      }
      state.bytes += Self.size(response, target)
      while state.bytes > byteLimit, let oldest = state.insertionOrder.popFirst() {
        if let response = state.responses.removeValue(forKey: oldest) { state.bytes -= Self.size(response, oldest) }
      }
    }
  }

  private static func size(_ response: CachedResponse, _ target: String) -> Int { response.size + 2 * target.utf8.count }
}

import DequeModule
import HTTPTypes
import NIOCore
import Synchronization

/// The shared cache: public pages by request target, for as long as their services allow, bounded in bytes; the oldest go first.
///
/// Safe to use from any thread.
final class ResponseCache: Sendable {
  private struct State: Sendable {
    var pages: [String: CachedResponse] = [:]
    var order: Deque<String> = []
    var bytes = 0
  }

  private let byteLimit: Int
  private let state = Mutex(State())

  /// - Parameter byteLimit: 0 keeps nothing.
  init(byteLimit: Int) {
    self.byteLimit = byteLimit
  }

  var byteCount: Int { state.withLock { $0.bytes } }

  /// The bytes of the page that is kept under this target and is fresh.
  func find(_ target: String, ifNoneMatch: String?, at now: NIODeadline = .now()) -> ByteBuffer? {
    state.withLock { state in
      guard let index = state.pages.index(forKey: target), state.pages.values[index].expires > now else { return nil }
      return state.pages.values[index].bytes(ifNoneMatch: ifNoneMatch, at: now)
    }
  }

  /// The page itself, for an answer by the framework.
  func page(_ target: String, at now: NIODeadline = .now()) -> CachedResponse? {
    state.withLock { state in
      guard let page = state.pages[target], page.expires > now else { return nil }
      return page
    }
  }

  /// Keeps a page in the place of the one before it.
  func keep(_ page: CachedResponse, as target: String) {
    guard page.size <= byteLimit / 8 else { return }
    state.withLock { state in
      if let before = state.pages.updateValue(page, forKey: target) {
        state.bytes -= Self.size(before, target)
      } else {
        state.order.append(target)
      }
      state.bytes += Self.size(page, target)
      while state.bytes > byteLimit, let oldest = state.order.popFirst() {
        if let page = state.pages.removeValue(forKey: oldest) { state.bytes -= Self.size(page, oldest) }
      }
    }
  }

  private static func size(_ page: CachedResponse, _ target: String) -> Int { page.size + 2 * target.utf8.count }
}

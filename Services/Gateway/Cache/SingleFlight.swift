import Synchronization

/// Coalesces identical concurrent requests into one.
///
/// The first request fetches the value, the others wait for it. If the value may not be shared, each of them fetches its own.
/// Safe to use from any task.
final class SingleFlight<Value: Sendable>: Sendable {
  private let waiting = Mutex<[String: [CheckedContinuation<Value?, Never>]]>([:])

  /// The value of the request for `key` in flight if there is one and its value is shareable, otherwise that of `fetch`.
  /// - Parameter fetch: returns the value, and whether other requests may have it.
  func value(for key: String, fetch: () async throws -> (Value, isShareable: Bool)) async throws -> Value {
    let isFirst = waiting.withLock { waiting in
      if waiting[key] != nil { return false }
      waiting[key] = []
      return true
    }
    if !isFirst {
      let shared = await withCheckedContinuation { continuation in
        let hasEnded = waiting.withLock { waiting in
          waiting[key]?.append(continuation) == nil
        }
        if hasEnded { continuation.resume(returning: nil) }
      }
      if let shared { return shared }
      return try await fetch().0
    }
    var result: Value?
    defer {
      let others = waiting.withLock { $0.removeValue(forKey: key) } ?? []
      for other in others { other.resume(returning: result) }
    }
    let (value, isShareable) = try await fetch()
    if isShareable { result = value }
    return value
  }
}

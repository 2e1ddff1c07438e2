import Synchronization

/// Lets identical questions that are asked at the same time be asked once.
///
/// The first asks, the others wait for what it found. What may not be shared it doesn't share: then each asks for itself.
final class SingleFlight<Value: Sendable>: Sendable {
  private let waiting = Mutex<[String: [CheckedContinuation<Value?, Never>]]>([:])

  /// The value that somebody else's question found, if there is one under way and its answer may be shared; else that of `ask`.
  /// - Parameter ask: gives the value, and whether others may have it.
  func value(for key: String, ask: () async throws -> (Value, isShared: Bool)) async throws -> Value {
    let isFirst = waiting.withLock { waiting in
      if waiting[key] != nil { return false }
      waiting[key] = []
      return true
    }
    if !isFirst {
      let shared = await withCheckedContinuation { continuation in
        let isLate = waiting.withLock { waiting in
          waiting[key]?.append(continuation) == nil
        }
        if isLate { continuation.resume(returning: nil) }
      }
      if let shared { return shared }
      return try await ask().0
    }
    var result: Value?
    defer {
      let others = waiting.withLock { $0.removeValue(forKey: key) } ?? []
      for other in others { other.resume(returning: result) }
    }
    let (value, isShared) = try await ask()
    if isShared { result = value }
    return value
  }
}

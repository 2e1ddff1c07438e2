import ServiceContextModule
import Telemetry

/// The deadline of a call: the client's own, or the earlier one of the request that makes the call.
struct CallDeadline: Sendable {
  let instant: ContinuousClock.Instant
  /// The deadline is the request's: missing it says nothing about the called service.
  let isInherited: Bool

  init(_ timeout: Duration, from start: ContinuousClock.Instant = .now) {
    let own = start + timeout
    let inherited = ServiceContext.current?.deadline ?? own
    instant = min(own, inherited)
    isInherited = inherited < own
  }

  var remaining: Duration { instant - .now }
}

/// Runs `body` for `limit` at most.
/// - Throws: ``TimedOut``, or what `body` throws.
func within<Value: Sendable>(_ limit: Duration, _ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
  try await withThrowingTaskGroup(of: Value.self) { group in
    defer { group.cancelAll() }
    group.addTask(operation: body)
    group.addTask {
      try await Task.sleep(for: limit)
      throw TimedOut()
    }
    guard let value = try await group.next() else { throw CancellationError() }
    return value
  }
}

struct TimedOut: Error {}

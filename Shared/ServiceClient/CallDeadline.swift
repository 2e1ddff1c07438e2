import ServiceContextModule
import Telemetry

/// When a call must have its answer: when the client's own patience ends, or that of whoever waits for the work that makes the call.
struct CallDeadline: Sendable {
  let instant: ContinuousClock.Instant
  /// Whoever waits gives up first: an answer that isn't there by then says nothing of the service.
  let isCallers: Bool

  init(_ patience: Duration, from start: ContinuousClock.Instant = .now) {
    let own = start + patience
    let asked = ServiceContext.current?.deadline ?? own
    instant = min(own, asked)
    isCallers = asked < own
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

/// Polls until `body` returns true; throws ``NeverHappened`` when it has not within `limit`.
///
/// What `body` throws counts as "not yet", and the last of it is told when the time is over.
public func eventually(
  within limit: Duration = .seconds(5),
  every interval: Duration = .milliseconds(5),
  _ what: String = "the condition",
  isolation: isolated (any Actor)? = #isolation,
  _ body: () async throws -> Bool
) async throws {
  let clock = ContinuousClock()
  let end = clock.now.advanced(by: limit)
  var lastError: (any Error)?
  while true {
    // Looked at before the condition: a sleep that overran on a busy machine must not take the last look away.
    let isLast = clock.now >= end
    do {
      lastError = nil
      if try await body() { return }
    } catch let error as CancellationError {
      throw error
    } catch {
      lastError = error
    }
    if isLast { break }
    try await clock.sleep(for: interval)
  }
  throw NeverHappened(what: what, limit: limit, lastError: lastError)
}

/// What ``eventually(within:every:_:isolation:_:)`` throws when the time is over.
public struct NeverHappened: Error, CustomStringConvertible {
  public let what: String
  public let limit: Duration
  public let lastError: (any Error)?

  public var description: String {
    "\(what) did not happen within \(limit)" + (lastError.map { "; last error: \($0)" } ?? "")
  }
}

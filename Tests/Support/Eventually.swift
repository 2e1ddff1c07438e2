/// Polls until `body` returns true; throws ``NeverHappened`` after `limit`.
///
/// Errors of `body` count as false; the last error is part of ``NeverHappened``.
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
    // Checked before the condition, so that the condition is evaluated once more after a sleep that overran.
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

/// The timeout error of ``eventually(within:every:_:isolation:_:)``.
public struct NeverHappened: Error, CustomStringConvertible {
  public let what: String
  public let limit: Duration
  public let lastError: (any Error)?

  public var description: String {
    "\(what) did not happen within \(limit)" + (lastError.map { "; last error: \($0)" } ?? "")
  }
}

public import ServiceContextModule

private enum DeadlineKey: ServiceContextKey {
  typealias Value = ContinuousClock.Instant
  static var nameOverride: String? { "deadline" }
}

extension ServiceContext {
  /// When the caller of the current work stops waiting; calls that the work makes must have responded by then.
  public var deadline: ContinuousClock.Instant? {
    get { self[DeadlineKey.self] }
    set { self[DeadlineKey.self] = newValue }
  }

  /// Runs `body` with a deadline; an earlier deadline that is already set stays.
  public static func withDeadline<Result>(
    _ deadline: ContinuousClock.Instant, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
  ) async rethrows -> Result {
    var context = ServiceContext.current ?? .topLevel
    context.deadline = min(context.deadline ?? deadline, deadline)
    return try await ServiceContext.$current.withValue(context, operation: body)
  }
}

/// The header that propagates a deadline between services, as the remaining milliseconds, because clocks of machines differ.
public enum DeadlineHeader {
  public static let name = "X-Request-Deadline-Ms"
  /// The maximum; longer values are reduced to it.
  public static let longest: Duration = .seconds(3600)

  /// The remaining time in a header's value; `nil` for an invalid value, which sets no deadline.
  public static func remaining(_ text: some StringProtocol) -> Duration? {
    guard let milliseconds = Int64(text), milliseconds >= 0 else { return nil }
    return min(.milliseconds(milliseconds), longest)
  }

  /// The header's value for the time until `deadline`, rounded down; 0 when it has passed.
  public static func value(until deadline: ContinuousClock.Instant, now: ContinuousClock.Instant = .now) -> String {
    let (seconds, attoseconds) = (deadline - now).components
    return String(max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000))
  }
}

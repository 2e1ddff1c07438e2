public import ServiceContextModule

private enum DeadlineKey: ServiceContextKey {
  typealias Value = ContinuousClock.Instant
  static var nameOverride: String? { "deadline" }
}

extension ServiceContext {
  /// When whoever waits for the current work gives up; what the work calls in turn must have answered by then.
  public var deadline: ContinuousClock.Instant? {
    get { self[DeadlineKey.self] }
    set { self[DeadlineKey.self] = newValue }
  }

  /// Runs `body` as work that somebody waits for until `deadline`; a deadline that stands already and is earlier stays.
  public static func withDeadline<Result>(
    _ deadline: ContinuousClock.Instant, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
  ) async rethrows -> Result {
    var context = ServiceContext.current ?? .topLevel
    context.deadline = min(context.deadline ?? deadline, deadline)
    return try await ServiceContext.$current.withValue(context, operation: body)
  }
}

/// The header by which a deadline travels from service to service, as the milliseconds that are left: clocks of machines differ.
public enum DeadlineHeader {
  public static let name = "X-Request-Deadline-Ms"
  /// A client has no use for an answer that comes later than this.
  public static let longest: Duration = .seconds(3600)

  /// The time left that a value tells; `nil` for what is no whole number of milliseconds, which binds nobody.
  public static func remaining(_ text: some StringProtocol) -> Duration? {
    guard let milliseconds = Int64(text), milliseconds >= 0 else { return nil }
    return min(.milliseconds(milliseconds), longest)
  }

  /// The value for what is left until `deadline`, rounded down; 0 when it is over.
  public static func value(until deadline: ContinuousClock.Instant, now: ContinuousClock.Instant = .now) -> String {
    let (seconds, attoseconds) = (deadline - now).components
    return String(max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000))
  }
}

public import ServiceContextModule

private enum TraceKey: ServiceContextKey {
  typealias Value = TraceContext
  static var nameOverride: String? { "trace" }
}

extension ServiceContext {
  /// The trace of the current work; inherited by child tasks with `ServiceContext.current`.
  public var trace: TraceContext? {
    get { self[TraceKey.self] }
    set { self[TraceKey.self] = newValue }
  }

  /// Runs `body` as a span of `trace`: its log lines carry the ids, and its calls propagate them.
  /// - Parameter deadline: see ``deadline``; `nil` leaves it unchanged.
  public static func withTrace<Result>(
    _ trace: TraceContext, deadline: ContinuousClock.Instant? = nil, isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> Result
  ) async rethrows -> Result {
    var context = ServiceContext.current ?? .topLevel
    context.trace = trace
    if let deadline { context.deadline = deadline }
    return try await ServiceContext.$current.withValue(context, operation: body)
  }
}

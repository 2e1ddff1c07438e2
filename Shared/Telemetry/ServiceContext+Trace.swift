public import ServiceContextModule

private enum TraceKey: ServiceContextKey {
  typealias Value = TraceContext
  static var nameOverride: String? { "trace" }
}

extension ServiceContext {
  /// The trace that the current work belongs to; carried from task to child task by `ServiceContext.current`.
  public var trace: TraceContext? {
    get { self[TraceKey.self] }
    set { self[TraceKey.self] = newValue }
  }

  /// Runs `body` as a step of `trace`: what it logs carries the ids, and what it calls receives them.
  /// - Parameter deadline: see ``deadline``; `nil` leaves it as it is.
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

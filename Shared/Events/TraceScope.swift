import ServiceContextModule
import Telemetry

/// Runs work in the trace of its cause.
enum TraceScope {
  /// Runs `body` in a child span of the trace that an event carried; without one, in a new trace.
  static func following<Result>(
    _ traceparent: String?, isolation: isolated (any Actor)? = #isolation, _ body: () async -> Result
  ) async -> Result {
    var context = ServiceContext.current ?? .topLevel
    context.trace = traceparent.flatMap { TraceContext(traceparent: $0) }?.child() ?? TraceContext.root()
    return await ServiceContext.$current.withValue(context, operation: body)
  }
}

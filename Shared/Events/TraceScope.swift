import ServiceContextModule
import Telemetry

/// Work that goes on in the trace of what caused it.
enum TraceScope {
  /// Runs `body` as a child of the trace that an event carried; without one, in a trace of its own.
  static func following<Result>(
    _ traceparent: String?, isolation: isolated (any Actor)? = #isolation, _ body: () async -> Result
  ) async -> Result {
    var context = ServiceContext.current ?? .topLevel
    context.trace = traceparent.flatMap { TraceContext(traceparent: $0) }?.child() ?? TraceContext.root()
    return await ServiceContext.$current.withValue(context, operation: body)
  }
}

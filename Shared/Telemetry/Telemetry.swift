public import Logging
import Metrics
import ServiceContextModule
import Synchronization

/// Logs, metrics and trace context of one process.
public enum Telemetry {
  private static let isBootstrapped = Mutex(false)

  /// Sends every `Logger` to stderr as JSON lines and every metric to ``PrometheusRegistry/shared``.
  ///
  /// The first call counts; later ones change nothing, so that tests and tools may call it freely.
  /// - Parameters:
  ///   - service: the executable's name, such as `shop`; it is in every log line.
  ///   - instance: the stable name of this process among its like.
  ///   - logLevel: the level of loggers that choose none themselves.
  public static func bootstrap(service: String, instance: String, logLevel: Logger.Level) {
    isBootstrapped.withLock { done in
      guard !done else { return }
      done = true
      LoggingSystem.bootstrap(
        { label, provider in
          var handler = JSONLogHandler(service: service, instance: instance, label: label)
          handler.logLevel = logLevel
          handler.metadataProvider = provider
          return handler
        }, metadataProvider: .trace)
      MetricsSystem.bootstrap(PrometheusRegistry.shared)
    }
  }
}

extension Logger.MetadataProvider {
  /// Adds `trace_id` and `span_id` of the current ``TraceContext``.
  public static let trace = Logger.MetadataProvider {
    guard let trace = ServiceContext.current?.trace else { return [:] }
    return ["trace_id": .string(trace.traceID), "span_id": .string(trace.spanID)]
  }
}

public import Logging
import Metrics
import ServiceContextModule
import Synchronization

/// Logs, metrics and trace context of one process.
public enum Telemetry {
  private static let isBootstrapped = Mutex(false)

  /// Sends every `Logger` to stderr as JSON lines and every metric to ``PrometheusRegistry/shared``.
  ///
  /// Only the first call has an effect, so that tests and tools may call it.
  /// - Parameters:
  ///   - service: the executable's name, such as `shop`; it is in every log line.
  ///   - instance: this instance's name, the same after a restart.
  ///   - logLevel: the default level of loggers.
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

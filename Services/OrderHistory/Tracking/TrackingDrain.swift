import ServiceLifecycle
import Web

/// Ends the streams as soon as the service is about to stop: the server waits for its responses, and the hub, which the responses need, for
/// the server.
struct TrackingDrain: Service {
  let hub: TrackingHub
  let health: Health

  func run() async throws {
    try await cancelWhenGracefulShutdown {
      while !health.isDraining { try await Task.sleep(for: .milliseconds(200)) }
      hub.endAll()
    }
    // To return before one is told to would be a failure.
    try? await gracefulShutdown()
  }
}

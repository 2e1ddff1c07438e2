import ServiceLifecycle
import Web

/// Ends the streams when the service begins to drain. Otherwise the server would wait for their responses at shutdown, and the
/// hub, which the responses need, for the server.
struct TrackingDrain: Service {
  let hub: TrackingHub
  let health: Health

  func run() async throws {
    // Cancelled where there is no delay between the end of readiness and that of the server.
    try? await cancelWhenGracefulShutdown {
      while !health.isDraining { try await Task.sleep(for: .milliseconds(200)) }
      hub.endAll()
    }
    // A service that returns before the graceful shutdown counts as failed.
    try? await gracefulShutdown()
  }
}

import Concurrency
import Logging
import ServiceLifecycle

/// Keeps the signing keys current: reads those that other instances published, publishes the next one when it is due, and deletes old ones.
struct KeyRotation: Service {
  let keys: SigningKeys
  let logger: Logger

  func run() async throws {
    try await PeriodicJob("rotate signing keys", every: .seconds(1), logger: logger, round: keys.refresh).run()
  }
}

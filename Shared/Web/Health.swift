import JSON
public import Hummingbird
import Synchronization

/// One dependency of the service.
public struct HealthCheck: Sendable {
  public var name: String
  /// Whether the service can't work without it; other checks don't affect readiness.
  public var isRequired: Bool
  /// `nil` when it is healthy, else the reason. Must not block.
  public var failure: @Sendable () async -> String?

  public init(_ name: String, isRequired: Bool = true, failure: @escaping @Sendable () async -> String?) {
    self.name = name
    self.isRequired = isRequired
    self.failure = failure
  }

  /// A check of a connection: `HealthCheck.connected("postgres") { client.isConnected }`.
  public static func connected(
    _ name: String, isRequired: Bool = true, _ isConnected: @escaping @Sendable () -> Bool
  ) -> HealthCheck {
    HealthCheck(name, isRequired: isRequired) { isConnected() ? nil : "not connected" }
  }
}

/// Liveness (`/livez`) and readiness (`/readyz`) of the process.
public final class Health: Sendable {
  private let checks: Mutex<[HealthCheck]>
  private let draining = Mutex(false)
  private let listening = Mutex<Int?>(nil)

  public init(_ checks: [HealthCheck] = []) {
    self.checks = Mutex(checks)
  }

  /// Adds checks at start, after the existing ones.
  public func add(_ more: HealthCheck...) {
    checks.withLock { $0 += more }
  }

  /// Makes the service not ready, whatever its checks return: it is about to stop.
  public func drain() {
    draining.withLock { $0 = true }
  }

  public var isDraining: Bool {
    draining.withLock { $0 }
  }

  /// Called when the server listens.
  public func listens(on port: Int) {
    listening.withLock { $0 = port }
  }

  /// The port that the process listens on, if it is ready: every required check is healthy, and it isn't draining.
  public func readyPort() async -> Int? {
    guard !isDraining, let port = listening.withLock({ $0 }) else { return nil }
    for check in checks.withLock({ $0 }) where check.isRequired {
      if await check.failure() != nil { return nil }
    }
    return port
  }

  /// `{"status":"ready"|"not ready"|"draining","checks":[{"name","status":"up"|"down","required","reason"?}]}`, 200 or 503.
  public func readiness() async -> Response {
    var json = JSONText()
    var isReady = true
    json.beginArray()
    for check in checks.withLock({ $0 }) {
      let failure = await check.failure()
      if failure != nil, check.isRequired { isReady = false }
      json.beginObject()
      json.add("name", check.name)
      json.add("status", failure == nil ? "up" : "down")
      json.add("required", check.isRequired)
      if let failure { json.add("reason", failure) }
      json.endObject()
    }
    json.endArray()
    let isDraining = isDraining
    var document = JSONText()
    document.beginObject()
    document.add("status", isDraining ? "draining" : isReady ? "ready" : "not ready")
    document.key("checks")
    document.raw(json.buffer.readableBytesView)
    document.endObject()
    let isWell = isReady && !isDraining
    return .json(
      bytes: document.buffer, status: isWell ? .ok : .serviceUnavailable,
      headers: isWell ? [.cacheControl: "no-store"] : [.cacheControl: "no-store", .retryAfter: "1"])
  }
}

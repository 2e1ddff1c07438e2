import JSON
public import Hummingbird
import Synchronization

/// One thing that the service needs, or would like, to do its work.
public struct HealthCheck: Sendable {
  public var name: String
  /// Whether the service is useless without it; others are shown and change nothing.
  public var isRequired: Bool
  /// `nil` when it is well, else what is wrong. Must answer at once, from what is known already.
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

/// Whether the process should be restarted (`/livez`) and whether it should be given work (`/readyz`).
public final class Health: Sendable {
  private let checks: Mutex<[HealthCheck]>
  private let draining = Mutex(false)
  private let listening = Mutex<Int?>(nil)

  public init(_ checks: [HealthCheck] = []) {
    self.checks = Mutex(checks)
  }

  /// Adds checks, at start: shown behind those that are there.
  public func add(_ more: HealthCheck...) {
    checks.withLock { $0 += more }
  }

  /// From now on the service is not ready, whatever its checks say: it is about to stop.
  public func drain() {
    draining.withLock { $0 = true }
  }

  public var isDraining: Bool {
    draining.withLock { $0 }
  }

  /// The listener is up.
  public func listens(on port: Int) {
    listening.withLock { $0 = port }
  }

  /// The port that the process listens on, if it should be given work: every required check is well, and it isn't about to stop.
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

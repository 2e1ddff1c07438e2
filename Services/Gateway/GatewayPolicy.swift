import Synchronization

/// What may be set while the gateway runs.
struct GatewayPolicy: Hashable, Sendable {
  /// For each address, whoever sits behind it: an office or a carrier may be one address.
  var address: RateRule
  /// For each account.
  var principal: RateRule
  /// Requests under way.
  var concurrency: Int
  /// Until a service's answer begins, the upload of a large body included.
  var deadline: Duration
  /// The same of a request that may take long by nature.
  var patientDeadline: Duration
  /// For each part of a screen.
  var screenDeadline: Duration
  /// For a small body to come in whole.
  var bodyDeadline: Duration
}

/// The policy of the moment; safe to use from any thread.
final class LivePolicy: Sendable {
  private let policy: Mutex<GatewayPolicy>

  init(_ policy: GatewayPolicy) {
    self.policy = Mutex(policy)
  }

  var current: GatewayPolicy { policy.withLock { $0 } }

  func change(_ body: (inout GatewayPolicy) -> Void) {
    policy.withLock { body(&$0) }
  }
}

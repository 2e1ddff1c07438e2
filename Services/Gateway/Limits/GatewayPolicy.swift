import Synchronization

/// The limits and deadlines that operators can change at run time.
struct GatewayPolicy: Hashable, Sendable {
  /// For each client address; an office or a carrier may share one.
  var address: RateRule
  /// For each account.
  var principal: RateRule
  /// Requests in flight.
  var concurrency: Int
  /// Until the response begins, including the upload of a large body.
  var deadline: Duration
  /// The same for event streams and long polls.
  var longLivedDeadline: Duration
  /// For each part of a screen.
  var screenDeadline: Duration
  /// Until a buffered body is complete.
  var bodyDeadline: Duration
}

/// The current policy; safe to use from any thread.
final class LivePolicy: Sendable {
  private let policy: Mutex<GatewayPolicy>

  init(_ policy: GatewayPolicy) {
    self.policy = Mutex(policy)
  }

  var current: GatewayPolicy { policy.withLock { $0 } }

  func update(_ body: (inout GatewayPolicy) -> Void) {
    policy.withLock { body(&$0) }
  }
}

import Synchronization

/// What becomes known of a request on its way through the ingress, for the log and for the answer's headers.
final class RequestRecord: Sendable {
  struct Facts: Sendable {
    var route = "unmatched"
    var service: String?
    /// `customer:<uuid>`.
    var principal: String?
    var rate: RateVerdict?
    /// Whether the answer goes on after its head: then whoever ends it logs it.
    var isStreaming = false
  }

  @TaskLocal static var current: RequestRecord?

  let id: RequestID
  let start = ContinuousClock.now
  private let facts = Mutex(Facts())

  init(id: RequestID) {
    self.id = id
  }

  func note(_ body: (inout Facts) -> Void) {
    facts.withLock { body(&$0) }
  }

  var known: Facts { facts.withLock { $0 } }
}

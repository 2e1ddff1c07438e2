import Synchronization

/// The attributes of a request that are collected while it is processed, for the access log and the response headers.
///
/// Safe to use from any task.
final class RequestRecord: Sendable {
  struct Attributes: Sendable {
    var route = "unmatched"
    var service: String?
    /// `customer:<uuid>`.
    var principal: String?
    var rate: RateVerdict?
    /// The body is streamed after the head: the code that ends the stream calls ``AccessLog/finish(_:_:_:_:)``.
    var isStreaming = false
  }

  @TaskLocal static var current: RequestRecord?

  let id: RequestID
  let start = ContinuousClock.now
  private let state = Mutex(Attributes())

  init(id: RequestID) {
    self.id = id
  }

  var attributes: Attributes { state.withLock { $0 } }

  func update(_ body: (inout Attributes) -> Void) {
    state.withLock { body(&$0) }
  }
}

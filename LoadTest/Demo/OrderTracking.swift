import Contracts
import LoadClient
import NIOCore
import Synchronization
import Telemetry

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Follows one order by the Server-Sent Events of `GET /orders/{id}/track`, as the customer's app does.
final class OrderTracking: Sendable {
  private struct State {
    var events = ServerSentEvents()
    var lastID: String?
    var changes: [StatusUpdate] = []
    /// The number of updates that were taken.
    var taken = 0
    var failure: (any Error)?
  }

  let order: Identifier
  private let history: RESTClient
  private let customer: UserSession
  private let state = Mutex(State())

  init(order: Identifier, of customer: UserSession, at history: RESTClient) {
    (self.order, self.customer, self.history) = (order, customer, history)
  }

  /// Reads until the order's stream ends, resuming after a lost connection. Errors are thrown by `wait`.
  func follow() async {
    do {
      try await read()
    } catch {
      state.withLock { $0.failure = error }
    }
  }

  /// - Throws: `UnexpectedResponse`, when the order stays unknown for longer than the freshness target.
  private func read() async throws {
    let path = "/orders/\(order)/track"
    let deadline = ContinuousClock.now + ShopDemo.timeout
    while true {
      let lastID = state.withLock {
        $0.events = ServerSentEvents()
        return $0.lastID
      }
      let status = try await history.stream(path, as: customer, lastEventID: lastID) { take($0) }
      // After a 200 the connection ended, perhaps early; 204 is the end of the order's stream.
      if status == 204 { return }
      if status != 200 && ContinuousClock.now > deadline {
        throw UnexpectedResponse(request: "GET \(path)", status: status, body: "")
      }
      try await Task.sleep(for: max(.milliseconds(5), history.pause))
    }
  }

  /// Waits for an update of `part` to one of `statuses`.
  ///
  /// - Throws: `UpdateNotReceivedError` after `timeout`; the error that ended the reading.
  @discardableResult
  func wait(for part: StatusUpdate.Part, _ statuses: String..., within timeout: Duration) async throws -> StatusUpdate {
    let deadline = ContinuousClock.now + timeout
    repeat {
      if let change = updates.last(where: { $0.part == part && statuses.contains($0.status) }) { return change }
      if let failure = state.withLock({ $0.failure }) { throw failure }
      try await Task.sleep(for: .milliseconds(1), tolerance: .zero)
    } while ContinuousClock.now < deadline
    throw UpdateNotReceivedError(
      order: order, wanted: "\(part.rawValue) \(statuses.joined(separator: " or "))",
      pushed: updates.map { "\($0.part.rawValue) \($0.status)" }, timeout: timeout)
  }

  /// All updates so far.
  var updates: [StatusUpdate] {
    state.withLock { $0.changes }
  }

  /// The updates since the last call.
  func takeNewUpdates() -> [StatusUpdate] {
    state.withLock { state in
      defer { state.taken = state.changes.count }
      return Array(state.changes[state.taken...])
    }
  }

  private func take(_ piece: ByteBuffer) {
    let now = Timestamp.now()
    state.withLock { state in
      var arrived: [ServerSentEvent] = []
      state.events.feed(piece.readableBytesView) { arrived.append($0) }
      state.changes += arrived.compactMap { StatusUpdate($0, at: now) }
      state.lastID = arrived.last?.id ?? state.lastID
    }
  }
}

/// A status of an order, its payment or its delivery on the tracking stream.
struct StatusUpdate: Sendable {
  enum Part: String, Sendable { case order, payment, delivery }

  let part: Part
  let status: String
  let version: Int64
  let arrived = ContinuousClock.now
  /// Milliseconds from the change's commit to the arrival.
  let delay: Int64

  private struct Body: Decodable {
    let status: String
    let version: Int64
    let at: Timestamp
  }

  /// `nil` for any other event.
  init?(_ event: ServerSentEvent, at now: Timestamp) {
    guard let part = Part(rawValue: event.name), let body = try? JSONDecoder().decode(Body.self, from: Data(event.data))
    else { return nil }
    (self.part, status, version) = (part, body.status, body.version)
    delay = max(0, now.milliseconds(since: body.at))
  }
}

/// The tracking stream did not show a status in time.
struct UpdateNotReceivedError: Error, CustomStringConvertible {
  let order: Identifier
  let wanted: String
  let pushed: [String]
  let timeout: Duration

  var description: String {
    let shown = pushed.isEmpty ? "nothing" : pushed.joined(separator: ", ")
    return "the tracking stream of order \(order) did not show \(wanted) within \(timeout); it showed \(shown)"
  }
}

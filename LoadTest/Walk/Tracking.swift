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

/// Follows one order live, as its customer's phone does: by the Server-Sent Events of `GET /orders/{id}/track`.
final class Tracking: Sendable {
  private struct State {
    var events = ServerSentEvents()
    var lastID: String?
    var changes: [PushedChange] = []
    /// How many of the changes the narration has had.
    var told = 0
    var failure: (any Error)?
  }

  let order: Identifier
  private let history: RESTClient
  private let customer: Person
  private let state = Mutex(State())

  init(order: Identifier, of customer: Person, at history: RESTClient) {
    (self.order, self.customer, self.history) = (order, customer, history)
  }

  /// Reads until the order has come to its end; resumes where a connection broke off. What goes wrong is told by `wait`.
  func follow() async {
    do {
      try await read()
    } catch {
      state.withLock { $0.failure = error }
    }
  }

  /// - Throws: `UnexpectedAnswer`, when the order stays unknown for longer than a change may take to show.
  private func read() async throws {
    let path = "/orders/\(order)/track"
    let deadline = ContinuousClock.now + ShopTour.patience
    while true {
      let lastID = state.withLock {
        $0.events = ServerSentEvents()
        return $0.lastID
      }
      let status = try await history.stream(path, as: customer, lastEventID: lastID) { take($0) }
      // 200 is the end of a connection; whether it was the end of the order too, tells the next answer: 204.
      if status == 204 { return }
      if status != 200 && ContinuousClock.now > deadline {
        throw UnexpectedAnswer(request: "GET \(path)", status: status, body: "")
      }
      try await Task.sleep(for: max(.milliseconds(5), history.pause))
    }
  }

  /// Waits until `part` was pushed as having taken on one of `statuses`.
  ///
  /// - Throws: `NotPushedError` after `patience`; what ended the reading.
  @discardableResult
  func wait(for part: PushedChange.Part, _ statuses: String..., within patience: Duration) async throws -> PushedChange {
    let deadline = ContinuousClock.now + patience
    repeat {
      if let change = everything.last(where: { $0.part == part && statuses.contains($0.status) }) { return change }
      if let failure = state.withLock({ $0.failure }) { throw failure }
      try await Task.sleep(for: .milliseconds(1), tolerance: .zero)
    } while ContinuousClock.now < deadline
    throw NotPushedError(
      order: order, wanted: "\(part.rawValue) \(statuses.joined(separator: " or "))",
      pushed: everything.map { "\($0.part.rawValue) \($0.status)" }, patience: patience)
  }

  /// Every change so far.
  var everything: [PushedChange] {
    state.withLock { $0.changes }
  }

  /// What was pushed since this was last asked.
  func news() -> [PushedChange] {
    state.withLock { state in
      defer { state.told = state.changes.count }
      return Array(state.changes[state.told...])
    }
  }

  private func take(_ piece: ByteBuffer) {
    let now = Timestamp.now()
    state.withLock { state in
      var arrived: [ServerSentEvent] = []
      state.events.feed(piece.readableBytesView) { arrived.append($0) }
      state.changes += arrived.compactMap { PushedChange($0, at: now) }
      state.lastID = arrived.last?.id ?? state.lastID
    }
  }
}

/// A change of an order, its payment or its delivery that was pushed to the customer.
struct PushedChange: Sendable {
  enum Part: String, Sendable { case order, payment, delivery }

  let part: Part
  let status: String
  let version: Int64
  let arrived = ContinuousClock.now
  /// From the change's own time to its arrival here, in milliseconds.
  let delay: Int64

  private struct Body: Decodable {
    let status: String
    let version: Int64
    let at: Timestamp
  }

  /// `nil` for an event of another kind.
  init?(_ event: ServerSentEvent, at now: Timestamp) {
    guard let part = Part(rawValue: event.name), let body = try? JSONDecoder().decode(Body.self, from: Data(event.data))
    else { return nil }
    (self.part, status, version) = (part, body.status, body.version)
    delay = max(0, now.milliseconds(since: body.at))
  }
}

/// The tracking of an order did not show what it should have.
struct NotPushedError: Error, CustomStringConvertible {
  let order: Identifier
  let wanted: String
  let pushed: [String]
  let patience: Duration

  var description: String {
    let shown = pushed.isEmpty ? "nothing" : pushed.joined(separator: ", ")
    return "the tracking of order \(order) did not show \(wanted) within \(patience); it showed \(shown)"
  }
}

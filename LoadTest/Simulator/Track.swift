import Contracts
import LoadClient
import NIOCore
import NIOHTTP1

/// Reads the tracking stream of one order to its end, resuming it where it broke, and measures how fresh each change is.
struct Track: Sendable {
  let context: SimulationContext
  let order: Identifier
  let customer: Person

  /// How often a stream that can't be had is asked for again, when outages are not tolerated.
  private static let tries = 12

  /// - Parameter changes: gets each change once, and is finished when the stream has come to its end.
  /// - Returns: what was seen.
  /// - Throws: `RefusedError`, `UnansweredError`, `CancellationError`.
  func follow(into changes: AsyncStream<TrackChange>.Continuation) async throws -> TrackLog {
    defer { changes.finish() }
    var log = TrackLog()
    let opened = (at: ContinuousClock.now, microseconds: WallClock.microseconds)
    var failed = 0
    while true {
      let before = log.lastEventID
      let problem = try await read(&log, opened, into: changes)
      if log.lastEventID != before { failed = 0 }
      guard let problem else { return log }
      failed += 1
      context.measurements.refused(.track, problem)
      guard context.profile.toleratesOutages || failed <= Self.tries else {
        throw RefusedError(request: "GET /orders/\(order)/track", problem: problem)
      }
      if context.profile.toleratesOutages && failed > 2 { await askInstead(changes) }
      try await Task.sleep(for: .milliseconds(min(10 << min(failed, 7), 1000)) * Double.random(in: 1...1.2))
    }
  }

  /// Opens the stream once and reads it as far as it goes.
  ///
  /// - Returns: why it must be opened again, or `nil` at its end.
  private func read(
    _ log: inout TrackLog, _ opened: (at: ContinuousClock.Instant, microseconds: Int64),
    into changes: AsyncStream<TrackChange>.Continuation
  ) async throws -> String? {
    var parser = ServerSentEvents()
    var seen = log
    defer { log = seen }
    let status: Int
    do {
      status = try await context.services.history.stream(
        "/orders/\(order)/track", as: customer, lastEventID: log.lastEventID
      ) { piece in
        let received = WallClock.microseconds
        parser.feed(piece.readableBytesView) { event in
          if seen.lastEventID == nil { context.measurements.record(.track, opened.at.duration(to: .now)) }
          guard let change = take(event, &seen) else { return }
          let at = change.at.milliseconds * 1000
          if at >= opened.microseconds { context.measurements.pushed(afterMicroseconds: received - at) }
          changes.yield(change)
        }
      }
    } catch let error as UnansweredError {
      try Task.checkCancellation()
      return error.reason
    }
    try Task.checkCancellation()
    if status == 204 || (status == 200 && seen.isOver) { return nil }
    if status == 200 { context.measurements.resumed() }
    return status == 200 ? "ended early" : "\(status)"
  }

  private func take(_ event: ServerSentEvent, _ log: inout TrackLog) -> TrackChange? {
    let (change, anomalies) = log.take(event)
    for anomaly in anomalies {
      context.measurements.violated("stream of order \(order): \(anomaly)")
      switch anomaly {
      case .fell(let subject, let from, let to): writeFall(subject, from, to)
      case .repeated(let subject, let version): writeFall(subject, version, version)
      case .skipped, .unreadable: break
      }
    }
    return change
  }

  private func writeFall(_ subject: TrackSubject, _ from: Int64, _ to: Int64) {
    context.journal.write("fall", "\"aggregate\":\"\(subject)\",\"id\":\"\(order)\",\"from\":\(from),\"to\":\(to)")
  }

  /// Where the order stands, from the order service itself: a customer looks there when the stream is away.
  private func askInstead(_ changes: AsyncStream<TrackChange>.Continuation) async {
    let path = "/orders/\(order)"
    guard
      let answer = try? await context.services.order.send(.GET, path, as: customer, deadline: .seconds(2)), answer.status == 200,
      let status = answer.json["status"]?.string, let version = answer.json["version"]?.integer
    else { return }
    changes.yield(
      TrackChange(subject: .order, status: status, version: version, at: Timestamp(milliseconds: WallClock.milliseconds)))
  }
}

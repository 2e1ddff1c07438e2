import Contracts
import LoadClient
import NIOCore
import NIOHTTP1

/// Reads the tracking stream of one order to its end, resuming after lost connections, and measures the freshness of each change.
struct TrackingStream: Sendable {
  let context: SimulationContext
  let order: Identifier
  let customer: UserSession

  /// The maximum number of consecutive failures, unless outages are tolerated.
  private static let attempts = 12

  /// - Parameter changes: receives each change once, and is finished at the end of the stream.
  /// - Returns: the log of the stream.
  /// - Throws: `UnexpectedResultError`, `NoResponseError`, `CancellationError`.
  func follow(into changes: AsyncStream<StatusChange>.Continuation) async throws -> TrackingLog {
    defer { changes.finish() }
    var log = TrackingLog()
    let opened = (at: ContinuousClock.now, microseconds: WallClock.microseconds)
    var failed = 0
    while true {
      let before = log.lastEventID
      let problem = try await read(&log, opened, into: changes)
      if log.lastEventID != before { failed = 0 }
      guard let problem else { return log }
      failed += 1
      context.measurements.refused(.track, problem)
      guard context.profile.toleratesOutages || failed <= Self.attempts else {
        throw UnexpectedResultError(request: "GET /orders/\(order)/track", problem: problem)
      }
      if context.profile.toleratesOutages && failed > 2 { await pollOrder(changes) }
      try await Task.sleep(for: .milliseconds(min(10 << min(failed, 7), 1000)) * Double.random(in: 1...1.2))
    }
  }

  /// Opens the stream once and reads it until the connection ends.
  ///
  /// - Returns: why the stream has to be reopened; `nil` at its end.
  private func read(
    _ log: inout TrackingLog, _ opened: (at: ContinuousClock.Instant, microseconds: Int64),
    into changes: AsyncStream<StatusChange>.Continuation
  ) async throws -> String? {
    var parser = ServerSentEvents()
    var seen = log
    defer { log = seen }
    let status: Int
    do {
      status = try await context.services.history.stream(
        "/orders/\(order)/track", as: customer, lastEventID: log.lastEventID
      ) { chunk in
        let received = WallClock.microseconds
        parser.feed(chunk.readableBytesView) { event in
          if seen.lastEventID == nil { context.measurements.record(.track, opened.at.duration(to: .now)) }
          guard let change = take(event, &seen) else { return }
          let at = change.at.milliseconds * 1000
          if at >= opened.microseconds { context.measurements.pushed(afterMicroseconds: received - at) }
          changes.yield(change)
        }
      }
    } catch let error as NoResponseError {
      try Task.checkCancellation()
      return error.reason
    }
    try Task.checkCancellation()
    if status == 204 || (status == 200 && seen.isOver) { return nil }
    if status == 200 { context.measurements.resumed() }
    return status == 200 ? "ended early" : "\(status)"
  }

  private func take(_ event: ServerSentEvent, _ log: inout TrackingLog) -> StatusChange? {
    let (change, anomalies) = log.take(event)
    for anomaly in anomalies {
      context.measurements.violated("stream of order \(order): \(anomaly)")
      switch anomaly {
      case .decreased(let subject, let from, let to): writeDecrease(subject, from, to)
      case .duplicate(let subject, let version): writeDecrease(subject, version, version)
      case .skipped, .unreadable: break
      }
    }
    return change
  }

  private func writeDecrease(_ subject: TrackedAggregate, _ from: Int64, _ to: Int64) {
    context.journal.write("fall", "\"aggregate\":\"\(subject)\",\"id\":\"\(order)\",\"from\":\(from),\"to\":\(to)")
  }

  /// Fetches the order's status from the order service while the stream is unavailable.
  private func pollOrder(_ changes: AsyncStream<StatusChange>.Continuation) async {
    let path = "/orders/\(order)"
    guard
      let response = try? await context.services.order.send(.GET, path, as: customer, deadline: .seconds(2)),
      response.status == 200,
      let status = response.json["status"]?.string, let version = response.json["version"]?.integer
    else { return }
    changes.yield(
      StatusChange(subject: .order, status: status, version: version, at: Timestamp(milliseconds: WallClock.milliseconds)))
  }
}

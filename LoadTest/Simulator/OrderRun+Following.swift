import Contracts
import LoadClient
import NIOHTTP1

extension OrderRun {
  /// Reads the order's tracking stream to its end, and reacts to changes as customer and owner.
  ///
  /// Another task reads the stream, so that the reactions do not delay the measurement of changes.
  mutating func follow(_ placed: ContinuousClock.Instant) async throws {
    guard let order else { return }
    let (changes, continuation) = AsyncStream.makeStream(of: StatusChange.self)
    let track = TrackingStream(context: context, order: order, customer: customer)
    async let log = track.follow(into: continuation)
    for await change in changes where change.subject == .order && change.version > version {
      version = change.version
      status = OrderStatus(rawValue: change.status)
      switch status {
      case .paid:
        measurements.record(.paid, placed.duration(to: .now))
        try await react()
      case .delivered:
        try await afterDelivery()
      default: break
      }
    }
    try await check(log)
  }

  /// The owner's or the customer's reaction to a paid order.
  private mutating func react() async throws {
    let next = try await pause()
    switch plan.scenario.onPaid {
    case .accept: _ = try await accept(from: next)
    case .reject: _ = try await command(.reject, "reject", as: owner, Bodies.reject, from: next)
    case .cancel: _ = try await command(.cancel, "cancel", as: customer, Bodies.cancel, from: next)
    case .acceptAndCancel: try await race(from: next)
    case .nothing: break
    }
  }

  /// Sends accept and cancel concurrently; exactly one of the two may succeed.
  private func race(from next: ContinuousClock.Instant) async throws {
    async let cancelled = command(.cancel, "cancel", as: customer, Bodies.cancel, from: next, allowsConflict: true)
    let accepted = try await accept(from: next, allowsConflict: true)
    let both = try await (accepted, cancelled)
    if both == (true, true) || (both == (false, false) && !context.profile.toleratesOutages) {
      measurements.violated(
        "order \(order?.description ?? ""): of concurrent accept and cancel \(both.0 ? "both" : "neither") succeeded")
    }
  }

  private func accept(from next: ContinuousClock.Instant, allowsConflict: Bool = false) async throws -> Bool {
    let isAccepted = try await command(.accept, "accept", as: owner, Bodies.accept, from: next, allowsConflict: allowsConflict)
    if isAccepted, let order { context.fleet.accepted(order) }
    return isAccepted
  }

  /// - Parameter allowsConflict: whether 409 is an expected status; under outages, where deadlines pass, it always is.
  /// - Returns: whether the command succeeded.
  private func command(
    _ step: Step, _ action: String, as caller: UserSession, _ body: String, from next: ContinuousClock.Instant,
    allowsConflict: Bool = false
  ) async throws -> Bool {
    guard let order else { return false }
    let conflict = allowsConflict || context.profile.toleratesOutages ? [409] : []
    let response = try await context.requests.send(
      step, from: next, to: context.services.order, .POST, "/orders/\(order)/\(action)", as: caller, body: body,
      expecting: Set([200] + conflict))
    guard response.status == 200 else { return false }
    context.journal.command("order", order, action, caller, response)
    if let made = response.version, made <= version {
      context.journal.write("fall", "\"aggregate\":\"order\",\"id\":\"\(order)\",\"from\":\(version),\"to\":\(made)")
      measurements.violated("order \(order): \(action) created version \(made) after version \(version) was shown")
    }
    return true
  }

  private func check(_ log: TrackingLog) throws {
    guard let status, !log.isOver, !context.profile.toleratesOutages else { return }
    throw UnexpectedResultError(
      request: "the stream of a \(status) order",
      problem: "ended with payment status \(log.paymentStatus?.rawValue ?? "not shown")")
  }
}

extension JournalWriter {
  func command(_ aggregate: String, _ id: Identifier, _ action: String, _ caller: UserSession, _ response: RESTResponse) {
    write(
      "command",
      """
      "aggregate":"\(aggregate)","id":"\(id)","action":"\(action)","by":"\(caller)","status":\(response.status),\
      "version":\(response.version.json)
      """)
  }
}

import Contracts
import LoadClient
import NIOHTTP1

extension OrderRun {
  /// Reads the order's stream to its end, and does what customer and owner do when they see a change.
  ///
  /// The stream is read by a task of its own, so that what is done here delays no change.
  mutating func follow(_ placed: ContinuousClock.Instant) async throws {
    guard let order else { return }
    let (changes, continuation) = AsyncStream.makeStream(of: TrackChange.self)
    let track = Track(context: context, order: order, customer: customer)
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

  /// The owner or the customer, or both, when the order is paid.
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

  /// Exactly one of the two may win.
  private func race(from next: ContinuousClock.Instant) async throws {
    async let cancelled = command(.cancel, "cancel", as: customer, Bodies.cancel, from: next, mayLose: true)
    let accepted = try await accept(from: next, mayLose: true)
    let both = try await (accepted, cancelled)
    if both == (true, true) || (both == (false, false) && !context.profile.toleratesOutages) {
      measurements.violated(
        "order \(order?.description ?? ""): accept and cancel at once were \(both.0 ? "both" : "neither") carried out")
    }
  }

  private func accept(from next: ContinuousClock.Instant, mayLose: Bool = false) async throws -> Bool {
    let wins = try await command(.accept, "accept", as: owner, Bodies.accept, from: next, mayLose: mayLose)
    if wins, let order { context.fleet.accepted(order) }
    return wins
  }

  /// - Parameter mayLose: 409 is an answer to be reckoned with; so it is when outages let deadlines pass.
  /// - Returns: whether the command was carried out.
  private func command(
    _ step: Step, _ action: String, as caller: Person, _ body: String, from next: ContinuousClock.Instant, mayLose: Bool = false
  ) async throws -> Bool {
    guard let order else { return false }
    let losing = mayLose || context.profile.toleratesOutages ? [409] : []
    let answer = try await context.requests.send(
      step, from: next, to: context.services.order, .POST, "/orders/\(order)/\(action)", as: caller, body: body,
      expecting: Set([200] + losing))
    guard answer.status == 200 else { return false }
    context.journal.command("order", order, action, caller, answer)
    if let made = answer.version, made <= version {
      context.journal.write("fall", "\"aggregate\":\"order\",\"id\":\"\(order)\",\"from\":\(version),\"to\":\(made)")
      measurements.violated("order \(order): \(action) made version \(made) after \(version) was seen")
    }
    return true
  }

  private func check(_ log: TrackLog) throws {
    guard let status, !log.isOver, !context.profile.toleratesOutages else { return }
    throw RefusedError(
      request: "the stream of a \(status) order", problem: "ended with the payment \(log.paymentStatus?.rawValue ?? "not shown")")
  }
}

extension Journal {
  func command(_ aggregate: String, _ id: Identifier, _ action: String, _ caller: Person, _ answer: Answer) {
    write(
      "command",
      """
      "aggregate":"\(aggregate)","id":"\(id)","action":"\(action)","by":"\(caller)","status":\(answer.status),\
      "version":\(answer.version.json)
      """)
  }
}

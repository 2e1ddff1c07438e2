import Contracts
import LoadClient
import SampleShops

/// One order from the customer's first look at a listing to his review, with the owner's part in it.
///
/// Riders live on their own; what this order's riders shall do is left with the fleet.
struct OrderRun: Sendable {
  let context: SimulationContext
  var plan: OrderRunPlan
  let intended: ContinuousClock.Instant
  var order: Identifier?
  var status: OrderStatus?
  var version: Int64 = 0

  var customer: Person { context.actors.customers[plan.customer] }
  var owner: Person { context.actors.owner(of: plan.shop) }
  var measurements: Measurements { context.measurements }

  init(_ context: SimulationContext, _ plan: OrderRunPlan, intended: ContinuousClock.Instant) {
    self.context = context
    self.plan = plan
    self.intended = intended
  }

  /// Lives through to an end, and records what end that was.
  mutating func run() async {
    measurements.lifeStarted()
    measurements.record(.start, intended.duration(to: .now))
    do {
      try await browse()
      let placed = try await place()
      try await follow(placed)
      conclude()
    } catch {
      let reason = Task.isCancelled ? "was not at its end when the run was" : "\(error)"
      fail(reason)
    }
    if let order { context.fleet.forget(order) }
  }

  /// Waits as long as a person takes, and returns when the next step should therefore begin.
  mutating func pause() async throws -> ContinuousClock.Instant {
    let next = ContinuousClock.now + context.profile.pace * (0.5 + plan.pauses.fraction())
    try await Task.sleep(until: next, tolerance: .zero)
    return next
  }

  private func conclude() {
    guard let order, let status else { return fail("never showed a state") }
    let ends = context.profile.ends(of: plan.scenario)
    let isExpected = ends.contains(status)
    context.journal.write(
      "end", "\"id\":\"\(order)\",\"way\":\"\(plan.scenario)\",\"status\":\"\(status)\",\"expected\":\(isExpected)")
    if isExpected {
      measurements.runEnded(plan.scenario, status.rawValue, inTime: ContinuousClock.now <= context.lastArrival)
    } else {
      fail("ended as \(status), expected \(ends.map(\.rawValue).sorted().joined(separator: " or "))")
    }
  }

  private func fail(_ reason: String) {
    let name = order.map { "order \($0)" } ?? "life \(plan.number) (no order yet)"
    measurements.runFailed(plan.scenario, "unexpected", "\(name), \(plan.scenario): \(reason)")
  }
}

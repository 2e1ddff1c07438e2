import Contracts
import LoadClient
import RandomNumbers
import SampleShops

/// One order from browsing to the review: the customer's and the owner's requests.
///
/// Riders run independently; the fleet knows how they react to this order's offers.
struct OrderRun: Sendable {
  let context: SimulationContext
  var plan: OrderRunPlan
  let intended: ContinuousClock.Instant
  var order: Identifier?
  var status: OrderStatus?
  var version: Int64 = 0

  var customer: UserSession { context.actors.customers[plan.customer] }
  var owner: UserSession { context.actors.owner(of: plan.shop) }
  var measurements: RunMeasurements { context.measurements }

  init(_ context: SimulationContext, _ plan: OrderRunPlan, intended: ContinuousClock.Instant) {
    self.context = context
    self.plan = plan
    self.intended = intended
  }

  /// Runs the order to its end and records the outcome.
  mutating func run() async {
    measurements.runStarted()
    measurements.record(.start, intended.duration(to: .now))
    do {
      try await browse()
      let placed = try await place()
      try await follow(placed)
      conclude()
    } catch {
      let reason = Task.isCancelled ? "not finished at the end of the run" : "\(error)"
      fail(reason)
    }
    if let order { context.fleet.remove(order) }
  }

  /// Waits for a random think time, and returns the intended start of the next step.
  mutating func pause() async throws -> ContinuousClock.Instant {
    let next = ContinuousClock.now + context.profile.pace * (0.5 + plan.pauses.fraction())
    try await Task.sleep(until: next, tolerance: .zero)
    return next
  }

  private func conclude() {
    guard let order, let status else { return fail("never showed a status") }
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
    let name = order.map { "order \($0)" } ?? "order run \(plan.number) (no order yet)"
    measurements.runFailed(plan.scenario, "unexpected", "\(name), \(plan.scenario): \(reason)")
  }
}

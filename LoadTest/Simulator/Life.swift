import Contracts
import LoadClient
import SampleShops

/// One order from the customer's first look at a listing to his review, with the owner's part in it.
///
/// Riders live on their own; what this order's riders shall do is left with the fleet.
struct Life: Sendable {
  let world: World
  var plan: LifePlan
  let intended: ContinuousClock.Instant
  var order: Identifier?
  var status: OrderStatus?
  var version: Int64 = 0

  var customer: Person { world.cast.customers[plan.customer] }
  var owner: Person { world.cast.owner(of: plan.shop) }
  var measurements: Measurements { world.measurements }

  init(_ world: World, _ plan: LifePlan, intended: ContinuousClock.Instant) {
    self.world = world
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
    if let order { world.fleet.forget(order) }
  }

  /// Waits as long as a person takes, and returns when the next step should therefore begin.
  mutating func pause() async throws -> ContinuousClock.Instant {
    let next = ContinuousClock.now + world.scenario.pace * (0.5 + plan.pauses.fraction())
    try await Task.sleep(until: next, tolerance: .zero)
    return next
  }

  private func conclude() {
    guard let order, let status else { return fail("never showed a state") }
    let ends = world.scenario.ends(of: plan.way)
    let isExpected = ends.contains(status)
    world.journal.write(
      "end", "\"id\":\"\(order)\",\"way\":\"\(plan.way)\",\"status\":\"\(status)\",\"expected\":\(isExpected)")
    if isExpected {
      measurements.lifeEnded(plan.way, status.rawValue, inTime: ContinuousClock.now <= world.lastArrival)
    } else {
      fail("ended as \(status), expected \(ends.map(\.rawValue).sorted().joined(separator: " or "))")
    }
  }

  private func fail(_ reason: String) {
    let name = order.map { "order \($0)" } ?? "life \(plan.number) (no order yet)"
    measurements.lifeFailed(plan.way, "unexpected", "\(name), \(plan.way): \(reason)")
  }
}

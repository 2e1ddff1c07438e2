import Contracts
import RandomNumbers
import SampleShops
import Testing

@testable import Simulator

@Suite("Plans of order runs")
struct OrderRunPlanTests {
  private static let shops = (0..<60).compactMap { number -> OrderableShop? in
    let new = SampleShop.shop(number: number, seed: 1)
    var random = SplitMix64(seed: UInt64(number))
    let menu = new.menu.map { MenuItem(id: .generated(using: &random), name: $0.name, price: $0.price, description: nil) }
    return OrderableShop(
      Shop(
        id: .generated(using: &random), ownerId: .generated(using: &random), name: new.name, category: new.category,
        district: new.district, location: new.location, address: new.address, minimumOrder: new.minimumOrder,
        deliveryFee: new.deliveryFee, status: new.status, menu: menu, version: 1, createdAt: Timestamp(milliseconds: 0),
        updatedAt: Timestamp(milliseconds: 0)))
  }

  private func plans(_ count: Int, _ profile: LoadProfile) -> [OrderRunPlan] {
    (0..<count).map { OrderRunPlan(number: $0, profile: profile, shops: Self.shops) }
  }

  @Test("orders are deterministic for a seed and differ between seeds")
  func seed() {
    let bodies = plans(50, LoadProfile(seed: 1)).map { Bodies.order($0) }
    #expect(bodies == plans(50, LoadProfile(seed: 1)).map { Bodies.order($0) })
    #expect(bodies != plans(50, LoadProfile(seed: 2)).map { Bodies.order($0) })
    #expect(Set(bodies).count == 50)
  }

  @Test("closed shops are left out")
  func closedShops() {
    #expect(!Self.shops.isEmpty)
    #expect(Self.shops.count < 60)
  }

  @Test("every order reaches the shop's minimum with valid quantities")
  func minimum() {
    for plan in plans(2000, LoadProfile()) {
      let subtotal = plan.items.reduce(0) { $0 + $1.item.price * Int64($1.quantity) }
      #expect(subtotal >= plan.shop.minimumOrder)
      #expect(plan.items.allSatisfy { (1...99).contains($0.quantity) })
      #expect(Set(plan.items.map(\.item.id)).count == plan.items.count)
    }
  }

  @Test("the share of unhappy scenarios is as configured, and every scenario occurs")
  func unhappy() {
    let scenarios = plans(4000, LoadProfile(unhappy: 0.2)).map(\.scenario)
    #expect(abs(Double(scenarios.count { $0 != .happy }) / 4000 - 0.2) < 0.03)
    #expect(Set(scenarios) == Set(Scenario.allCases))
    #expect(plans(500, LoadProfile(unhappy: 0)).allSatisfy { $0.scenario == .happy })
    #expect(plans(500, LoadProfile(unhappy: 1)).allSatisfy { $0.scenario != .happy })
  }

  @Test("given scenarios are run in turn and do not change the ordered items")
  func scenariosInTurn() {
    let plans = plans(60, LoadProfile(scenarios: [.shopRejects, .happy, .offerExpires]))
    for (number, scenario) in [Scenario.shopRejects, .happy, .offerExpires].enumerated() {
      #expect(plans.enumerated().allSatisfy { ($0.offset % 3 == number) == ($0.element.scenario == scenario) })
    }
    #expect(plans.map(\.items) == self.plans(60, LoadProfile(scenarios: Scenario.allCases)).map(\.items))
    #expect(self.plans(60, LoadProfile(unhappy: 1, scenarios: [.happy])).allSatisfy { $0.scenario == .happy })
  }

  @Test("the configured shares of orders are sent twice and of reviews are watched")
  func samples() {
    let plans = plans(4000, LoadProfile(repeated: 3, watchEvery: 20))
    #expect(abs(plans.count { $0.repetition != .none } - 120) < 45)
    #expect(abs(plans.count(where: \.watchesRating) - 200) < 60)
    #expect(self.plans(500, LoadProfile(watchEvery: 0)).allSatisfy { !$0.watchesRating })
  }

  @Test("the number of riders follows the peak rate")
  func riders() {
    #expect(LoadProfile(rate: 100, pace: .milliseconds(50)).riderCount > 100)
    #expect(LoadProfile(rate: 100, curve: .lunchPeak).riderCount > LoadProfile(rate: 100).riderCount)
    #expect(LoadProfile(rate: 100, riders: 7).riderCount == 7)
  }
}

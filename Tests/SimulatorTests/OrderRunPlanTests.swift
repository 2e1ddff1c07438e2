import Contracts
import SampleShops
import Testing

@testable import Simulator

@Suite("Plan of a life")
struct OrderRunPlanTests {
  private static let shops = (0..<60).compactMap { number -> KnownShop? in
    let new = SampleShop.shop(number: number, seed: 1)
    var random = SplitMix64(seed: UInt64(number))
    let menu = new.menu.map { MenuItem(id: .invented(using: &random), name: $0.name, price: $0.price, description: nil) }
    return KnownShop(
      Shop(
        id: .invented(using: &random), ownerId: .invented(using: &random), name: new.name, category: new.category,
        district: new.district, location: new.location, address: new.address, minimumOrder: new.minimumOrder,
        deliveryFee: new.deliveryFee, status: new.status, menu: menu, version: 1, createdAt: Timestamp(milliseconds: 0),
        updatedAt: Timestamp(milliseconds: 0)))
  }

  private func plans(_ count: Int, _ profile: LoadProfile) -> [OrderRunPlan] {
    (0..<count).map { OrderRunPlan(number: $0, profile: profile, shops: Self.shops) }
  }

  @Test("the same seed orders the same, another seed something else")
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

  @Test("every order reaches the shop's minimum with quantities that are allowed")
  func minimum() {
    for plan in plans(2000, LoadProfile()) {
      let subtotal = plan.items.reduce(0) { $0 + $1.dish.price * Int64($1.quantity) }
      #expect(subtotal >= plan.shop.minimumOrder)
      #expect(plan.items.allSatisfy { (1...99).contains($0.quantity) })
      #expect(Set(plan.items.map(\.dish.id)).count == plan.items.count)
    }
  }

  @Test("unhappy lives are as many as was said, and of every kind")
  func unhappy() {
    let scenarios = plans(4000, LoadProfile(unhappy: 0.2)).map(\.scenario)
    #expect(abs(Double(scenarios.count { $0 != .happy }) / 4000 - 0.2) < 0.03)
    #expect(Set(scenarios) == Set(Scenario.allCases))
    #expect(plans(500, LoadProfile(unhappy: 0)).allSatisfy { $0.scenario == .happy })
    #expect(plans(500, LoadProfile(unhappy: 1)).allSatisfy { $0.scenario != .happy })
  }

  @Test("ways that were given are taken in turn, and the same is ordered whichever they are")
  func waysInTurn() {
    let plans = plans(60, LoadProfile(scenarios: [.shopRejects, .happy, .offerExpires]))
    for (number, scenario) in [Scenario.shopRejects, .happy, .offerExpires].enumerated() {
      #expect(plans.enumerated().allSatisfy { ($0.offset % 3 == number) == ($0.element.scenario == scenario) })
    }
    #expect(plans.map(\.items) == self.plans(60, LoadProfile(scenarios: Scenario.allCases)).map(\.items))
    #expect(self.plans(60, LoadProfile(unhappy: 1, scenarios: [.happy])).allSatisfy { $0.scenario == .happy })
  }

  @Test("a few orders in a hundred are sent twice, one review in so many is watched")
  func samples() {
    let plans = plans(4000, LoadProfile(repeated: 3, watchEvery: 20))
    #expect(abs(plans.count { $0.repetition != .none } - 120) < 45)
    #expect(abs(plans.count(where: \.watchesRating) - 200) < 60)
    #expect(self.plans(500, LoadProfile(watchEvery: 0)).allSatisfy { !$0.watchesRating })
  }

  @Test("there are riders for the rate at its peak")
  func riders() {
    #expect(LoadProfile(rate: 100, pace: .milliseconds(50)).riderCount > 100)
    #expect(LoadProfile(rate: 100, curve: .lunchPeak).riderCount > LoadProfile(rate: 100).riderCount)
    #expect(LoadProfile(rate: 100, riders: 7).riderCount == 7)
  }
}

import Contracts
import Testing

@testable import Simulator

@Suite("Scenarios of an order run")
struct ScenarioTests {
  private static let table: [(scenario: Scenario, token: String, ends: Set<OrderStatus>)] = [
    (.happy, "tok_visa", [.delivered]),
    (.declinedCard, "tok_declined", [.paymentFailed]),
    (.insufficientFunds, "tok_insufficient_funds", [.paymentFailed]),
    (.providerHangs, "tok_timeout", [.delivered]),
    (.shopRejects, "tok_visa", [.rejected]),
    (.customerCancels, "tok_visa", [.cancelled]),
    (.acceptRacesCancel, "tok_visa", [.delivered, .cancelled]),
    (.nobodyAnswers, "tok_visa", [.expired]),
    (.riderDeclines, "tok_visa", [.delivered]),
    (.offerExpires, "tok_visa", [.delivered]),
    (.reviewDeleted, "tok_visa", [.delivered]),
    (.ownerReplies, "tok_visa", [.delivered]),
  ]

  @Test("each scenario has its card and its final statuses")
  func expectations() {
    #expect(Self.table.map(\.scenario) == Scenario.allCases)
    for (scenario, token, ends) in Self.table {
      #expect(scenario.token == token)
      #expect(scenario.ends == ends)
    }
  }

  @Test("scenarios are parsed from comma-separated names or all")
  func argument() throws {
    #expect(try Scenario.list("shopRejects") == [.shopRejects])
    #expect(try Scenario.list("declinedCard,happy,declinedCard") == [.declinedCard, .happy, .declinedCard])
    #expect(try Scenario.list("all") == Scenario.allCases)
    for wrong in ["", "declined", "happy,", "happy, shopRejects", "Happy", "happy,all"] {
      #expect(throws: (any Error).self, "\(wrong)") { try Scenario.list(wrong) }
    }
  }

  @Test("every permitted status is final, and outages only add statuses", arguments: Scenario.allCases)
  func ends(scenario: Scenario) {
    #expect(scenario.ends.isSubset(of: scenario.endsUnderOutages))
    #expect(scenario.endsUnderOutages.allSatisfy { $0.isFinal })
  }

  @Test("an order is delivered only if the owner may accept it", arguments: Scenario.allCases)
  func delivered(scenario: Scenario) {
    let mayAccept = scenario.onPaid == .accept || scenario.onPaid == .acceptAndCancel
    let mayPay = scenario.ends != [.paymentFailed]
    #expect(scenario.endsUnderOutages.contains(.delivered) == (mayAccept && mayPay))
  }

  @Test("the payment is captured for delivered orders only")
  func money() {
    for status in OrderStatus.allCases {
      #expect(status.paymentEnds.contains(.captured) == (status == .delivered))
      #expect(status.paymentEnds.isEmpty != status.isFinal)
    }
  }

  @Test("the first offer has the scenario's reaction, the next is accepted")
  func firstOffer() throws {
    let fleet = RiderFleet(measurements: RunMeasurements())
    let order = try #require(Identifier("0198c0de-0000-7abc-8def-0123456789ab"))
    #expect(fleet.reaction(to: order) == .accept)
    for scenario in [Scenario.riderDeclines, .offerExpires] {
      fleet.expect(order, scenario.firstOffer)
      #expect(fleet.reaction(to: order) == scenario.firstOffer)
      #expect(fleet.reaction(to: order) == .accept)
    }
  }
}

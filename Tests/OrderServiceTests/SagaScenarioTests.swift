import Contracts
import Events
import TestSupport
import Testing

@testable import OrderService

/// Every scenario of a checkout, with real HTTP and a real database.
@Suite("The scenarios of a checkout")
struct SagaScenarioTests {
  @Test("Success: authorized, accepted, captured, assigned, picked up, delivered, with two calls and no status query")
  func delivered() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        let order = try await fixture.order(at: .awaitDelivery, process)
        #expect(await process.consume(fixture.riders.set(.pickedUp, of: order)) == [.applied])
        #expect(try await fixture.record(order).saga.order == .pickedUp)
        #expect(await process.consume(fixture.riders.set(.delivered, of: order)) == [.applied])
        try await fixture.ends(order, .delivered, payment: .captured)
        #expect(fixture.payments.faults.calls == ["authorize", "capture"])
        #expect(fixture.payments.faults.keys("authorize") == ["checkout-\(order.id)-authorize"])
        #expect(fixture.payments.faults.keys("capture") == ["checkout-\(order.id)-capture"])
        #expect(fixture.riders.faults.calls == ["batch", "batch", "batch"])
        #expect(
          try await fixture.history(order) == [
            "authorize authorized", "awaitShop accepted", "capture captured", "awaitRider assigned", "awaitDelivery picked up",
            "awaitDelivery delivered",
          ])
        // One statement for the placement and one for each of the six moves.
        #expect(try await fixture.record(order).version == 7)
      }
    }
  }

  @Test("Lost events are made up for by status queries")
  func lostEvents() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        let order = try await fixture.order(at: .awaitRider, process)
        fixture.riders.set(.delivered, of: order)
        fixture.time.pass(.seconds(30))
        try await fixture.ends(order, .delivered, payment: .captured)
        #expect(fixture.riders.faults.calls == ["query"])
      }
    }
  }

  @Test("A declined card ends the order without compensation")
  func declined() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        let order = try await fixture.place(process, token: "tok_declined")
        try await fixture.ends(order, .paymentFailed, payment: .declined)
        #expect(fixture.payments.faults.calls == ["authorize"])
      }
    }
  }

  @Test("The shop rejects, or the customer cancels a paid order: the authorization is voided")
  func givenUp() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        let rejected = try await fixture.order(at: .awaitShop, process)
        try await fixture.decide(.reject(reason: "closed"), rejected, process)
        try await fixture.ends(rejected, .rejected, payment: .voided)
        let cancelled = try await fixture.order(at: .awaitShop, process)
        try await fixture.decide(.cancel(reason: "mistake"), cancelled, process)
        try await fixture.ends(cancelled, .cancelled, payment: .voided)
        #expect(fixture.payments.faults.calls == ["authorize", "void", "authorize", "void"])
      }
    }
  }

  @Test("The customer cancels during the authorization: it is voided")
  func cancelledMeanwhile() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        fixture.payments.faults.next("authorize", .loseResponse)
        let order = try await fixture.place(process)
        try await eventually("the authorization") { fixture.payments.effects(.authorize) == 1 }
        try await fixture.decide(.cancel(reason: "mistake"), order, process)
        try await fixture.ends(order, .cancelled, payment: .voided)
        let history = try await fixture.history(order)
        #expect(history.first == "authorize cancelled")
      }
    }
  }

  @Test("The shop does not decide: the order expires and the authorization is voided")
  func shopDoesNotDecide() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        let order = try await fixture.order(at: .awaitShop, process)
        fixture.time.pass(.seconds(601))
        try await fixture.ends(order, .expired, payment: .voided)
        #expect(try await fixture.record(order).saga.reason == "the shop did not answer in time")
        #expect(try await fixture.history(order) == ["authorize authorized", "awaitShop deadline passed", "void voided"])
      }
    }
  }

  @Test("An accept concurrent with the deadline: one of them succeeds, and the saga follows it")
  func acceptRacesDeadline() async throws {
    // Only the shop's deadline passes.
    let longer: (inout CheckoutConfiguration) -> Void = { configuration in
      for deadline in [.capture, .rider] as [SagaDeadline] { configuration.deadlines[deadline] = .seconds(360_000) }
    }
    try await SagaFixture.run(longer) { fixture in
      try await fixture.process { process in
        for round in 0..<12 {
          let order = try await fixture.order(at: .awaitShop, process)
          async let accepted: Bool = {
            do {
              try await fixture.decide(.accept(preparationMinutes: 5), order, process)
              return true
            } catch is OrderError {
              return false
            }
          }()
          fixture.time.pass(.seconds(599) + .milliseconds(900 + round * 10))
          if try await accepted {
            try await fixture.reaches(order, .awaitRider)
            #expect(fixture.payments.payment(order.paymentId)?.status == .captured)
          } else {
            try await fixture.ends(order, .expired, payment: .voided)
          }
        }
      }
    }
  }

  @Test("The card network declines the capture: the delivery is cancelled and the payment voided")
  func captureRefused() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        fixture.payments.faults.next("capture", .refuse)
        let order = try await fixture.order(at: .awaitShop, process)
        fixture.riders.set(.assigned, of: order)
        try await fixture.decide(.accept(preparationMinutes: 5), order, process)
        try await fixture.ends(order, .paymentFailed, payment: .voided)
        #expect(fixture.riders.delivery(of: order.id)?.status == .cancelled)
        #expect(fixture.payments.effects(.capture) == 0)
      }
    }
  }

  @Test("The payment is voided before its capture: the delivery is cancelled, even before it exists")
  func authorizationGone() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        let order = try await fixture.order(at: .awaitShop, process)
        fixture.payments.set(order.paymentId, .voided)
        try await fixture.decide(.accept(preparationMinutes: 5), order, process)
        try await fixture.ends(order, .paymentFailed, payment: .voided)
        #expect(fixture.riders.delivery(of: order.id)?.status == .cancelled)
        #expect(fixture.payments.faults.calls == ["authorize", "capture", "query"])
      }
    }
  }

  @Test("No rider in time: the delivery is cancelled, the order expires, the payment is refunded")
  func noRider() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        let order = try await fixture.order(at: .awaitRider, process)
        fixture.riders.set(.requested, of: order)
        fixture.time.pass(.seconds(1801))
        try await fixture.ends(order, .expired, payment: .refunded)
        #expect(fixture.riders.delivery(of: order.id)?.reason == "no rider was found in time")
      }
    }
  }

  @Test("The order was picked up when the rider deadline passes: the checkout continues")
  func riderWasFaster() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        let order = try await fixture.order(at: .awaitRider, process)
        fixture.riders.set(.pickedUp, of: order)
        fixture.riders.faults.next("query", .error)
        fixture.time.pass(.seconds(1801))
        try await fixture.reaches(order, .awaitDelivery)
        #expect(try await fixture.record(order).saga.order == .pickedUp)
        #expect(await process.consume(fixture.riders.set(.delivered, of: order)) == [.applied])
        try await fixture.ends(order, .delivered, payment: .captured)
        #expect(fixture.riders.faults.count("cancel") == 1)
      }
    }
  }

  @Test("An order that is not delivered in time expires, and the payment is refunded")
  func lost() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        let order = try await fixture.order(at: .awaitDelivery, process)
        #expect(await process.consume(fixture.riders.set(.pickedUp, of: order)) == [.applied])
        fixture.time.pass(.seconds(7201))
        try await fixture.ends(order, .expired, payment: .refunded)
        #expect(fixture.riders.delivery(of: order.id)?.status == .cancelled)
      }
    }
  }

  @Test("A delivery that the rider service cancels ends the order, and the payment is refunded")
  func deliveryCancelled() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        let order = try await fixture.order(at: .awaitDelivery, process)
        #expect(await process.consume(fixture.riders.set(.cancelled, of: order)) == [.applied])
        try await fixture.ends(order, .expired, payment: .refunded)
      }
    }
  }
}

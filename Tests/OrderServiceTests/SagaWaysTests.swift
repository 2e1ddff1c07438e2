import Contracts
import Events
import Testing
import TestSupport

@testable import OrderService

/// Every way that a checkout can go, with real HTTP and a real database.
@Suite("The ways of a checkout")
struct SagaWaysTests {
  @Test("All well: authorized, accepted, captured, assigned, picked up, delivered, with two calls and no statusQuery")
  func delivered() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        let order = try await bench.order(at: .awaitDelivery, process)
        #expect(await process.consume(bench.riders.put(.pickedUp, of: order)) == [.applied])
        #expect(try await bench.record(order).saga.order == .pickedUp)
        #expect(await process.consume(bench.riders.put(.delivered, of: order)) == [.applied])
        try await bench.ends(order, .delivered, payment: .captured)
        #expect(bench.payments.faults.calls == ["authorize", "capture"])
        #expect(bench.payments.faults.keys("authorize") == ["checkout-\(order.id)-authorize"])
        #expect(bench.payments.faults.keys("capture") == ["checkout-\(order.id)-capture"])
        #expect(bench.riders.faults.calls == ["batch", "batch", "batch"])
        #expect(
          try await bench.history(order) == [
            "authorize authorized", "awaitShop accepted", "capture captured", "awaitRider assigned", "awaitDelivery picked up",
            "awaitDelivery delivered",
          ])
        // One statement for the placing and for each of the six moves, and none besides.
        #expect(try await bench.record(order).version == 7)
      }
    }
  }

  @Test("Events that were lost are made up for by asking now and then")
  func lostEvents() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        let order = try await bench.order(at: .awaitRider, process)
        bench.riders.put(.delivered, of: order)
        bench.time.pass(.seconds(30))
        try await bench.ends(order, .delivered, payment: .captured)
        #expect(bench.riders.faults.calls == ["ask"])
      }
    }
  }

  @Test("A declined card ends the order, and nothing is left to undo")
  func declined() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        let order = try await bench.place(process, token: "tok_declined")
        try await bench.ends(order, .paymentFailed, payment: .declined)
        #expect(bench.payments.faults.calls == ["authorize"])
      }
    }
  }

  @Test("The shop rejects, or the customer cancels a paid order: the authorization is voided")
  func givenUp() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        let rejected = try await bench.order(at: .awaitShop, process)
        try await bench.decide(.reject(reason: "closed"), rejected, process)
        try await bench.ends(rejected, .rejected, payment: .voided)
        let cancelled = try await bench.order(at: .awaitShop, process)
        try await bench.decide(.cancel(reason: "mistake"), cancelled, process)
        try await bench.ends(cancelled, .cancelled, payment: .voided)
        #expect(bench.payments.faults.calls == ["authorize", "void", "authorize", "void"])
      }
    }
  }

  @Test("The customer cancels while the card is being charged: the charge loses, and is voided")
  func cancelledMeanwhile() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        bench.payments.faults.next("authorize", .loseAnswer)
        let order = try await bench.place(process)
        try await eventually("the charge") { bench.payments.effects(.authorize) == 1 }
        try await bench.decide(.cancel(reason: "mistake"), order, process)
        try await bench.ends(order, .cancelled, payment: .voided)
        let history = try await bench.history(order)
        #expect(history.first == "authorize cancelled")
      }
    }
  }

  @Test("The shop says nothing: the order expires and the authorization is voided")
  func nobodyAnswers() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        let order = try await bench.order(at: .awaitShop, process)
        bench.time.pass(.seconds(601))
        try await bench.ends(order, .expired, payment: .voided)
        #expect(try await bench.record(order).saga.reason == "the shop did not answer in time")
        #expect(try await bench.history(order) == ["authorize authorized", "awaitShop deadline passed", "void voided"])
      }
    }
  }

  @Test("Accepting races the deadline: one of them wins, and the saga follows the winner")
  func acceptRacesDeadline() async throws {
    // Only the shop's deadline is to pass.
    let longer: (inout CheckoutConfiguration) -> Void = { configuration in
      for deadline in [.capture, .rider] as [SagaDeadline] { configuration.deadlines[deadline] = .seconds(360_000) }
    }
    try await SagaBench.run(longer) { bench in
      try await bench.process { process in
        for round in 0..<12 {
          let order = try await bench.order(at: .awaitShop, process)
          async let accepted: Bool = {
            do {
              try await bench.decide(.accept(preparationMinutes: 5), order, process)
              return true
            } catch is OrderError {
              return false
            }
          }()
          bench.time.pass(.seconds(599) + .milliseconds(900 + round * 10))
          if try await accepted {
            try await bench.reaches(order, .awaitRider)
            #expect(bench.payments.payment(order.paymentId)?.status == .captured)
          } else {
            try await bench.ends(order, .expired, payment: .voided)
          }
        }
      }
    }
  }

  @Test("The network refuses the capture: the delivery is called off and the payment voided")
  func captureRefused() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        bench.payments.faults.next("capture", .refuse)
        let order = try await bench.order(at: .awaitShop, process)
        bench.riders.put(.assigned, of: order)
        try await bench.decide(.accept(preparationMinutes: 5), order, process)
        try await bench.ends(order, .paymentFailed, payment: .voided)
        #expect(bench.riders.delivery(of: order.id)?.status == .cancelled)
        #expect(bench.payments.effects(.capture) == 0)
      }
    }
  }

  @Test("The authorization is gone when it is to be captured: the delivery is called off, even before it was made")
  func authorizationGone() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        let order = try await bench.order(at: .awaitShop, process)
        bench.payments.set(order.paymentId, .voided)
        try await bench.decide(.accept(preparationMinutes: 5), order, process)
        try await bench.ends(order, .paymentFailed, payment: .voided)
        #expect(bench.riders.delivery(of: order.id)?.status == .cancelled)
        #expect(bench.payments.faults.calls == ["authorize", "capture", "ask"])
      }
    }
  }

  @Test("No rider in time: the delivery is cancelled, the order expires, the money goes back")
  func noRider() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        let order = try await bench.order(at: .awaitRider, process)
        bench.riders.put(.requested, of: order)
        bench.time.pass(.seconds(1801))
        try await bench.ends(order, .expired, payment: .refunded)
        #expect(bench.riders.delivery(of: order.id)?.reason == "no rider was found in time")
      }
    }
  }

  @Test("The rider was faster than the deadline: the order goes on")
  func riderWasFaster() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        let order = try await bench.order(at: .awaitRider, process)
        bench.riders.put(.pickedUp, of: order)
        bench.riders.faults.next("ask", .error)
        bench.time.pass(.seconds(1801))
        try await bench.reaches(order, .awaitDelivery)
        #expect(try await bench.record(order).saga.order == .pickedUp)
        #expect(await process.consume(bench.riders.put(.delivered, of: order)) == [.applied])
        try await bench.ends(order, .delivered, payment: .captured)
        #expect(bench.riders.faults.count("cancel") == 1)
      }
    }
  }

  @Test("An order that is lost on the way expires, and the money goes back")
  func lost() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        let order = try await bench.order(at: .awaitDelivery, process)
        #expect(await process.consume(bench.riders.put(.pickedUp, of: order)) == [.applied])
        bench.time.pass(.seconds(7201))
        try await bench.ends(order, .expired, payment: .refunded)
        #expect(bench.riders.delivery(of: order.id)?.status == .cancelled)
      }
    }
  }

  @Test("A delivery that the rider service calls off ends the order, and the money goes back")
  func deliveryCancelled() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        let order = try await bench.order(at: .awaitDelivery, process)
        #expect(await process.consume(bench.riders.put(.cancelled, of: order)) == [.applied])
        try await bench.ends(order, .expired, payment: .refunded)
      }
    }
  }
}

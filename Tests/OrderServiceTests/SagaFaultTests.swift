import Contracts
import RandomNumbers
import TestSupport
import Testing

@testable import Events
@testable import OrderService

/// Participants that fail, hang, lose responses, are late or unavailable.
@Suite("Checkouts under faults")
struct SagaFaultTests {
  @Test(
    "An authorization whose response was lost is queried, and executed once",
    arguments: [ServiceFaults.Fault.loseResponse, .errorAfterwards])
  func lostAuthorization(fault: ServiceFaults.Fault) async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        fixture.payments.faults.next("authorize", fault)
        let order = try await fixture.place(process)
        try await fixture.reaches(order, .awaitShop)
        #expect(fixture.payments.faults.calls == ["authorize", "query"])
        #expect(fixture.payments.effects(.authorize) == 1)
        #expect(try await fixture.record(order).lastError == nil)
      }
    }
  }

  @Test(
    "An authorization that was not received is queried, and sent again with the same key",
    arguments: [ServiceFaults.Fault.hang, .error])
  func authorizationNotReceived(fault: ServiceFaults.Fault) async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        fixture.payments.faults.next("authorize", fault)
        let order = try await fixture.place(process)
        try await fixture.reaches(order, .awaitShop)
        #expect(fixture.payments.faults.calls == ["authorize", "query", "authorize"])
        #expect(fixture.payments.faults.keys("authorize").count == 1)
        #expect(fixture.payments.effects(.authorize) == 1)
      }
    }
  }

  @Test("A pending outcome is applied at the payment's event, before the next status query")
  func pendingThenEvent() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        fixture.payments.faults.next("authorize", .pending)
        let order = try await fixture.place(process)
        // Until the pauses between status queries have grown.
        try await eventually(within: .seconds(20), "growing pauses") { try await fixture.record(order).saga.attempts >= 4 }
        // No status query is due any more.
        fixture.time.stop()
        fixture.payments.resolve(order.paymentId)
        let event = AggregateChange(
          source: "/payment", subject: order.paymentId, sequence: 2, types: [.paymentAuthorized],
          time: Timestamp(milliseconds: 0),
          traceparent: nil)
        #expect(await process.consume(event) == [.applied])
        try await fixture.reaches(order, .awaitShop)
        let calls = fixture.payments.faults.calls.count
        #expect(await process.consume(event) == [.applied])
        #expect(fixture.payments.faults.calls.count == calls)
      }
    }
  }

  @Test("An outcome that is unknown at the deadline expires the order; a late authorization is voided")
  func lateSuccess() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        fixture.payments.faults.next("authorize", .pending)
        let order = try await fixture.place(process)
        try await eventually("a status query") { fixture.payments.faults.count("query") > 0 }
        fixture.time.pass(.seconds(60))
        try await fixture.reaches(order, .void)
        #expect(try await fixture.record(order).saga.order == .expired)
        try await eventually("the void") { fixture.payments.payment(order.paymentId)?.pending == .void }
        #expect(try await fixture.record(order).saga.status == .compensating)
        fixture.payments.resolve(order.paymentId)
        try await fixture.ends(order, .expired, payment: .voided)
      }
    }
  }

  @Test("An authorization whose success is unknown at the deadline is voided")
  func unknownSuccess() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        fixture.payments.faults.next("authorize", .loseResponse)
        fixture.payments.faults.next("query", .error, .error, .error, .error, .error, .error)
        let order = try await fixture.place(process)
        try await eventually("the authorization") { fixture.payments.effects(.authorize) == 1 }
        fixture.time.pass(.seconds(60))
        try await fixture.ends(order, .expired, payment: .voided)
        #expect(fixture.payments.effects(.void) == 1)
      }
    }
  }

  @Test("Payment is unavailable past the deadline: the void leaves a tombstone against a late authorization")
  func tombstone() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        fixture.payments.faults.isDown = true
        let order = try await fixture.place(process)
        try await eventually("an attempt") { !fixture.payments.faults.calls.isEmpty }
        fixture.time.pass(.seconds(61))
        try await fixture.reaches(order, .void)
        #expect(try await fixture.record(order).saga.order == .expired)
        try await eventually("an error for operators") { try await fixture.record(order).lastError != nil }
        fixture.payments.faults.isDown = false
        fixture.time.pass(.seconds(30))
        try await fixture.ends(order, .expired, payment: .voided)
        #expect(fixture.payments.effects(.authorize) == 0)
      }
    }
  }

  @Test("A rejected authorization fails the payment and leaves a tombstone")
  func rejected() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        fixture.payments.faults.next("authorize", .refuse)
        let order = try await fixture.place(process)
        try await fixture.ends(order, .paymentFailed, payment: .voided)
        #expect(fixture.payments.faults.calls == ["authorize", "void"])
      }
    }
  }

  @Test(
    "Every void and refund is repeated until its outcome is known",
    arguments: [ServiceFaults.Fault.error, .errorAfterwards, .hang, .loseResponse])
  func compensationsGoOn(fault: ServiceFaults.Fault) async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        fixture.payments.faults.next("void", fault)
        fixture.payments.faults.next("refund", fault)
        let voided = try await fixture.order(at: .awaitShop, process)
        let refunded = try await fixture.order(at: .awaitRider, process)
        try await fixture.decide(.reject(reason: "closed"), voided, process)
        fixture.time.pass(.seconds(1801))
        try await fixture.ends(voided, .rejected, payment: .voided)
        try await fixture.ends(refunded, .expired, payment: .refunded)
        #expect(fixture.payments.effects(.void) == 1 && fixture.payments.effects(.refund) == 1)
      }
    }
  }

  @Test("A late capture is detected, and a delivery that was completed before it is applied after it")
  func riderAheadOfCapture() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        fixture.payments.faults.next("capture", .pending)
        let order = try await fixture.order(at: .awaitShop, process)
        try await fixture.decide(.accept(preparationMinutes: 5), order, process)
        try await eventually("the capture") { fixture.payments.payment(order.paymentId)?.pending == .capture }
        #expect(await process.consume(fixture.riders.set(.delivered, of: order)) == [.applied])
        #expect(try await fixture.record(order).saga.order == .accepted)
        fixture.payments.resolve(order.paymentId)
        try await fixture.ends(order, .delivered, payment: .captured)
      }
    }
  }

  @Test("A capture whose outcome is unknown at its deadline cancels the delivery, and is refunded")
  func captureDeadline() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        fixture.payments.faults.next("capture", .errorAfterwards)
        let order = try await fixture.order(at: .awaitShop, process)
        fixture.payments.faults.next("query", .error, .error, .error)
        try await fixture.decide(.accept(preparationMinutes: 5), order, process)
        try await eventually("the capture") { fixture.payments.effects(.capture) == 1 }
        fixture.time.pass(.seconds(121))
        try await fixture.ends(order, .paymentFailed, payment: .refunded)
        #expect(fixture.riders.delivery(of: order.id)?.status == .cancelled)
      }
    }
  }

  @Test("The payment of a delivered order is captured, even after the deadline")
  func deliveredBeforeCapture() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        let order = try await fixture.order(at: .awaitShop, process)
        fixture.payments.faults.isDown = true
        fixture.riders.set(.delivered, of: order)
        try await fixture.decide(.accept(preparationMinutes: 5), order, process)
        try await eventually("an attempt") { fixture.payments.faults.count("capture") > 0 }
        fixture.time.pass(.seconds(121))
        try await eventually("the attempt to cancel the delivery") { fixture.riders.faults.count("cancel") > 0 }
        try await fixture.reaches(order, .capture)
        #expect(try await fixture.record(order).saga.order == .accepted)
        fixture.payments.faults.isDown = false
        fixture.time.pass(.seconds(10))
        try await fixture.ends(order, .delivered, payment: .captured)
      }
    }
  }

  @Test("While rider is unavailable the order stays accepted; afterwards it expires and is refunded")
  func riderUnavailable() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        let order = try await fixture.order(at: .awaitRider, process)
        fixture.riders.faults.isDown = true
        let change = fixture.riders.set(.requested, of: order)
        fixture.time.pass(.seconds(1801))
        try await fixture.reaches(order, .releaseRider)
        try await eventually("an attempt") { fixture.riders.faults.count("cancel") > 0 }
        #expect(try await fixture.record(order).saga.order == .accepted)
        var event = change
        event.types = [.deliveryAssigned]
        guard case .retry = await process.consume(event)[0] else {
          Issue.record("an event whose delivery could not be fetched was acknowledged")
          return
        }
        fixture.riders.faults.isDown = false
        fixture.time.pass(.seconds(30))
        try await fixture.ends(order, .expired, payment: .refunded)
      }
    }
  }

  @Test("After an outage of payment every waiting order continues")
  func paymentUnavailable() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        fixture.payments.faults.isDown = true
        var orders: [Order] = []
        for _ in 0..<40 { orders.append(try await fixture.place(process)) }
        try await eventually("attempts") { !fixture.payments.faults.calls.isEmpty }
        fixture.payments.faults.isDown = false
        fixture.time.pass(fixture.schedule.leaseLength)
        for order in orders { try await fixture.reaches(order, .awaitShop, within: .seconds(20)) }
        #expect(fixture.payments.effects(.authorize) == 40)
      }
    }
  }

  @Test("Under random faults of payment no order is charged twice, and every order ends", arguments: [1, 2])
  func randomFaults(seed: UInt64) async throws {
    try await SagaFixture.run { fixture in
      var random = SplitMix64(seed: seed)
      for call in ["authorize", "capture", "void", "refund", "query"] {
        for _ in 0..<60 {
          let faults: [ServiceFaults.Fault] = [.error, .errorAfterwards, .loseResponse, .hang]
          // 30 percent of the requests fail.
          if Int.random(in: 0..<10, using: &random) < 3 {
            fixture.payments.faults.next(call, faults.randomElement(using: &random)!)
          }
        }
      }
      try await fixture.process { process in
        var orders: [Order] = []
        for _ in 0..<24 { orders.append(try await fixture.place(process)) }
        for (index, order) in orders.enumerated() {
          try await fixture.reaches(order, .awaitShop, within: .seconds(40))
          let decision: OrderAction = index % 3 == 0 ? .reject(reason: "closed") : .accept(preparationMinutes: 5)
          try await fixture.decide(decision, order, process)
        }
        for (index, order) in orders.enumerated() where index % 3 != 0 {
          try await fixture.reaches(order, .awaitRider, within: .seconds(40))
          if index % 3 == 1 { _ = await process.consume(fixture.riders.set(.delivered, of: order)) }
        }
        fixture.time.pass(.seconds(1801))
        for order in orders { try await fixture.reaches(order, .done, within: .seconds(60)) }
        #expect(fixture.payments.effects(.authorize) == 24)
        #expect(fixture.payments.effects(.capture) == 16)
        #expect(fixture.payments.effects(.void) == 8 && fixture.payments.effects(.refund) == 8)
      }
    }
  }
}

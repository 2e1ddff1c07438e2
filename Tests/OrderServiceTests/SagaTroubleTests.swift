import Contracts
import Testing
import TestSupport

@testable import Events
@testable import OrderService

/// Participants that err, hang, lose answers, come late or are away.
@Suite("Checkouts in trouble")
struct SagaTroubleTests {
  @Test(
    "A charge whose answer was lost is asked about, and made once", arguments: [SagaFaults.Fault.loseAnswer, .errorAfterwards])
  func lostCharge(fault: SagaFaults.Fault) async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        bench.payments.faults.next("authorize", fault)
        let order = try await bench.place(process)
        try await bench.reaches(order, .awaitShop)
        #expect(bench.payments.faults.calls == ["authorize", "ask"])
        #expect(bench.payments.effects(.authorize) == 1)
        #expect(try await bench.record(order).lastError == nil)
      }
    }
  }

  @Test("A charge that never arrived is sent again with the same key, after asking", arguments: [SagaFaults.Fault.hang, .error])
  func chargeNeverArrived(fault: SagaFaults.Fault) async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        bench.payments.faults.next("authorize", fault)
        let order = try await bench.place(process)
        try await bench.reaches(order, .awaitShop)
        #expect(bench.payments.faults.calls == ["authorize", "ask", "authorize"])
        #expect(bench.payments.faults.keys("authorize").count == 1)
        #expect(bench.payments.effects(.authorize) == 1)
      }
    }
  }

  @Test("An outcome that is pending is learnt from the payment's event, without waiting for the next statusQuery")
  func pendingThenEvent() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        bench.payments.faults.next("authorize", .pending)
        let order = try await bench.place(process)
        // Until the pauses between questions have grown.
        try await eventually(within: .seconds(20), "growing pauses") { try await bench.record(order).saga.attempts >= 4 }
        bench.payments.resolve(order.paymentId)
        let event = AggregateChange(
          source: "/payment", subject: order.paymentId, sequence: 2, types: [.paymentAuthorized],
          time: Timestamp(milliseconds: 0),
          traceparent: nil)
        #expect(await process.consume(event) == [.applied])
        try await bench.reaches(order, .awaitShop, within: .milliseconds(600))
        let asked = bench.payments.faults.calls.count
        #expect(await process.consume(event) == [.applied])
        #expect(bench.payments.faults.calls.count == asked)
      }
    }
  }

  @Test("An outcome that stays unknown until the deadline expires the order; its late success is voided")
  func lateSuccess() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        bench.payments.faults.next("authorize", .pending)
        let order = try await bench.place(process)
        try await eventually("a statusQuery") { bench.payments.faults.count("ask") > 0 }
        bench.time.pass(.seconds(60))
        try await bench.reaches(order, .void)
        #expect(try await bench.record(order).saga.order == .expired)
        try await eventually("the void") { bench.payments.payment(order.paymentId)?.pending == .void }
        #expect(try await bench.record(order).saga.status == .compensating)
        bench.payments.resolve(order.paymentId)
        try await bench.ends(order, .expired, payment: .voided)
      }
    }
  }

  @Test("A charge that succeeds after the deadline has passed unseen is voided")
  func chargedUnseen() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        bench.payments.faults.next("authorize", .loseAnswer)
        bench.payments.faults.next("ask", .error, .error, .error, .error, .error, .error)
        let order = try await bench.place(process)
        try await eventually("the charge") { bench.payments.effects(.authorize) == 1 }
        bench.time.pass(.seconds(60))
        try await bench.ends(order, .expired, payment: .voided)
        #expect(bench.payments.effects(.void) == 1)
      }
    }
  }

  @Test("Payment is away past the deadline: a tombstone is left once it is back, so that a charge on its way can't charge")
  func tombstone() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        bench.payments.faults.isDown = true
        let order = try await bench.place(process)
        try await eventually("a try") { !bench.payments.faults.calls.isEmpty }
        bench.time.pass(.seconds(61))
        try await bench.reaches(order, .void)
        #expect(try await bench.record(order).saga.order == .expired)
        try await eventually("an error that people can read") { try await bench.record(order).lastError != nil }
        bench.payments.faults.isDown = false
        bench.time.pass(.seconds(30))
        try await bench.ends(order, .expired, payment: .voided)
        #expect(bench.payments.effects(.authorize) == 0)
      }
    }
  }

  @Test("What can never be charged fails the payment, and leaves a tombstone")
  func rejected() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        bench.payments.faults.next("authorize", .refuse)
        let order = try await bench.place(process)
        try await bench.ends(order, .paymentFailed, payment: .voided)
        #expect(bench.payments.faults.calls == ["authorize", "void"])
      }
    }
  }

  @Test(
    "Every void and refund is repeated until it is certain",
    arguments: [SagaFaults.Fault.error, .errorAfterwards, .hang, .loseAnswer])
  func compensationsGoOn(fault: SagaFaults.Fault) async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        bench.payments.faults.next("void", fault)
        bench.payments.faults.next("refund", fault)
        let voided = try await bench.order(at: .awaitShop, process)
        let refunded = try await bench.order(at: .awaitRider, process)
        try await bench.decide(.reject(reason: "closed"), voided, process)
        bench.time.pass(.seconds(1801))
        try await bench.ends(voided, .rejected, payment: .voided)
        try await bench.ends(refunded, .expired, payment: .refunded)
        #expect(bench.payments.effects(.void) == 1 && bench.payments.effects(.refund) == 1)
      }
    }
  }

  @Test("A capture that comes late is found out about; the rider who was ahead of it is caught up with")
  func riderAheadOfCapture() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        bench.payments.faults.next("capture", .pending)
        let order = try await bench.order(at: .awaitShop, process)
        try await bench.decide(.accept(preparationMinutes: 5), order, process)
        try await eventually("the capture") { bench.payments.payment(order.paymentId)?.pending == .capture }
        #expect(await process.consume(bench.riders.put(.delivered, of: order)) == [.applied])
        #expect(try await bench.record(order).saga.order == .accepted)
        bench.payments.resolve(order.paymentId)
        try await bench.ends(order, .delivered, payment: .captured)
      }
    }
  }

  @Test("A capture that is unknown at its deadline calls the delivery off, and what was captured is refunded")
  func captureDeadline() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        bench.payments.faults.next("capture", .errorAfterwards)
        let order = try await bench.order(at: .awaitShop, process)
        bench.payments.faults.next("ask", .error, .error, .error)
        try await bench.decide(.accept(preparationMinutes: 5), order, process)
        try await eventually("the capture") { bench.payments.effects(.capture) == 1 }
        bench.time.pass(.seconds(121))
        try await bench.ends(order, .paymentFailed, payment: .refunded)
        #expect(bench.riders.delivery(of: order.id)?.status == .cancelled)
      }
    }
  }

  @Test("An order that was delivered is captured for as long as it takes")
  func deliveredBeforeCapture() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        let order = try await bench.order(at: .awaitShop, process)
        bench.payments.faults.isDown = true
        bench.riders.put(.delivered, of: order)
        try await bench.decide(.accept(preparationMinutes: 5), order, process)
        try await eventually("a try") { bench.payments.faults.count("capture") > 0 }
        bench.time.pass(.seconds(121))
        try await eventually("the delivery's refusal to be called off") { bench.riders.faults.count("cancel") > 0 }
        try await bench.reaches(order, .capture)
        #expect(try await bench.record(order).saga.order == .accepted)
        bench.payments.faults.isDown = false
        bench.time.pass(.seconds(10))
        try await bench.ends(order, .delivered, payment: .captured)
      }
    }
  }

  @Test("While rider is away nothing is given up before it is known; then everything is")
  func riderAway() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        let order = try await bench.order(at: .awaitRider, process)
        bench.riders.faults.isDown = true
        let change = bench.riders.put(.requested, of: order)
        bench.time.pass(.seconds(1801))
        try await bench.reaches(order, .releaseRider)
        try await eventually("a try") { bench.riders.faults.count("cancel") > 0 }
        #expect(try await bench.record(order).saga.order == .accepted)
        var heard = change
        heard.types = [.deliveryAssigned]
        guard case .retry = await process.consume(heard)[0] else {
          Issue.record("an event that could not be looked into was let go")
          return
        }
        bench.riders.faults.isDown = false
        bench.time.pass(.seconds(30))
        try await bench.ends(order, .expired, payment: .refunded)
      }
    }
  }

  @Test("Payment is away for a while: every order that waits for it goes on when it is back")
  func paymentAway() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        bench.payments.faults.isDown = true
        var orders: [Order] = []
        for _ in 0..<40 { orders.append(try await bench.place(process)) }
        try await eventually("tries") { !bench.payments.faults.calls.isEmpty }
        bench.payments.faults.isDown = false
        bench.time.pass(bench.schedule.leaseLength)
        for order in orders { try await bench.reaches(order, .awaitShop, within: .seconds(20)) }
        #expect(bench.payments.effects(.authorize) == 40)
      }
    }
  }

  @Test("Participants that err at random charge nobody twice and leave no order behind", arguments: [1, 2])
  func errsAtRandom(seed: UInt64) async throws {
    try await SagaBench.run { bench in
      var random = SeededRandom(seed: seed)
      for call in ["authorize", "capture", "void", "refund", "ask"] {
        for _ in 0..<60 {
          let faults: [SagaFaults.Fault] = [.error, .errorAfterwards, .loseAnswer, .hang]
          // Three in ten go wrong.
          if Int.random(in: 0..<10, using: &random) < 3 {
            bench.payments.faults.next(call, faults.randomElement(using: &random)!)
          }
        }
      }
      try await bench.process { process in
        var orders: [Order] = []
        for _ in 0..<24 { orders.append(try await bench.place(process)) }
        for (index, order) in orders.enumerated() {
          try await bench.reaches(order, .awaitShop, within: .seconds(40))
          let decision: OrderAction = index % 3 == 0 ? .reject(reason: "closed") : .accept(preparationMinutes: 5)
          try await bench.decide(decision, order, process)
        }
        for (index, order) in orders.enumerated() where index % 3 != 0 {
          try await bench.reaches(order, .awaitRider, within: .seconds(40))
          if index % 3 == 1 { _ = await process.consume(bench.riders.put(.delivered, of: order)) }
        }
        bench.time.pass(.seconds(1801))
        for order in orders { try await bench.reaches(order, .done, within: .seconds(60)) }
        #expect(bench.payments.effects(.authorize) == 24)
        #expect(bench.payments.effects(.capture) == 16)
        #expect(bench.payments.effects(.void) == 8 && bench.payments.effects(.refund) == 8)
      }
    }
  }
}

/// The same numbers for the same seed (SplitMix64).
private struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

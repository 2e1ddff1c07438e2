import Concurrency
import Contracts
import Events
import TestSupport
import Testing

@testable import OrderService

/// Processes that crash, and processes that run concurrently.
@Suite("Checkouts and crashed or concurrent processes")
struct SagaResumeTests {
  enum Crash: String, CaseIterable, Sendable {
    case authorize, capture, void, refund, cancel
  }

  @Test("After a crash during a call another process continues, and each effect happens once", arguments: Crash.allCases)
  func crashInCall(crash: Crash) async throws {
    try await SagaFixture.run { fixture in
      let faults = crash == .cancel ? fixture.riders.faults : fixture.payments.faults
      faults.next(crash.rawValue, .loseResponse)
      let order = try await fixture.process { process in
        let order: Order
        switch crash {
        case .authorize: order = try await fixture.place(process)
        case .capture:
          order = try await fixture.order(at: .awaitShop, process)
          try await fixture.decide(.accept(preparationMinutes: 5), order, process)
        case .void:
          order = try await fixture.order(at: .awaitShop, process)
          try await fixture.decide(.reject(reason: "closed"), order, process)
        case .refund, .cancel:
          order = try await fixture.order(at: .awaitRider, process)
          fixture.time.pass(.seconds(1801))
        }
        try await eventually("the call") { faults.count(crash.rawValue) == 1 }
        return order
      }
      #expect(try await fixture.record(order).saga.step != .done)
      try await fixture.process { process in
        fixture.time.pass(fixture.schedule.leaseLength)
        switch crash {
        case .authorize: try await fixture.reaches(order, .awaitShop)
        case .capture: try await fixture.reaches(order, .awaitRider)
        case .void: try await fixture.ends(order, .rejected, payment: .voided)
        case .refund, .cancel: try await fixture.ends(order, .expired, payment: .refunded)
        }
      }
      for operation in PaymentOperation.allCases { #expect(fixture.payments.effects(operation) <= 1) }
      #expect(fixture.payments.faults.keys("authorize").count == 1)
    }
  }

  @Test("After a crash before the first call another process continues when the lease ends")
  func crashBeforeCall() async throws {
    try await SagaFixture.run { fixture in
      let order = try await fixture.place(fixture.makeProcess())
      try await fixture.process { _ in
        fixture.time.pass(fixture.schedule.leaseLength)
        try await fixture.reaches(order, .awaitShop)
        #expect(fixture.payments.faults.calls == ["authorize"])
      }
    }
  }

  @Test("A turn ends before its lease, even if its calls have a longer deadline")
  func turnWithinLease() async throws {
    try await SagaFixture.run { fixture in
      var fixture = fixture
      fixture.callDeadline = .milliseconds(200)
      let schedule = fixture.schedule
      #expect(schedule.turn < schedule.leaseLength)
      let payments = fixture.payments.faults
      try await fixture.process { [fixture] process in
        let order = try await fixture.place(process)
        try await fixture.reaches(order, .awaitShop)
      }
      #expect(!payments.deadlines.isEmpty)
      #expect(payments.deadlines.allSatisfy { $0 <= schedule.turn.wholeMilliseconds })
    }
  }

  @Test("The saga follows a command after a crash between the two")
  func crashAfterDecision() async throws {
    try await SagaFixture.run { fixture in
      let order = try await fixture.process { try await fixture.order(at: .awaitShop, $0) }
      try await fixture.decide(.accept(preparationMinutes: 5), order, fixture.makeProcess())
      #expect(try await fixture.record(order).saga.step == .capture)
      try await fixture.process { _ in
        fixture.time.pass(fixture.schedule.leaseLength)
        try await fixture.reaches(order, .awaitRider)
      }
    }
  }

  @Test("A deadline that passes while no process runs takes effect when one does")
  func deadlineWhileDown() async throws {
    try await SagaFixture.run { fixture in
      let order = try await fixture.process { try await fixture.order(at: .awaitShop, $0) }
      fixture.time.pass(.seconds(601))
      try await fixture.process { _ in try await fixture.ends(order, .expired, payment: .voided) }
    }
  }

  @Test("Several processes execute the sagas, and each effect happens once")
  func severalProcesses() async throws {
    try await SagaFixture.run({ $0.concurrency = 4 }) { fixture in
      try await fixture.process { first in
        try await fixture.process { second in
          try await fixture.process { third in
            // Wakes no orchestrator: all of them query for due sagas.
            let idle = fixture.makeProcess()
            var orders: [Order] = []
            for _ in 0..<60 { orders.append(try await fixture.place(idle)) }
            fixture.time.pass(fixture.schedule.leaseLength)
            for order in orders { try await fixture.reaches(order, .awaitShop, within: .seconds(20)) }
            #expect(fixture.payments.faults.count("authorize") == 60)
            for (index, order) in orders.enumerated() {
              try await fixture.decide(.accept(preparationMinutes: 5), order, [first, second, third][index % 3])
            }
            for order in orders { try await fixture.reaches(order, .awaitRider, within: .seconds(20)) }
            // Two of them consume the same event concurrently.
            for order in orders {
              let change = fixture.riders.set(.delivered, of: order)
              async let one = first.consume(change)
              async let two = second.consume(change)
              #expect(await one + two == [.applied, .applied])
              try await fixture.ends(order, .delivered, payment: .captured)
            }
            #expect(fixture.payments.effects(.authorize) == 60 && fixture.payments.effects(.capture) == 60)
          }
        }
      }
    }
  }

  @Test("A saga has one turn at a time, and another one if it was woken during it")
  func queue() {
    let queue = SagaQueue(limit: 2)
    let orders = (0..<3).map { Identifier.sample($0) }
    for order in orders + orders { queue.wake(order) }
    #expect(queue.startWaiting().map(\.order) == [orders[0], orders[1]])
    #expect(queue.startWaiting().isEmpty && queue.free == 0)
    queue.wake(orders[0])
    #expect(!queue.start(orders[0]))
    queue.end(orders[0])
    #expect(queue.startWaiting().map(\.order) == [orders[2]])
    queue.end(orders[1])
    #expect(queue.startWaiting().map(\.order) == [orders[0]])
    queue.end(orders[0])
    queue.end(orders[2])
    queue.wake(orders[1])
    #expect(queue.start(orders[1]))
    #expect(queue.startWaiting().isEmpty)
    queue.end(orders[1])
    #expect(queue.startWaiting().map(\.order) == [orders[1]])
  }
}

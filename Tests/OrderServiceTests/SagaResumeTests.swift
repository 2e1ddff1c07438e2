import Contracts
import Events
import Testing
import TestSupport

@testable import OrderService

/// Processes that die in the middle, and processes that work side by side.
@Suite("Checkouts and processes")
struct SagaResumeTests {
  enum Crash: String, CaseIterable, Sendable {
    case authorize, capture, void, refund, cancel
  }

  @Test("Whoever dies while a call is under way is succeeded by the next, and each effect is once", arguments: Crash.allCases)
  func crashInCall(crash: Crash) async throws {
    try await SagaBench.run { bench in
      let faults = crash == .cancel ? bench.riders.faults : bench.payments.faults
      faults.next(crash.rawValue, .loseAnswer)
      let order = try await bench.process { process in
        let order: Order
        switch crash {
        case .authorize: order = try await bench.place(process)
        case .capture:
          order = try await bench.order(at: .awaitShop, process)
          try await bench.decide(.accept(preparationMinutes: 5), order, process)
        case .void:
          order = try await bench.order(at: .awaitShop, process)
          try await bench.decide(.reject(reason: "closed"), order, process)
        case .refund, .cancel:
          order = try await bench.order(at: .awaitRider, process)
          bench.time.pass(.seconds(1801))
        }
        try await eventually("the call") { faults.count(crash.rawValue) == 1 }
        return order
      }
      #expect(try await bench.record(order).saga.step != .done)
      try await bench.process { process in
        bench.time.pass(bench.schedule.leaseLength)
        switch crash {
        case .authorize: try await bench.reaches(order, .awaitShop)
        case .capture: try await bench.reaches(order, .awaitRider)
        case .void: try await bench.ends(order, .rejected, payment: .voided)
        case .refund, .cancel: try await bench.ends(order, .expired, payment: .refunded)
        }
      }
      for operation in PaymentOperation.allCases { #expect(bench.payments.effects(operation) <= 1) }
      #expect(bench.payments.faults.keys("authorize").count == 1)
    }
  }

  @Test("Whoever dies before the first call is succeeded at the end of the lease")
  func crashBeforeCall() async throws {
    try await SagaBench.run { bench in
      let order = try await bench.place(bench.makeProcess())
      try await bench.process { _ in
        bench.time.pass(bench.schedule.leaseLength)
        try await bench.reaches(order, .awaitShop)
        #expect(bench.payments.faults.calls == ["authorize"])
      }
    }
  }

  @Test("A turn is over before its lease, even if its calls would wait for longer")
  func turnWithinLease() async throws {
    try await SagaBench.run { bench in
      var bench = bench
      bench.patience = .milliseconds(200)
      let schedule = bench.schedule
      #expect(schedule.turn < schedule.leaseLength)
      let payments = bench.payments.faults
      try await bench.process { [bench] process in
        let order = try await bench.place(process)
        try await bench.reaches(order, .awaitShop)
      }
      #expect(!payments.patience.isEmpty)
      #expect(payments.patience.allSatisfy { $0 <= schedule.turn.milliseconds })
    }
  }

  @Test("What the shop decided before the crash is carried out after it")
  func crashAfterDecision() async throws {
    try await SagaBench.run { bench in
      let order = try await bench.process { try await bench.order(at: .awaitShop, $0) }
      try await bench.decide(.accept(preparationMinutes: 5), order, bench.makeProcess())
      #expect(try await bench.record(order).saga.step == .capture)
      try await bench.process { _ in
        bench.time.pass(bench.schedule.leaseLength)
        try await bench.reaches(order, .awaitRider)
      }
    }
  }

  @Test("A deadline that passed while nobody worked is kept as soon as somebody does")
  func deadlineWhileDown() async throws {
    try await SagaBench.run { bench in
      let order = try await bench.process { try await bench.order(at: .awaitShop, $0) }
      bench.time.pass(.seconds(601))
      try await bench.process { _ in try await bench.ends(order, .expired, payment: .voided) }
    }
  }

  @Test("Several processes share the work, and each effect is once")
  func severalProcesses() async throws {
    try await SagaBench.run({ $0.concurrency = 4 }) { bench in
      try await bench.process { first in
        try await bench.process { second in
          try await bench.process { third in
            // Placed where nobody is woken, so that all of them look for what is due.
            let idle = bench.makeProcess()
            var orders: [Order] = []
            for _ in 0..<60 { orders.append(try await bench.place(idle)) }
            bench.time.pass(bench.schedule.leaseLength)
            for order in orders { try await bench.reaches(order, .awaitShop, within: .seconds(20)) }
            #expect(bench.payments.faults.count("authorize") == 60)
            for (index, order) in orders.enumerated() {
              try await bench.decide(.accept(preparationMinutes: 5), order, [first, second, third][index % 3])
            }
            for order in orders { try await bench.reaches(order, .awaitRider, within: .seconds(20)) }
            // The same event, heard by all of them at once.
            for order in orders {
              let change = bench.riders.put(.delivered, of: order)
              async let one = first.consume(change)
              async let two = second.consume(change)
              #expect(await one + two == [.applied, .applied])
              try await bench.ends(order, .delivered, payment: .captured)
            }
            #expect(bench.payments.effects(.authorize) == 60 && bench.payments.effects(.capture) == 60)
          }
        }
      }
    }
  }

  @Test("A saga has one turn at a time, and one more when it was woken meanwhile")
  func queue() {
    let queue = SagaQueue(limit: 2)
    let orders = (0..<3).map { Identifier.sample($0) }
    for order in orders + orders { queue.wake(order) }
    #expect(queue.takeWaiting().map(\.order) == [orders[0], orders[1]])
    #expect(queue.takeWaiting().isEmpty && queue.free == 0)
    queue.wake(orders[0])
    #expect(!queue.take(orders[0]))
    queue.end(orders[0])
    #expect(queue.takeWaiting().map(\.order) == [orders[2]])
    queue.end(orders[1])
    #expect(queue.takeWaiting().map(\.order) == [orders[0]])
    queue.end(orders[0])
    queue.end(orders[2])
    queue.wake(orders[1])
    #expect(queue.take(orders[1]))
    #expect(queue.takeWaiting().isEmpty)
    queue.end(orders[1])
    #expect(queue.takeWaiting().map(\.order) == [orders[1]])
  }
}

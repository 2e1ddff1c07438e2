import Projections
import Contracts
import Events
import Idempotency
import Postgres
import TestSupport
import Testing

@testable import OrderService

@Suite("The store of orders, on PostgreSQL")
struct OrderStoreTests {
  @Test("An order is placed at the shop's prices; event, snapshot, saga, outbox and answer are there together")
  func places() async throws {
    try await OrderBench.run { bench in
      let document = try await bench.placed(key: "k")
      let order = try OrderDocument.order(document.json ?? [])
      #expect(order.status == .placed)
      #expect(order.total == Money(amount: 39_000))
      #expect(order.shopName == "달빛치킨 \"서교\"점")
      #expect(order.items.map(\.name) == ["후라이드, {반반}"])
      #expect(order.ownerId == OrderBench.owner)
      let id = order.id
      #expect(
        try await bench.psql("SELECT version, type, actor FROM order_events") == "1|order.placed|customer:\(OrderBench.customer)")
      #expect(
        try await bench.psql("SELECT version, status, total FROM order_snapshots WHERE order_id = '\(id)'") == "1|placed|39000")
      let saga = try await bench.psql(
        "SELECT payment_id, customer_id, amount, token, step, status, due_ms, deadline_ms, version, attempts FROM checkout_sagas")
      #expect(saga == "\(order.paymentId)|\(order.customerId)|39000|tok_visa|authorize|running|5000|60000|1|0")
      #expect(try await bench.psql("SELECT type, sequence FROM outbox WHERE subject = '\(id)'") == "order.placed|1")
      #expect(bench.moved.all == [id])
      let read = try await bench.store.order(id, for: .customer(OrderBench.customer))
      #expect(read.json == document.json)
    }
  }

  @Test("A key is one order: repeated it gives the first answer, with another body it is refused")
  func repeats() async throws {
    try await OrderBench.run { bench in
      let first = try await bench.placed(key: "k")
      try await bench.copy.write([.live(.sample(version: 2, status: .closed))])
      let second = try await bench.placed(key: "k")
      #expect(second.json == first.json)
      #expect(second.isReplay)
      await #expect(throws: IdempotencyKeyReused.self) { try await bench.placed(key: "k", fingerprint: "other") }
      #expect(try await bench.psql("SELECT count(*) FROM order_events") == "1")
      await #expect(throws: OrderError.shopClosed(.closed)) { try await bench.placed(key: "another") }
    }
  }

  @Test("The same request many times at once makes one order, and everybody hears of that one")
  func repeatsAtOnce() async throws {
    try await OrderBench.run { bench in
      let answers = try await withThrowingTaskGroup(of: Document.self) { group in
        for _ in 0..<40 { group.addTask { try await bench.placed(key: "k") } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(answers.map(\.id)).count == 1)
      #expect(Set(answers.map(\.json)).count == 1)
      #expect(answers.count { !$0.isReplay } == 1)
      for table in ["order_events", "order_snapshots", "checkout_sagas", "outbox"] {
        #expect(try await bench.psql("SELECT count(*) FROM \(table)") == "1")
      }
    }
  }

  @Test("A shop that is unknown, deleted, or not copied yet takes no orders")
  func unknownShops() async throws {
    try await OrderBench.run { bench in
      await #expect(throws: OrderError.unknownShop) { try await bench.place(.sample(shop: .sample(11))) }
      try await bench.copy.write([.gone(Tombstone(id: .sample(10), version: 2))])
      await #expect(throws: OrderError.unknownShop) { try await bench.place() }
      try await bench.copy.write([.live(.sample(version: 1))])
      await #expect(throws: OrderError.unknownShop) { try await bench.place() }
    }
  }

  @Test("Each change of a life is one version with its event, and folding the events gives the snapshot at every version")
  func folds() async throws {
    try await OrderBench.run { bench in
      var order = try await bench.place()
      var states = [order]
      for action in [.confirmPayment, .accept(preparationMinutes: 15), .pickUp, .deliver] as [OrderAction] {
        order = try await bench.apply(action, to: order)
        states.append(order)
      }
      #expect(order.status == .delivered)
      for state in states {
        let folded = try await bench.store.order(order.id, at: state.version, for: .saga)
        #expect(try OrderDocument.order(folded.json ?? []) == state)
      }
      await #expect(throws: OrderError.unknownVersion(current: 5)) { try await bench.store.order(order.id, at: 6, for: .saga) }
      let stored = try await bench.store.order(order.id, for: .saga)
      #expect(stored.json == OrderDocument.json(order))
      #expect(
        try await bench.psql("SELECT string_agg(type, ' ' ORDER BY sequence) FROM outbox")
          == "order.placed order.paid order.accepted order.pickedUp order.delivered")
      let history = try await bench.store.history(of: order.id, for: .saga)
      #expect(history.map(\.version) == [1, 2, 3, 4, 5])
    }
  }

  @Test("An action that leads to where the order is changes nothing; an illegal one is refused; both leave the saga alone")
  func repeatedAndIllegal() async throws {
    try await OrderBench.run { bench in
      let order = try await bench.place()
      let cancel = OrderAction.cancel(reason: "늦어요")
      let cancelled = try await bench.apply(
        cancel, to: order, by: .customer(OrderBench.customer), saga: FixedPlan().following(cancel))
      #expect(cancelled.reason == "늦어요")
      let again = try await bench.apply(
        .cancel(reason: "other"), to: order, by: .customer(OrderBench.customer), saga: FixedPlan().following(cancel))
      #expect(again == cancelled)
      let accept = OrderAction.accept(preparationMinutes: 10)
      await #expect(throws: OrderError.illegalTransition(.cancelled, accept)) {
        try await bench.apply(accept, to: order, by: .owner(OrderBench.owner), saga: FixedPlan().following(accept))
      }
      #expect(try await bench.psql("SELECT count(*) FROM order_events") == "2")
      #expect(try await bench.psql("SELECT step, status, version, due_ms FROM checkout_sagas") == "void|compensating|2|7000")
      #expect(bench.moved.all == [order.id, order.id])
    }
  }

  @Test("What one may not see is not there; and nobody changes it")
  func visibility() async throws {
    try await OrderBench.run { bench in
      let order = try await bench.place()
      for viewer in [.customer(OrderBench.owner), .owner(OrderBench.customer)] as [OrderActor] {
        await #expect(throws: OrderError.unknownOrder) { try await bench.store.order(order.id, for: viewer) }
        await #expect(throws: OrderError.unknownOrder) { try await bench.store.order(order.id, at: 1, for: viewer) }
        await #expect(throws: OrderError.unknownOrder) { try await bench.store.history(of: order.id, for: viewer) }
        await #expect(throws: OrderError.unknownOrder) { try await bench.apply(.cancel(reason: "x"), to: order, by: viewer) }
      }
      for viewer in [
        .customer(OrderBench.customer), .owner(OrderBench.owner), .service(.sample(9)), .operator(.sample(9)),
      ] as [OrderActor] {
        #expect(try await bench.store.order(order.id, for: viewer).version == 1)
      }
    }
  }

  @Test("The version that a client insists on is held against the order's")
  func expectedVersions() async throws {
    try await OrderBench.run { bench in
      let order = try await bench.place()
      await #expect(throws: OrderError.versionMismatch(current: 1)) {
        try await bench.apply(.confirmPayment, to: order, expecting: 2)
      }
      #expect(try await bench.apply(.confirmPayment, to: order, expecting: 1).status == .paid)
    }
  }

  @Test("A change that was decided on an older state of the saga has no effect at all")
  func sagaGuard() async throws {
    try await OrderBench.run { bench in
      let order = try await bench.place()
      var change = SagaChange(expectedVersion: 2, step: .awaitShop, status: .running, due: 1, outcome: "authorized")
      await #expect(throws: OrderError.sagaMoved) { try await bench.apply(.confirmPayment, to: order, saga: change) }
      #expect(try await bench.store.order(order.id, for: .saga).version == 1)
      #expect(try await bench.psql("SELECT step, version FROM checkout_sagas") == "authorize|1")
      #expect(try await bench.psql("SELECT count(*) FROM outbox") == "1")
      change.expectedVersion = 1
      #expect(try await bench.apply(.confirmPayment, to: order, saga: change).status == .paid)
      #expect(try await bench.psql("SELECT step, version, token IS NULL FROM checkout_sagas") == "awaitShop|2|t")
      let entry = try await bench.psql("SELECT history->0->>'step', history->0->>'outcome' FROM checkout_sagas")
      #expect(entry == "authorize|authorized")
    }
  }

  @Test("The events are append-only, also for whoever holds the database")
  func appendOnly() async throws {
    try await OrderBench.run { bench in
      try await bench.place()
      await #expect(throws: ServerFailure.self) { try await bench.psql("UPDATE order_events SET type = 'x'") }
      await #expect(throws: ServerFailure.self) { try await bench.psql("DELETE FROM order_events") }
      #expect(try await bench.psql("SELECT type FROM order_events") == "order.placed")
    }
  }

  @Test("Orders are announced again with the event that tells where they stand")
  func republishes() async throws {
    try await OrderBench.run { bench in
      let orders = [try await bench.place(), try await bench.place(), try await bench.place()].sorted { $0.id < $1.id }
      try await bench.apply(.confirmPayment, to: orders[1])
      var request = RepublishRequest(ids: nil, types: nil, since: nil, until: nil, rate: 100)
      let first = try await bench.store.subjects(of: request, after: nil, limit: 2)
      let rest = try await bench.store.subjects(of: request, after: first.last?.id, limit: 2)
      #expect((first + rest).map(\.id) == orders.map(\.id))
      #expect((first + rest).map(\.type) == [.orderPlaced, .orderPaid, .orderPlaced])
      #expect((first + rest).map(\.version) == [1, 2, 1])
      request.types = [.orderPaid]
      #expect(try await bench.store.count(of: request) == 1)
      request = RepublishRequest(ids: [orders[0].id], types: nil, since: orders[0].placedAt, until: nil, rate: 100)
      #expect(try await bench.store.count(of: request) == 1)
      request.until = orders[0].placedAt
      #expect(try await bench.store.count(of: request) == 0)
    }
  }

  @Test("Versions come in the order of ids, all of them or what changed lately")
  func versions() async throws {
    try await OrderBench.run { bench in
      let orders = [try await bench.place(), try await bench.place(), try await bench.place()]
      try await bench.apply(.confirmPayment, to: orders[1])
      let page = try await bench.store.versions(after: nil, changedSince: nil, limit: 2)
      let rest = try await bench.store.versions(after: page.last?.id, changedSince: nil, limit: 2)
      let expected = orders.sorted { $0.id < $1.id }.map { $0.id == orders[1].id ? 2 : 1 } as [Int64]
      #expect((page + rest).map(\.version) == expected)
      let later = Timestamp(milliseconds: orders[0].placedAt.milliseconds + 3_600_000)
      #expect(try await bench.store.versions(after: nil, changedSince: later, limit: 10).isEmpty)
      let earlier = Timestamp(milliseconds: orders[0].placedAt.milliseconds - 3_600_000)
      #expect(try await bench.store.versions(after: nil, changedSince: earlier, limit: 10).count == 3)
    }
  }
}

import Contracts
@testable import Events
import Idempotency
import Postgres
import Projections
import TestSupport
import Testing

@testable import OrderService

@Suite("The order store, on PostgreSQL")
struct OrderStoreTests {
  @Test("An order is placed at the shop's prices; event, snapshot, saga and outbox row are stored together")
  func places() async throws {
    try await OrderFixture.run { fixture in
      let document = try await fixture.placed(key: "k")
      let order = try OrderDocument.order(document.json ?? [])
      #expect(order.status == .placed)
      #expect(order.total == Money(amount: 39_000))
      #expect(order.shopName == "달빛치킨 \"서교\"점")
      #expect(order.items.map(\.name) == ["후라이드, {반반}"])
      #expect(order.ownerId == OrderFixture.owner)
      let id = order.id
      #expect(
        try await fixture.psql("SELECT version, type, actor FROM order_events")
          == "1|order.placed|customer:\(OrderFixture.customer)")
      #expect(
        try await fixture.psql("SELECT version, status, total FROM order_snapshots WHERE order_id = '\(id)'") == "1|placed|39000")
      let saga = try await fixture.psql(
        "SELECT payment_id, customer_id, amount, token, step, status, due_ms, deadline_ms, version, attempts FROM checkout_sagas")
      #expect(saga == "\(order.paymentId)|\(order.customerId)|39000|tok_visa|authorize|running|5000|60000|1|0")
      #expect(try await fixture.psql("SELECT type, sequence FROM outbox WHERE subject = '\(id)'") == "order.placed|1")
      #expect(fixture.wokenSagas.all == [id])
      let read = try await fixture.store.order(id, for: .customer(OrderFixture.customer))
      #expect(read.json == document.json)
    }
  }

  @Test("An idempotency key is one order: a repeated request gets the first response, another request is rejected")
  func repeats() async throws {
    try await OrderFixture.run { fixture in
      let first = try await fixture.placed(key: "k")
      try await fixture.replica.write([.live(.sample(version: 2, status: .closed))])
      let second = try await fixture.placed(key: "k")
      #expect(second.json == first.json)
      #expect(second.isReplay)
      await #expect(throws: IdempotencyKeyReused.self) { try await fixture.placed(key: "k", fingerprint: "other") }
      #expect(try await fixture.psql("SELECT count(*) FROM order_events") == "1")
      await #expect(throws: OrderError.shopClosed(.closed)) { try await fixture.placed(key: "another") }
    }
  }

  @Test("Concurrent requests with the same key place one order, and all of them return it")
  func repeatsAtOnce() async throws {
    try await OrderFixture.run { fixture in
      let responses = try await withThrowingTaskGroup(of: Document.self) { group in
        for _ in 0..<40 { group.addTask { try await fixture.placed(key: "k") } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(responses.map(\.id)).count == 1)
      #expect(Set(responses.map(\.json)).count == 1)
      #expect(responses.count { !$0.isReplay } == 1)
      for table in ["order_events", "order_snapshots", "checkout_sagas", "outbox"] {
        #expect(try await fixture.psql("SELECT count(*) FROM \(table)") == "1")
      }
    }
  }

  @Test("Orders at an unknown or deleted shop are rejected")
  func unknownShops() async throws {
    try await OrderFixture.run { fixture in
      await #expect(throws: OrderError.unknownShop) { try await fixture.place(.sample(shop: .sample(11))) }
      try await fixture.replica.write([.gone(Tombstone(id: .sample(10), version: 2))])
      await #expect(throws: OrderError.unknownShop) { try await fixture.place() }
      try await fixture.replica.write([.live(.sample(version: 1))])
      await #expect(throws: OrderError.unknownShop) { try await fixture.place() }
    }
  }

  @Test("Each change is one version with one event, and folding the events gives the snapshot of every version")
  func folds() async throws {
    try await OrderFixture.run { fixture in
      var order = try await fixture.place()
      var states = [order]
      for action in [.confirmPayment, .accept(preparationMinutes: 15), .pickUp, .deliver] as [OrderAction] {
        order = try await fixture.apply(action, to: order)
        states.append(order)
      }
      #expect(order.status == .delivered)
      for state in states {
        let folded = try await fixture.store.order(order.id, at: state.version, for: .saga)
        #expect(try OrderDocument.order(folded.json ?? []) == state)
      }
      await #expect(throws: OrderError.unknownVersion(current: 5)) { try await fixture.store.order(order.id, at: 6, for: .saga) }
      let stored = try await fixture.store.order(order.id, for: .saga)
      #expect(stored.json == OrderDocument.json(order))
      #expect(
        try await fixture.psql("SELECT string_agg(type, ' ' ORDER BY sequence) FROM outbox")
          == "order.placed order.paid order.accepted order.pickedUp order.delivered")
      let history = try await fixture.store.history(of: order.id, for: .saga)
      #expect(history.map(\.version) == [1, 2, 3, 4, 5])
    }
  }

  @Test("A repeated action changes nothing, an illegal action is rejected, and both leave the saga unchanged")
  func repeatedAndIllegal() async throws {
    try await OrderFixture.run { fixture in
      let order = try await fixture.place()
      let cancel = OrderAction.cancel(reason: "늦어요")
      let cancelled = try await fixture.apply(
        cancel, to: order, by: .customer(OrderFixture.customer), saga: FixedPlan().change(after: cancel))
      #expect(cancelled.reason == "늦어요")
      let again = try await fixture.apply(
        .cancel(reason: "other"), to: order, by: .customer(OrderFixture.customer), saga: FixedPlan().change(after: cancel))
      #expect(again == cancelled)
      let accept = OrderAction.accept(preparationMinutes: 10)
      await #expect(throws: OrderError.illegalTransition(.cancelled, accept)) {
        try await fixture.apply(accept, to: order, by: .owner(OrderFixture.owner), saga: FixedPlan().change(after: accept))
      }
      #expect(try await fixture.psql("SELECT count(*) FROM order_events") == "2")
      #expect(try await fixture.psql("SELECT step, status, version, due_ms FROM checkout_sagas") == "void|compensating|2|7000")
      #expect(fixture.wokenSagas.all == [order.id, order.id])
    }
  }

  @Test("An order that the actor may not see is unknown to them, for reading and for changing")
  func visibility() async throws {
    try await OrderFixture.run { fixture in
      let order = try await fixture.place()
      for viewer in [.customer(OrderFixture.owner), .owner(OrderFixture.customer)] as [OrderActor] {
        await #expect(throws: OrderError.unknownOrder) { try await fixture.store.order(order.id, for: viewer) }
        await #expect(throws: OrderError.unknownOrder) { try await fixture.store.order(order.id, at: 1, for: viewer) }
        await #expect(throws: OrderError.unknownOrder) { try await fixture.store.history(of: order.id, for: viewer) }
        await #expect(throws: OrderError.unknownOrder) { try await fixture.apply(.cancel(reason: "x"), to: order, by: viewer) }
      }
      for viewer in [
        .customer(OrderFixture.customer), .owner(OrderFixture.owner), .service(.sample(9)), .operator(.sample(9)),
      ] as [OrderActor] {
        #expect(try await fixture.store.order(order.id, for: viewer).version == 1)
      }
    }
  }

  @Test("A command that expects another version than the order's is rejected")
  func expectedVersions() async throws {
    try await OrderFixture.run { fixture in
      let order = try await fixture.place()
      await #expect(throws: OrderError.versionMismatch(current: 1)) {
        try await fixture.apply(.confirmPayment, to: order, expecting: 2)
      }
      #expect(try await fixture.apply(.confirmPayment, to: order, expecting: 1).status == .paid)
    }
  }

  @Test("A change that was decided on an older version of the saga has no effect")
  func sagaGuard() async throws {
    try await OrderFixture.run { fixture in
      let order = try await fixture.place()
      var change = SagaChange(expectedVersion: 2, step: .awaitShop, status: .running, due: 1, outcome: "authorized")
      await #expect(throws: OrderError.sagaChanged) { try await fixture.apply(.confirmPayment, to: order, saga: change) }
      #expect(try await fixture.store.order(order.id, for: .saga).version == 1)
      #expect(try await fixture.psql("SELECT step, version FROM checkout_sagas") == "authorize|1")
      #expect(try await fixture.psql("SELECT count(*) FROM outbox") == "1")
      change.expectedVersion = 1
      #expect(try await fixture.apply(.confirmPayment, to: order, saga: change).status == .paid)
      #expect(try await fixture.psql("SELECT step, version, token IS NULL FROM checkout_sagas") == "awaitShop|2|t")
      let entry = try await fixture.psql("SELECT history->0->>'step', history->0->>'outcome' FROM checkout_sagas")
      #expect(entry == "authorize|authorized")
    }
  }

  @Test("The events are append-only, even for the owner of the database")
  func appendOnly() async throws {
    try await OrderFixture.run { fixture in
      try await fixture.place()
      await #expect(throws: ServerFailure.self) { try await fixture.psql("UPDATE order_events SET type = 'x'") }
      await #expect(throws: ServerFailure.self) { try await fixture.psql("DELETE FROM order_events") }
      #expect(try await fixture.psql("SELECT type FROM order_events") == "order.placed")
    }
  }

  @Test("Orders are republished with the event type of their current status")
  func republishes() async throws {
    try await OrderFixture.run { fixture in
      let orders = [try await fixture.place(), try await fixture.place(), try await fixture.place()].sorted { $0.id < $1.id }
      try await fixture.apply(.confirmPayment, to: orders[1])
      var request = RepublishRequest(ids: nil, types: nil, since: nil, until: nil, rate: 100)
      func subjects(after cursor: Identifier?) async throws -> [RepublishSubject] {
        try await fixture.postgres.execute(SelectRepublishSubjects<OrderTable>(request: request, cursor: cursor, limit: 2))
      }
      func count() async throws -> Int64? {
        try await fixture.postgres.execute(CountRepublishSubjects<OrderTable>(request: request)).first
      }
      let first = try await subjects(after: nil)
      let rest = try await subjects(after: first.last?.id)
      #expect((first + rest).map(\.id) == orders.map(\.id))
      #expect((first + rest).map(\.type) == [.orderPlaced, .orderPaid, .orderPlaced])
      #expect((first + rest).map(\.version) == [1, 2, 1])
      request.types = [.orderPaid]
      #expect(try await count() == 1)
      request = RepublishRequest(ids: [orders[0].id], types: nil, since: orders[0].placedAt, until: nil, rate: 100)
      #expect(try await count() == 1)
      request.until = orders[0].placedAt
      #expect(try await count() == 0)
    }
  }

  @Test("Versions are sorted by id: of all orders, or of those that changed since a time")
  func versions() async throws {
    try await OrderFixture.run { fixture in
      let orders = [try await fixture.place(), try await fixture.place(), try await fixture.place()]
      try await fixture.apply(.confirmPayment, to: orders[1])
      let page = try await fixture.store.versions(after: nil, changedSince: nil, limit: 2)
      let rest = try await fixture.store.versions(after: page.last?.id, changedSince: nil, limit: 2)
      let expected = orders.sorted { $0.id < $1.id }.map { $0.id == orders[1].id ? 2 : 1 } as [Int64]
      #expect((page + rest).map(\.version) == expected)
      let later = Timestamp(milliseconds: orders[0].placedAt.milliseconds + 3_600_000)
      #expect(try await fixture.store.versions(after: nil, changedSince: later, limit: 10).isEmpty)
      let earlier = Timestamp(milliseconds: orders[0].placedAt.milliseconds - 3_600_000)
      #expect(try await fixture.store.versions(after: nil, changedSince: earlier, limit: 10).count == 3)
    }
  }
}

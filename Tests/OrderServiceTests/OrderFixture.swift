import Contracts
import Idempotency
import Logging
import Postgres
import Projections
import Synchronization
import Telemetry
import TestSupport

@testable import OrderService

let quietLogger: Logger = {
  var logger = Logger(label: "order-tests")
  logger.logLevel = .critical
  return logger
}()

/// The order commands on a database of its own, with one shop in the replica.
struct OrderFixture: Sendable {
  static let customer = Identifier.sample(1)
  static let owner = Identifier.sample(2)

  let server: PostgresServer
  let database: String
  let postgres: PostgresClient
  let store: PostgresOrderStore
  let placeOrder: PlaceOrder
  let changeOrder: ChangeOrder
  let replica: ShopReplica
  /// The orders whose sagas a command has woken.
  let wokenSagas: WokenSagas

  final class WokenSagas: Sendable {
    private let ids = Mutex<[Identifier]>([])
    func append(_ id: Identifier) { ids.withLock { $0.append(id) } }
    var all: [Identifier] { ids.withLock { $0 } }
  }

  static func run(_ body: @escaping @Sendable (OrderFixture) async throws -> Void) async throws {
    let server = try await PostgresServer.shared()
    let database = try await server.createDatabase(for: "orders")
    var configuration = server.configuration(database: database)
    // Many tests run concurrently, each with its own connections.
    configuration.pipelines = 4
    configuration.leases = 1
    configuration.availabilityTimeout = .seconds(10)
    let postgres = PostgresClient(configuration: configuration, logger: quietLogger)
    let woken = WokenSagas()
    let notifier = OrderChangeNotifier(metrics: OrderMetrics(), wakeRelay: {}, wakeSaga: { woken.append($0) })
    let store = PostgresOrderStore(postgres: postgres)
    let fixture = OrderFixture(
      server: server, database: database, postgres: postgres, store: store,
      placeOrder: PlaceOrder(store: store, plan: FixedPlan(), notifier: notifier, isShopReplicaComplete: { true }),
      changeOrder: ChangeOrder(store: store, plan: FixedPlan(), notifier: notifier), replica: ShopReplica(postgres: postgres),
      wokenSagas: woken)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await postgres.run() }
      defer { group.cancelAll() }
      try await postgres.migrate(orderMigrations)
      try await fixture.replica.write([.live(.sample())])
      try await body(fixture)
    }
  }

  /// Places an order of two fried chickens.
  @discardableResult
  func place(key: String = Identifier.v7(at: .now()).description, _ order: NewOrder = .sample()) async throws -> Order {
    try OrderDocument.order(try await placed(key: key, order).json ?? [])
  }

  func placed(key: String, fingerprint: String = "f", _ order: NewOrder = .sample()) async throws -> Document {
    try await placeOrder.execute(
      order, request: IdempotentRequest(principal: "customer:\(order.customer)", key: key, fingerprint: fingerprint))
  }

  @discardableResult
  func apply(
    _ action: OrderAction, to order: Order, by actor: OrderActor = .saga, expecting version: Int64? = nil, saga: SagaChange? = nil
  ) async throws -> Order {
    let document = try await changeOrder.execute(action, on: order.id, by: actor, expectedVersion: version, saga: saga)
    return try OrderDocument.order(document.json ?? [])
  }

  func psql(_ sql: String) async throws -> String {
    try await server.psql(sql, database: database)
  }
}

/// A plan whose times are constants.
struct FixedPlan: CheckoutPlan {
  func initialChange() -> SagaChange {
    SagaChange(step: .authorize, status: .running, due: 5000, deadline: 60_000)
  }

  func change(after action: OrderAction) -> SagaChange? {
    switch action {
    case .accept: SagaChange(step: .capture, status: .running, due: 7000, deadline: 90_000, outcome: "accepted")
    case .reject, .cancel: SagaChange(step: .void, status: .compensating, due: 7000, outcome: "given up")
    case .confirmPayment, .failPayment, .expire, .pickUp, .deliver: nil
    }
  }
}

extension Identifier {
  static func sample(_ number: Int) -> Identifier {
    let digits = String(number)
    return Identifier("0198c0de-0000-7abc-8def-" + String(repeating: "0", count: 12 - digits.count) + digits)!
  }
}

extension Shop {
  static let fried = Identifier.sample(101)
  static let radish = Identifier.sample(102)

  static func sample(
    _ number: Int = 10, version: Int64 = 1, status: ShopStatus = .open, minimumOrder: Int64 = 15_000, price: Int64 = 18_000
  ) -> Shop {
    let created = Timestamp(milliseconds: 1_767_225_600_000)
    return Shop(
      id: .sample(number), ownerId: OrderFixture.owner, name: "달빛치킨 \"서교\"점", category: .chicken, district: .mapo,
      location: Location(latitude: 37.5563, longitude: 126.9236), address: "서울특별시 마포구 양화로 12",
      minimumOrder: Money(amount: minimumOrder), deliveryFee: Money(amount: 3000), status: status,
      menu: [
        MenuItem(id: fried, name: "후라이드, {반반}", price: Money(amount: price), description: nil),
        MenuItem(id: radish, name: "무\\", price: Money(amount: 500), description: "아삭한"),
      ], version: version, createdAt: created, updatedAt: created)
  }
}

extension NewOrder {
  static func sample(
    shop: Identifier = .sample(10), customer: Identifier = OrderFixture.customer,
    lines: [OrderLine] = [OrderLine(menuItem: Shop.fried, quantity: 2)]
  ) -> NewOrder {
    NewOrder(
      customer: customer, shop: shop, lines: lines,
      deliveryAddress: Address(address: "월드컵로 1, 101호", location: Location(latitude: 37.55, longitude: 126.91)),
      cardToken: "tok_visa")
  }
}

import Projections
import Auth
import Contracts
import Events
import Hummingbird
import Idempotency
import Logging
import NIOPosix
import Postgres
import ServiceClient
import ServiceLifecycle
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import OrderService

/// The checkout on a database of its own, with stand-ins for payment and rider behind real HTTP, and a saga time that tests can
/// advance.
struct SagaBench: Sendable {
  let bench: OrderBench
  let payments: FakeSagaPayment
  let riders: FakeSagaRider
  let time: Time
  let configuration: CheckoutConfiguration
  /// What the schedule takes the patience of the clients to be, which is a second.
  var patience: Duration = .seconds(1)
  private let paymentClient: ServiceClient
  private let riderClient: ServiceClient

  /// Goes on as real time does, and further when the test says so.
  final class Time: Sendable {
    private let start = ContinuousClock.now
    private let ahead = Mutex(Duration.zero)

    var now: Int64 { (ContinuousClock.now - start + ahead.withLock { $0 }).milliseconds }

    func pass(_ duration: Duration) { ahead.withLock { $0 += duration } }
  }

  static func run(
    _ change: (inout CheckoutConfiguration) -> Void = { _ in }, _ body: @escaping @Sendable (SagaBench) async throws -> Void
  ) async throws {
    var configuration = CheckoutConfiguration()
    configuration.sweepInterval = .milliseconds(20)
    change(&configuration)
    let chosen = configuration
    // Many at once would wait for each other longer than the calls have time.
    await places.enter()
    defer { places.leave() }
    let payments = FakeSagaPayment()
    let riders = FakeSagaRider()
    try await OrderBench.run { bench in
      try await serving({ payments.add(to: $0) }, calledAs: "payment") { paymentClient in
        try await serving({ riders.add(to: $0) }, calledAs: "rider") { riderClient in
          let saga = SagaBench(
            bench: bench, payments: payments, riders: riders, time: Time(), configuration: chosen, paymentClient: paymentClient,
            riderClient: riderClient)
          defer {
            payments.faults.release()
            riders.faults.release()
          }
          try await body(saga)
        }
      }
    }
  }

  private static let places = Places(count: 4)

  /// Lets so many in at a time, and the others in the order in which they came.
  private final class Places: Sendable {
    private struct State {
      var free: Int
      var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(count: Int) { state = Mutex(State(free: count)) }

    func enter() async {
      await withCheckedContinuation { continuation in
        let isIn = state.withLock { state in
          if state.free == 0 { state.waiting.append(continuation) } else { state.free -= 1 }
          return state.waiting.isEmpty
        }
        if isIn { continuation.resume() }
      }
    }

    func leave() {
      let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
        guard !state.waiting.isEmpty else {
          state.free += 1
          return nil
        }
        return state.waiting.removeFirst()
      }
      next?.resume()
    }
  }

  /// One process's part in the checkout.
  struct Process: Sendable {
    let queue: SagaQueue
    let steps: CheckoutSteps
    let orders: PostgresOrderStore
    let events: EventRouter
    let orchestrator: CheckoutOrchestrator

    func consume(_ changes: AggregateChange...) async -> [ChangeOutcome] {
      await events.handle(changes)
    }
  }

  /// Runs an orchestrator, as a process would, while `body` runs; it stops in the middle of whatever it does then.
  func process<R: Sendable>(_ body: @escaping @Sendable (Process) async throws -> R) async throws -> R {
    let process = makeProcess()
    return try await withThrowingTaskGroup(of: R?.self) { group in
      group.addTask {
        try await process.orchestrator.run()
        return nil
      }
      defer { group.cancelAll() }
      return try await body(process)
    }
  }

  func makeProcess() -> Process {
    let queue = SagaQueue(limit: configuration.concurrency)
    let orders = PostgresOrderStore(
      postgres: bench.postgres, metrics: OrderMetrics(), committed: {}, sagaMoved: { queue.wake($0) }, knowsShops: { true })
    let store = SagaStore(postgres: bench.postgres, orders: orders)
    let steps = CheckoutSteps(
      store: store, payments: HTTPPaymentParticipant(client: paymentClient),
      deliveries: HTTPDeliveryParticipant(client: riderClient), schedule: schedule, metrics: SagaMetrics())
    let deliveries = AggregateClient<DeliverySnapshot>(client: riderClient, collection: "/deliveries")
    let events = EventRouter(
      .init(source: "payment", prefix: "payment.", handler: PaymentEventHandler(store: store) { queue.wake($0) }),
      .init(
        source: "rider", prefix: "delivery.",
        handler: DeliveryEventHandler(source: deliveries, checkouts: steps) { queue.wake($0) }))
    return Process(
      queue: queue, steps: steps, orders: orders, events: events,
      orchestrator: CheckoutOrchestrator(steps: steps, queue: queue, logger: quietLogger))
  }

  var schedule: SagaSchedule {
    SagaSchedule(configuration: configuration, patience: { [patience] in patience }) { [time] in time.now }
  }

  // MARK: What people do

  @discardableResult
  func place(_ process: Process, token: String = "tok_visa") async throws -> Order {
    var order = NewOrder.sample()
    order.paymentToken = token
    let key = Identifier.v7(at: .now()).description
    let placed = try await process.orders.place(
      order, saga: schedule.beginning(), request: IdempotentRequest(principal: "customer", key: key, fingerprint: "f"))
    return try OrderDocument.order(placed.json ?? [])
  }

  /// The owner or the customer decides.
  func decide(_ action: OrderAction, _ order: Order, _ process: Process) async throws {
    _ = try await process.orders.apply(
      action, to: order.id, expectedVersion: nil, actor: .operator(.sample(9)), saga: schedule.following(action))
  }

  /// Brings an order to where its saga waits at a step, all being well.
  func order(at step: SagaStep, _ process: Process) async throws -> Order {
    let order = try await place(process)
    try await reaches(order, .awaitShop)
    if step == .awaitShop { return order }
    try await decide(.accept(preparationMinutes: 10), order, process)
    try await reaches(order, .awaitRider)
    if step == .awaitRider { return order }
    _ = await process.consume(riders.put(.assigned, of: order))
    try await reaches(order, .awaitDelivery)
    return order
  }

  // MARK: What came of it

  func record(_ order: Order) async throws -> SagaRecord {
    guard let record = try await bench.postgres.execute(SelectSagas(orders: [order.id])).first else {
      throw OrderError.unknownOrder
    }
    return record
  }

  func reaches(_ order: Order, _ step: SagaStep, within limit: Duration = .seconds(10)) async throws {
    try await eventually(within: limit, "step \(step)") {
      let record = try await record(order)
      guard record.saga.step == step else { throw StepIs(record: record) }
      return true
    }
  }

  /// Waits until the saga has ended, and checks that it left no more behind than it may.
  func ends(_ order: Order, _ status: OrderStatus, payment: PaymentStatus, within limit: Duration = .seconds(15)) async throws {
    try await reaches(order, .done, within: limit)
    let record = try await record(order)
    #expect(record.saga.order == status)
    #expect(record.saga.status == (status == .delivered ? .completed : .compensated))
    #expect(record.due == nil && record.token == nil)
    let left = try #require(payments.payment(order.paymentId))
    #expect(left.status == payment)
    #expect(left.captured.amount - left.refunded.amount == (status == .delivered ? order.total.amount : 0))
    for operation in PaymentOperation.allCases { #expect(payments.effects(operation, of: order.paymentId) <= 1) }
  }

  /// `step outcome` of each step that was left.
  func history(_ order: Order) async throws -> [String] {
    let text = try await bench.psql(
      """
      SELECT string_agg((entry ->> 'step') || ' ' || (entry ->> 'outcome'), ',' ORDER BY place)
      FROM checkout_sagas, jsonb_array_elements(history) WITH ORDINALITY AS entries (entry, place)
      WHERE order_id = '\(order.id)'
      """)
    return text.split(separator: ",").map(String.init)
  }

  private struct StepIs: Error {
    let record: SagaRecord
  }

  private static func serving(
    _ routes: (Router<BasicRequestContext>) -> Void, calledAs name: String,
    _ body: @escaping @Sendable (ServiceClient) async throws -> Void
  ) async throws {
    let router = Router()
    routes(router)
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: quietLogger)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await ServiceGroup(services: [application], logger: quietLogger).run() }
      defer { group.cancelAll() }
      var iterator = ports.makeAsyncIterator()
      let listening = await iterator.next() ?? 0
      let client = ServiceClient(
        service: name, resolver: StaticResolver([name: ServiceAddress("http://127.0.0.1:\(listening)")!]),
        configuration: .init(deadline: .seconds(1), attempts: 1, bulkhead: 128), credentials: NoCredentials(),
        eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quietLogger)
      group.addTask { try await ServiceGroup(services: [client], logger: quietLogger).run() }
      try await body(client)
    }
  }
}

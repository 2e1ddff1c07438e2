import Auth
import Concurrency
import Contracts
import Events
import Hummingbird
import Idempotency
import Logging
import NIOPosix
import Postgres
import Projections
import ServiceClient
import ServiceLifecycle
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import OrderService

/// The checkout on a database of its own, with fake payment and rider services behind real HTTP, and a saga time that tests can
/// advance.
struct SagaFixture: Sendable {
  let orders: OrderFixture
  let payments: FakePaymentService
  let riders: FakeRiderService
  let time: Time
  let configuration: CheckoutConfiguration
  /// The schedule's view of the clients' deadline, which is one second.
  var callDeadline: Duration = .seconds(1)
  private let paymentClient: ServiceClient
  private let riderClient: ServiceClient

  /// Advances with real time until a test stops it, and further when a test says so.
  final class Time: Sendable {
    private let start = ContinuousClock.now
    private let state = Mutex((offset: Duration.zero, stoppedAt: ContinuousClock.Instant?.none))

    var now: Int64 { state.withLock { (($0.stoppedAt ?? .now) - start + $0.offset).wholeMilliseconds } }

    func pass(_ duration: Duration) { state.withLock { $0.offset += duration } }

    func stop() { state.withLock { $0.stoppedAt = .now } }
  }

  static func run(
    _ change: (inout CheckoutConfiguration) -> Void = { _ in }, _ body: @escaping @Sendable (SagaFixture) async throws -> Void
  ) async throws {
    var configuration = CheckoutConfiguration()
    configuration.sweepInterval = .milliseconds(20)
    change(&configuration)
    let chosen = configuration
    // With many tests at once, calls would miss their deadlines.
    await limit.acquire()
    defer { limit.release() }
    let payments = FakePaymentService()
    let riders = FakeRiderService()
    try await OrderFixture.run { orders in
      try await serving({ payments.add(to: $0) }, calledAs: "payment") { paymentClient in
        try await serving({ riders.add(to: $0) }, calledAs: "rider") { riderClient in
          let fixture = SagaFixture(
            orders: orders, payments: payments, riders: riders, time: Time(), configuration: chosen, paymentClient: paymentClient,
            riderClient: riderClient)
          defer {
            payments.faults.release()
            riders.faults.release()
          }
          try await body(fixture)
        }
      }
    }
  }

  private static let limit = ConcurrencyLimit(4)

  /// A first-in, first-out semaphore.
  private final class ConcurrencyLimit: Sendable {
    private struct State {
      var free: Int
      var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(free: count)) }

    func acquire() async {
      await withCheckedContinuation { continuation in
        let isAcquired = state.withLock { state in
          if state.free == 0 { state.waiting.append(continuation) } else { state.free -= 1 }
          return state.waiting.isEmpty
        }
        if isAcquired { continuation.resume() }
      }
    }

    func release() {
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

  /// The parts of one process of the service.
  struct Process: Sendable {
    let queue: SagaQueue
    let steps: CheckoutSteps
    let placeOrder: PlaceOrder
    let changeOrder: ChangeOrder
    let events: EventRouter
    let orchestrator: CheckoutOrchestrator

    func consume(_ changes: AggregateChange...) async -> [ChangeOutcome] {
      await events.handle(changes)
    }
  }

  /// Runs a process's orchestrator while `body` runs, and then cancels it, as a crash would.
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
    let notifier = OrderChangeNotifier(metrics: OrderMetrics(), wakeRelay: {}, wakeSaga: { queue.wake($0) })
    let placeOrder = PlaceOrder(
      store: orders.store, plan: schedule, notifier: notifier, isShopReplicaComplete: { true })
    let changeOrder = ChangeOrder(store: orders.store, plan: schedule, notifier: notifier)
    let store = PostgresSagaStore(postgres: orders.postgres)
    let steps = CheckoutSteps(
      store: store, changeOrder: changeOrder, payments: HTTPPaymentParticipant(client: paymentClient),
      deliveries: HTTPDeliveryParticipant(client: riderClient), schedule: schedule, metrics: SagaMetrics())
    let deliveries = AggregateClient<DeliverySnapshot>(client: riderClient, collection: "/deliveries")
    let events = EventRouter(
      .init(
        source: "payment", prefix: "payment.", handler: PaymentEventHandler(store: store, wakeSaga: { queue.wake($0) })),
      .init(
        source: "rider", prefix: "delivery.",
        handler: DeliveryEventHandler(deliveries: deliveries, checkouts: steps, wakeSaga: { queue.wake($0) })))
    return Process(
      queue: queue, steps: steps, placeOrder: placeOrder, changeOrder: changeOrder, events: events,
      orchestrator: CheckoutOrchestrator(steps: steps, queue: queue, logger: quietLogger))
  }

  var schedule: SagaSchedule {
    SagaSchedule(configuration: configuration, callDeadline: { [callDeadline] in callDeadline }) { [time] in time.now }
  }

  // MARK: Commands

  @discardableResult
  func place(_ process: Process, token: String = "tok_visa") async throws -> Order {
    var order = NewOrder.sample()
    order.cardToken = token
    let key = Identifier.v7(at: .now()).description
    let placed = try await process.placeOrder.execute(
      order, request: IdempotentRequest(principal: "customer", key: key, fingerprint: "f"))
    return try OrderDocument.order(placed.json ?? [])
  }

  /// Executes a command of the owner or the customer.
  func decide(_ action: OrderAction, _ order: Order, _ process: Process) async throws {
    _ = try await process.changeOrder.execute(action, on: order.id, by: .operator(.sample(9)))
  }

  /// Places an order and brings its saga to a step without faults.
  func order(at step: SagaStep, _ process: Process) async throws -> Order {
    let order = try await place(process)
    try await reaches(order, .awaitShop)
    if step == .awaitShop { return order }
    try await decide(.accept(preparationMinutes: 10), order, process)
    try await reaches(order, .awaitRider)
    if step == .awaitRider { return order }
    _ = await process.consume(riders.set(.assigned, of: order))
    try await reaches(order, .awaitDelivery)
    return order
  }

  // MARK: Expectations

  func record(_ order: Order) async throws -> SagaRecord {
    guard let record = try await orders.postgres.execute(SelectSagas(orders: [order.id])).first else {
      throw OrderError.unknownOrder
    }
    return record
  }

  func reaches(_ order: Order, _ step: SagaStep, within limit: Duration = .seconds(10)) async throws {
    try await eventually(within: limit, "step \(step)") {
      let record = try await record(order)
      guard record.saga.step == step else { throw OtherStep(record: record) }
      return true
    }
  }

  /// Waits until the saga has ended, and checks the final state of the order and the payment.
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

  /// `step outcome` of each completed step.
  func history(_ order: Order) async throws -> [String] {
    let text = try await orders.psql(
      """
      SELECT string_agg((entry ->> 'step') || ' ' || (entry ->> 'outcome'), ',' ORDER BY place)
      FROM checkout_sagas, jsonb_array_elements(history) WITH ORDINALITY AS entries (entry, place)
      WHERE order_id = '\(order.id)'
      """)
    return text.split(separator: ",").map(String.init)
  }

  private struct OtherStep: Error {
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

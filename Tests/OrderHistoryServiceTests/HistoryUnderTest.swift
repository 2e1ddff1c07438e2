import Contracts
import Events
import Logging
import NIOPosix
import Redis
import Telemetry
import TestSupport

/// Processes of `order-history` with their Redis servers, and fakes of the owner services.
struct HistoryUnderTest: Sendable {
  let events: RedisServer
  let cache: RedisServer
  let eventsClient: RedisClient
  let cacheClient: RedisClient
  let orders = FakeOwner<Order>("order", "/orders")
  let payments = FakeOwner<Payment>("payment", "/payments")
  let deliveries = FakeOwner<Delivery>("rider", "/deliveries")

  static let customer = "customer:\(Identifier.customer)"
  static let owner = "owner:\(Identifier.owner)"
  static let rider = "rider:\(Identifier.rider)"
  static let stranger = "customer:\(Identifier.sample(5))"
  static let staff = "operator:\(Identifier.sample(6))"

  /// Changes the owner's state and publishes the event.
  func publish(_ order: Order) async throws {
    orders.put(order)
    try await publish("order", order.id, order.version, "order.\(order.status)")
  }

  func publish(_ payment: Payment) async throws {
    payments.put(payment)
    try await publish("payment", payment.id, payment.version, "payment.\(payment.status)")
  }

  func publish(_ delivery: Delivery) async throws {
    deliveries.put(delivery)
    try await publish("rider", delivery.id, delivery.version, "delivery.\(delivery.status)")
  }

  func publish(_ source: String, _ subject: Identifier, _ version: Int64, _ type: String) async throws {
    let event = Event(
      id: .v7(at: .now()), source: "/\(source)", type: EventType(rawValue: type), subject: subject, time: .now(),
      sequence: version,
      traceparent: nil)
    try await eventsClient.xadd("events:\(source)", event.streamFields)
  }
}

/// Runs instances of the service while `body` runs.
func withService(
  instances: Int = 1, _ body: @escaping @Sendable (HistoryUnderTest, [ServiceProcess]) async throws -> Void
) async throws {
  let (events, cache) = (try await RedisServer(.events), try await RedisServer(.cache))
  let group = MultiThreadedEventLoopGroup.singleton
  let test = HistoryUnderTest(
    events: events, cache: cache,
    eventsClient: RedisClient(configuration: events.configuration, eventLoopGroup: group, logger: quietLogger),
    cacheClient: RedisClient(configuration: cache.configuration, eventLoopGroup: group, logger: quietLogger))
  try await running([test.eventsClient, test.cacheClient]) {
    try await test.orders.listening { orders in
      try await test.payments.listening { payments in
        try await test.deliveries.listening { deliveries in
          var processes: [ServiceProcess] = []
          for number in 1...instances {
            processes.append(
              try await ServiceProcess(
                "order-history",
                environment: [
                  "EVENTS_REDIS_PORT": "\(events.port)", "EVENTS_REDIS_USER": "default", "EVENTS_REDIS_PASSWORD": "any",
                  "CACHE_REDIS_PORT": "\(cache.port)", "CACHE_REDIS_USER": "default", "CACHE_REDIS_PASSWORD": "any",
                  "ORDER_URL": orders, "PAYMENT_URL": payments, "RIDER_URL": deliveries, "INSTANCE": "order-history-\(number)",
                ]))
          }
          try await body(test, processes)
          for process in processes { try await process.stop() }
        }
      }
    }
  }
}

import Redis
import TestSupport
import Testing

@Suite("Outages during orders", .serialized)
struct OutageTests {
  private static let services = [
    "identity", "shop", "order", "payment", "payment-provider", "rider", "review", "order-history", "gateway",
  ]

  @Test("A frozen service delays only its dependents, and nothing is lost", .timeLimit(.minutes(5)))
  func frozen() async throws {
    try await OrderSystem.run { system in
      async let load: Void = system.load(
        rate: 6, seconds: 6 * Self.services.count, seed: 5, through: "gateway", toleratingOutages: true)
      for name in Self.services {
        try await Task.sleep(for: .seconds(2))
        system.stack[name].freeze()
        try await Task.sleep(for: .seconds(4))
        system.stack[name].thaw()
      }
      try await load
      try await system.audit()
    }
  }

  @Test("Complete orders pass through the gateway, and the audit passes")
  func throughTheGateway() async throws {
    try await OrderSystem.run { system in
      try await system.load(rate: 5, seconds: 10, seed: 8, through: "gateway")
      try await system.audit()
    }
  }

  @Test("Access tokens with a lifetime of four seconds are renewed without failed requests")
  func shortTokens() async throws {
    try await OrderSystem.run(["TOKENS_ACCESS_LIFETIME": "4s", "TOKENS_SERVICE_LIFETIME": "4s"]) { system in
      try await system.load(rate: 5, seconds: 12, seed: 9)
      try await system.audit()
    }
  }

  @Test("With a card network that fails 30 % and hangs on 5 % of calls, no card is charged twice and no order is stuck")
  func faultyProvider() async throws {
    try await OrderSystem.run(["BEHAVIOUR_ERROR_RATE": "0.3", "BEHAVIOUR_HANG_RATE": "0.05"]) { system in
      try await system.load(seconds: 6, seed: 6, toleratingOutages: true)
      try await system.audit()
    }
  }

  @Test("Both Redis servers are flushed during orders: events are republished and read models are rebuilt")
  func flushed() async throws {
    try await OrderSystem.run { system in
      async let load: Void = system.load(seconds: 6, seed: 7, toleratingOutages: true)
      try await Task.sleep(for: .seconds(3))
      for server in [system.stack.events, system.stack.cache] {
        try await EndToEnd.withRedis(server) { _ = try await $0.send(RedisCommand("FLUSHALL")) }
      }
      try await load
      try await system.audit()
    }
  }
}

import Redis
import TestSupport
import Testing

@Suite("Services away in the middle of orders", .serialized)
struct OutageTests {
  private static let services = [
    "identity", "shop", "order", "payment", "payment-provider", "rider", "review", "order-history", "gateway",
  ]

  @Test("A service that gives no answers for a while holds up only what needs it, and nothing is lost", .timeLimit(.minutes(5)))
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

  @Test("Whole lives go through the gateway, signed in, and the books balance")
  func throughTheGateway() async throws {
    try await OrderSystem.run { system in
      try await system.load(rate: 5, seconds: 10, seed: 8, through: "gateway")
      try await system.audit()
    }
  }

  @Test("Tokens that last four seconds are renewed in the middle of everything, and nobody notices")
  func shortTokens() async throws {
    try await OrderSystem.run(["TOKENS_ACCESS_LIFETIME": "4s", "TOKENS_SERVICE_LIFETIME": "4s"]) { system in
      try await system.load(rate: 5, seconds: 12, seed: 9)
      try await system.audit()
    }
  }

  @Test("A card network that errs three times in ten and hangs once in twenty charges nobody twice and leaves no order stuck")
  func faultyProvider() async throws {
    try await OrderSystem.run(["BEHAVIOUR_ERROR_RATE": "0.3", "BEHAVIOUR_HANG_RATE": "0.05"]) { system in
      try await system.load(seconds: 6, seed: 6, toleratingOutages: true)
      try await system.audit()
    }
  }

  @Test("Both Redis lose everything in the middle of orders: events are said again, read models are built again")
  func flushed() async throws {
    try await OrderSystem.run { system in
      async let load: Void = system.load(seconds: 6, seed: 7, toleratingOutages: true)
      try await Task.sleep(for: .seconds(3))
      for server in [system.stack.events, system.stack.cache] {
        try await EndToEnd.ask(server) { _ = try await $0.send(RedisCommand("FLUSHALL")) }
      }
      try await load
      try await system.audit()
    }
  }
}

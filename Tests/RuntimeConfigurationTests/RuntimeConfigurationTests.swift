import Redis
import RuntimeConfiguration
import Synchronization
import TestSupport
import Testing
import Web

@Suite("Run-time configuration", .serialized)
struct RuntimeConfigurationTests {
  private static let me = "operator:01890a5d-ac96-774b-bcce-b302099a8057"

  @Test("a change applies at once in its instance, and within a second in the other; so does a reset")
  func change() async throws {
    try await withTwoInstances(try await RedisServer(.events)) { here, there, _ async throws in
      #expect(here.patience.value == .seconds(2))
      let changed = try await here.configuration.change("patience", to: "250ms", by: Self.me)
      #expect(here.patience.value == .milliseconds(250))
      #expect(changed.value == "250ms")
      #expect(changed.default == "2s")
      #expect(changed.source == .store)
      #expect(changed.changedBy == Self.me)
      try await eventually(within: .seconds(1), "the other instance's change") { there.patience.value == .milliseconds(250) }
      #expect(there.setting("patience") == changed)
      #expect(there.setting("places")?.source == .start)
      let reset = try await there.configuration.reset("patience")
      #expect(reset.source == .start)
      #expect(there.patience.value == .seconds(2))
      try await eventually(within: .seconds(1), "the other instance's return") { here.patience.value == .seconds(2) }
    }
  }

  @Test("the initial value is the default; a stored change overrides it, also in an instance that starts later")
  func start() async throws {
    let server = try await RedisServer(.events)
    try await withTwoInstances(server, environment: ["PLACES": "7"]) { here, _, _ async throws in
      #expect(here.places.value == 7)
      _ = try await here.configuration.change("places", to: "9", by: Self.me)
      _ = try await here.configuration.change("is.open", to: "false", by: Self.me)
    }
    try await withTwoInstances(server, environment: ["PLACES": "8"]) { here, _, _ async throws in
      try await eventually { here.places.value == 9 && !here.isOpen.value }
      #expect(here.setting("places")?.default == "8")
      #expect(try await here.configuration.reset("places").value == "8")
    }
  }

  @Test(
    "an invalid value is rejected with the reason, and changes nothing",
    arguments: [
      ("patience", "5", "must be a duration such as 250ms, 30s or 10m, from 10ms to 1m"),
      ("patience", "2m", "must be a duration such as 250ms, 30s or 10m, from 10ms to 1m"),
      ("places", "0", "must be a number from 1 to 100"), ("places", "many", "must be a number from 1 to 100"),
      ("is.open", "perhaps", "must be true or false"),
    ])
  func invalid(key: String, value: String, reason: String) async throws {
    try await withTwoInstances(try await RedisServer(.events)) { here, _, redis async throws in
      let before = here.configuration.all
      await #expect(throws: RuntimeConfigurationError.invalid(key: key, reason: reason)) {
        try await here.configuration.change(key, to: value, by: Self.me)
      }
      await #expect(throws: RuntimeConfigurationError.unknown(key: "password")) {
        try await here.configuration.change("password", to: "secret", by: Self.me)
      }
      #expect(here.configuration.all == before)
      #expect(try await redis.hgetAll("configuration:inn").isEmpty)
    }
  }

  @Test("a stored value that is invalid for this version is ignored, and shown")
  func foreign() async throws {
    try await withTwoInstances(try await RedisServer(.events)) { here, _, redis async throws in
      _ = try await here.configuration.change("places", to: "5", by: Self.me)
      try await redis.hset("configuration:inn", [("places", "2026-01-02T03:04:05.678Z \(Self.me) 500"), ("patience", "soon")])
      _ = try await redis.send(.hincrby("configuration:inn", "version", 1))
      try await eventually { here.setting("places")?.refused != nil }
      #expect(here.places.value == 5)
      #expect(here.setting("places")?.refused == "500: must be a number from 1 to 100")
      #expect(here.patience.value == .seconds(2))
      #expect(here.setting("patience")?.refused == "soon: is not in the format of stored values")
    }
  }

  @Test("while the store is unavailable the last known values stay, and a change is rejected")
  func unavailable() async throws {
    let server = try await RedisServer(.events)
    try await withTwoInstances(server) { here, there, _ async throws in
      _ = try await here.configuration.change("places", to: "5", by: Self.me)
      try await eventually { there.places.value == 5 }
      try await server.kill9()
      try await eventually { !there.configuration.isFollowing }
      #expect(there.places.value == 5)
      await #expect(throws: RedisError.self) { try await there.configuration.change("places", to: "6", by: Self.me) }
      #expect(there.places.value == 5)
      try await server.start()
      try await eventually { there.configuration.isFollowing && here.configuration.isFollowing }
      #expect(there.places.value == 5)
      _ = try await there.configuration.change("places", to: "6", by: Self.me)
      try await eventually { here.places.value == 6 }
    }
  }

  @Test("a store that has lost its data is restored by the instances")
  func lost() async throws {
    try await withTwoInstances(try await RedisServer(.events)) { here, there, redis async throws in
      _ = try await here.configuration.change("places", to: "5", by: Self.me)
      try await eventually { there.places.value == 5 }
      _ = try await redis.send(RedisCommand("FLUSHALL"))
      try await eventually { try await !redis.hgetAll("configuration:inn").isEmpty }
      #expect(here.places.value == 5)
      #expect(there.places.value == 5)
      _ = try await there.configuration.change("is.open", to: "false", by: Self.me)
      try await eventually { !here.isOpen.value }
      #expect(here.places.value == 5)
    }
  }

  @Test("a change handler is called for each change")
  func onChange() async throws {
    let server = try await RedisServer(.events)
    try await withTwoInstances(server) { here, _, redis async throws in
      let settings = try Settings([Setting("rate", default: "1", "how many")], arguments: [], environment: [:])
      let configuration = RuntimeConfiguration(service: "mill", settings: settings, redis: redis, logger: quietLogger)
      let received = Mutex<[Int]>([])
      _ = try configuration.integer("rate", in: 0...10) { value in received.withLock { $0.append(value) } }
      _ = try await configuration.change("rate", to: "3", by: Self.me)
      _ = try await configuration.change("rate", to: "3", by: Self.me)
      _ = try await configuration.reset("rate")
      #expect(received.withLock { $0 } == [3, 1])
    }
  }
}

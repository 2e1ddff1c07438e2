import NIOPosix
import Redis
import Synchronization
import TestSupport
import Testing

@Suite(.serialized) struct RedisInvalidationTests {
  /// What a receiver has heard, in order.
  private final class Heard: Sendable {
    private let messages = Mutex<[RedisInvalidation.Message]>([])

    func add(_ message: RedisInvalidation.Message) { messages.withLock { $0.append(message) } }
    var resets: Int { messages.withLock { $0.count { $0 == .reset } } }
    var keys: [String] {
      messages.withLock { $0.flatMap { if case .keys(let keys) = $0 { keys } else { [String]() } } }
    }
  }

  private func withInvalidation(
    _ server: RedisServer, prefixes: [String],
    _ body: @Sendable @escaping (RedisClient, RedisInvalidation, Heard) async throws -> Void
  ) async throws {
    try await withClient(server.configuration) { client in
      let heard = Heard()
      let invalidation = RedisInvalidation(
        configuration: server.configuration, prefixes: prefixes, eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
        logger: quietLogger
      ) { heard.add($0) }
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await invalidation.run() }
        try await eventually("listening") { invalidation.isConnected }
        #expect(heard.resets == 1)
        try await body(client, invalidation, heard)
        tasks.cancelAll()
      }
      #expect(!invalidation.isConnected)
    }
  }

  @Test("Changed keys are heard by prefix, in batches")
  func prefixes() async throws {
    let server = try await RedisServer()
    try await withInvalidation(server, prefixes: ["shop:", "list:"]) { client, _, heard in
      try await client.set("other:1", "x")
      try await client.send((0..<100).map { .set("shop:\($0)", 1) })
      try await client.zadd("list:all", [(score: 0, member: "x")])
      try await client.del(["shop:1"])
      try await eventually("the keys") { heard.keys.count == 102 }
      #expect(Set(heard.keys) == Set((0..<100).map { "shop:\($0)" } + ["list:all"]))
      #expect(heard.resets == 1)
    }
  }

  @Test("FLUSHALL and FLUSHDB are a reset", arguments: ["FLUSHALL", "FLUSHDB"])
  func flush(command: String) async throws {
    let server = try await RedisServer()
    try await withInvalidation(server, prefixes: ["shop:"]) { client, invalidation, heard in
      try await client.set("shop:1", "x")
      try await client.send(RedisCommand(command))
      try await eventually("the reset") { heard.resets == 2 }
      #expect(invalidation.isConnected)
    }
  }

  @Test("Losing either connection is a reset, another follows when it listens again", arguments: [true, false])
  func lostConnection(receiver: Bool) async throws {
    let server = try await RedisServer()
    try await withInvalidation(server, prefixes: ["shop:"]) { client, invalidation, heard in
      // Only the receiver is subscribed; only the tracker has the flag t.
      let clients = try await client.send(RedisCommand("CLIENT", "LIST")).text().split(separator: "\n")
      let victim = clients.first { line in
        receiver ? line.contains(" sub=1 ") : line.split(separator: " ").contains { $0.hasPrefix("flags=") && $0.contains("t") }
      }
      let id = try #require(victim?.split(separator: " ").first?.dropFirst("id=".count))
      try await client.send(RedisCommand("CLIENT", "KILL", "ID", .string(id)))
      try await eventually(within: .seconds(3), "the loss") { heard.resets >= 2 }
      try await eventually(within: .seconds(3), "listening again") { heard.resets == 3 && invalidation.isConnected }
      try await client.set("shop:7", "x")
      try await eventually("the key") { heard.keys == ["shop:7"] }
    }
  }

  @Test("A server that hangs is a reset after about a second; one that comes back is heard again")
  func frozen() async throws {
    let server = try await RedisServer()
    try await withInvalidation(server, prefixes: ["shop:"]) { client, invalidation, heard in
      server.freeze(true)
      try await eventually(within: .seconds(3), "the loss") { heard.resets == 2 && !invalidation.isConnected }
      server.freeze(false)
      try await eventually(within: .seconds(5), "listening again") { invalidation.isConnected }
      try await eventually("the key") {
        try await client.set("shop:1", "x")
        return heard.keys.contains("shop:1")
      }
    }
  }
}

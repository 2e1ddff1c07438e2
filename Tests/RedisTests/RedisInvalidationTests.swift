import NIOPosix
import Redis
import Synchronization
import TestSupport
import Testing

@Suite(.serialized) struct RedisInvalidationTests {
  /// The received messages, in order.
  private final class Received: Sendable {
    private let messages = Mutex<[RedisInvalidation.Message]>([])

    func add(_ message: RedisInvalidation.Message) { messages.withLock { $0.append(message) } }
    var resets: Int { messages.withLock { $0.count { $0 == .reset } } }
    var keys: [String] {
      messages.withLock { $0.flatMap { if case .keys(let keys) = $0 { keys } else { [String]() } } }
    }
  }

  private func withInvalidation(
    _ server: RedisServer, prefixes: [String],
    _ body: @Sendable @escaping (RedisClient, RedisInvalidation, Received) async throws -> Void
  ) async throws {
    try await withClient(server.configuration) { client in
      let received = Received()
      let invalidation = RedisInvalidation(
        configuration: server.configuration, prefixes: prefixes, eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
        logger: quietLogger
      ) { received.add($0) }
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await invalidation.run() }
        try await eventually("listening") { invalidation.isConnected }
        #expect(received.resets == 1)
        try await body(client, invalidation, received)
        tasks.cancelAll()
      }
      #expect(!invalidation.isConnected)
    }
  }

  @Test("Changed keys are received by prefix, in batches")
  func prefixes() async throws {
    let server = try await RedisServer()
    try await withInvalidation(server, prefixes: ["shop:", "list:"]) { client, _, received in
      try await client.set("other:1", "x")
      try await client.send((0..<100).map { .set("shop:\($0)", 1) })
      try await client.zadd("list:all", [(score: 0, member: "x")])
      try await client.del(["shop:1"])
      try await eventually("the keys") { received.keys.count == 102 }
      #expect(Set(received.keys) == Set((0..<100).map { "shop:\($0)" } + ["list:all"]))
      #expect(received.resets == 1)
    }
  }

  @Test("FLUSHALL and FLUSHDB are a reset", arguments: ["FLUSHALL", "FLUSHDB"])
  func flush(command: String) async throws {
    let server = try await RedisServer()
    try await withInvalidation(server, prefixes: ["shop:"]) { client, invalidation, received in
      try await client.set("shop:1", "x")
      try await client.send(RedisCommand(command))
      try await eventually("the reset") { received.resets == 2 }
      #expect(invalidation.isConnected)
    }
  }

  @Test("Losing either connection is a reset, and another follows when tracking resumes", arguments: [true, false])
  func lostConnection(receiver: Bool) async throws {
    let server = try await RedisServer()
    try await withInvalidation(server, prefixes: ["shop:"]) { client, invalidation, received in
      // Only the receiver is subscribed; only the tracker has the flag t.
      let clients = try await client.send(RedisCommand("CLIENT", "LIST")).text().split(separator: "\n")
      let victim = clients.first { line in
        receiver ? line.contains(" sub=1 ") : line.split(separator: " ").contains { $0.hasPrefix("flags=") && $0.contains("t") }
      }
      let id = try #require(victim?.split(separator: " ").first?.dropFirst("id=".count))
      try await client.send(RedisCommand("CLIENT", "KILL", "ID", .string(id)))
      try await eventually(within: .seconds(3), "the loss") { received.resets >= 2 }
      try await eventually(within: .seconds(3), "tracking again") { received.resets == 3 && invalidation.isConnected }
      try await client.set("shop:7", "x")
      try await eventually("the key") { received.keys == ["shop:7"] }
    }
  }

  @Test("A hung server is a reset after about a second; tracking resumes when it returns")
  func frozen() async throws {
    let server = try await RedisServer()
    try await withInvalidation(server, prefixes: ["shop:"]) { client, invalidation, received in
      server.freeze(true)
      try await eventually(within: .seconds(3), "the loss") { received.resets == 2 && !invalidation.isConnected }
      server.freeze(false)
      try await eventually(within: .seconds(5), "tracking again") { invalidation.isConnected }
      try await eventually("the key") {
        try await client.set("shop:1", "x")
        return received.keys.contains("shop:1")
      }
    }
  }
}

import NIOCore
import NIOPosix
import Redis
import TestSupport
import Testing

@Suite(.serialized) struct RedisClientTests {
  @Test("Ten thousand concurrent commands get their own replies")
  func concurrency() async throws {
    let server = try await RedisServer()
    var configuration = server.configuration
    configuration.queueLimit = 20_000
    configuration.commandDeadline = .seconds(20)
    try await withClient(configuration) { client in
      try await withThrowingTaskGroup(of: Bool.self) { tasks in
        for number in 0..<10_000 {
          tasks.addTask {
            switch number % 3 {
            case 0:
              return try await client.send(RedisCommand("ECHO", .int(number))).string == "\(number)"
            case 1:
              let replies = try await client.send([RedisCommand("ECHO", .int(number)), .get("absent"), .ping])
              return replies.map(\.string) == ["\(number)", nil, "PONG"]
            default:
              try await client.set("key:\(number)", .int(number))
              return try await client.get("key:\(number)").map { String(buffer: $0) } == "\(number)"
            }
          }
        }
        for try await isRight in tasks {
          #expect(isRight)
        }
      }
    }
  }

  @Test("The commands of a transaction are not interleaved with other callers' commands")
  func transactions() async throws {
    let server = try await RedisServer()
    try await withClient(server.configuration, eventLoops: 1) { client in
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        for _ in 0..<200 {
          tasks.addTask { try await client.send(RedisCommand("INCR", "n")) }
          tasks.addTask {
            let replies = try await client.transaction([RedisCommand("INCR", "n"), RedisCommand("INCR", "n")])
            #expect(replies.count == 2)
            let first = try replies[0].integer()
            #expect(try replies[1].integer() == first + 1)
          }
        }
        try await tasks.waitForAll()
      }
      #expect(try await client.get("n").map { String(buffer: $0) } == "600")
    }
  }

  @Test(
    "A transaction with a rejected command throws the reason; a command that fails while running is an error value"
  )
  func failedTransactions() async throws {
    let server = try await RedisServer()
    try await withClient(server.configuration) { client in
      let rejected = await redisError {
        try await client.transaction([RedisCommand("SET", "a", 1), RedisCommand("NONSENSE")])
      }
      #expect(rejected?.message.contains("unknown command") == true)
      #expect(try await client.get("a") == nil)

      let replies = try await client.transaction([RedisCommand("SET", "a", "x"), RedisCommand("INCR", "a"), .get("a")])
      #expect(replies[0] == .simple("OK"))
      #expect(replies[1].error?.code == .reply("ERR"))
      #expect(replies[2].string == "x")
      try await client.ping()
    }
  }

  @Test("Error replies are thrown by a single command and are values in a batch")
  func errorReplies() async throws {
    let server = try await RedisServer()
    try await withClient(server.configuration) { client in
      try await client.set("text", "x")
      let error = await redisError { _ = try await client.hget("text", "f") }
      #expect(error?.code == .reply("WRONGTYPE"))
      let replies = try await client.send([.hget("text", "f"), .get("text")])
      #expect(replies[0].error?.code == .reply("WRONGTYPE"))
      #expect(replies[1].string == "x")
      #expect(try await client.send([]).isEmpty)
    }
  }

  @Test("The event-loop API uses the loop's own connection")
  func eventLoopAPI() async throws {
    let server = try await RedisServer()
    try await withClient(server.configuration) { client in
      try await client.set("a", "1")
      try await client.set("b", "2")
      let loop = client.eventLoops[0]
      let connection = client.connection(on: loop)
      try await eventually("the connection") { connection.isConnected }
      let replies = try await loop.flatSubmit {
        connection.send([.mget(["a", "b", "c"])]).map { replies in
          #expect(loop.inEventLoop)
          return replies
        }
      }.get()
      #expect(replies == [.array([.bulk(ByteBuffer(string: "1")), .bulk(ByteBuffer(string: "2")), .null])])
    }
  }

  @Test("Large values are written and read completely")
  func largeValues() async throws {
    let server = try await RedisServer()
    var configuration = server.configuration
    configuration.commandDeadline = .seconds(10)
    try await withClient(configuration) { client in
      let value = ByteBuffer(bytes: [[UInt8]](repeating: (0..<10_000).map { UInt8($0 % 251) }, count: 1000).flatMap { $0 })
      try await client.set("large", .bytes(value))
      async let small = client.send(RedisCommand("ECHO", "small"))
      #expect(try await client.get("large") == value)
      #expect(try await small.string == "small")
    }
  }

  @Test("Commands beyond the queue limit fail at once")
  func queueLimit() async throws {
    let server = try await RedisServer()
    var configuration = server.configuration
    configuration.queueLimit = 50
    try await withClient(configuration, eventLoops: 1) { client in
      try await eventually("the connection") { client.isConnected }
      server.freeze(true)
      let codes = await withTaskGroup(of: RedisError.Code?.self) { tasks in
        for _ in 0..<200 {
          tasks.addTask { await redisError { _ = try await client.send(.ping, deadline: .seconds(1)) }?.code }
        }
        return await tasks.reduce(into: [RedisError.Code?: Int]()) { $0[$1, default: 0] += 1 }
      }
      server.freeze(false)
      #expect(codes[.queueFull] == 150)
      #expect(codes[.timedOut] == 50)
      try await eventually("service") {
        try await client.ping()
        return true
      }
    }
  }

  @Test("The typed commands match the server's replies")
  func typedCommands() async throws {
    let server = try await RedisServer()
    try await withClient(server.configuration) { client in
      #expect(try await client.set("once", 1, onlyIfAbsent: true))
      #expect(try await !client.set("once", 2, onlyIfAbsent: true))
      #expect(try await client.set("brief", "x", ex: .milliseconds(20)))
      try await eventually("expiry") { try await client.get("brief") == nil }
      #expect(try await client.mget(["once", "absent"]) == [ByteBuffer(string: "1"), nil])
      #expect(try await client.del(["once", "absent"]) == 1)

      #expect(try await client.hset("hash", [("version", 3), ("card", .bytes([123, 125]))]) == 2)
      #expect(try await client.hget("hash", "version") == ByteBuffer(string: "3"))
      #expect(try await client.hmget("hash", ["card", "absent"]) == [ByteBuffer(string: "{}"), nil])
      #expect(try await client.hgetAll("hash") == ["version": ByteBuffer(string: "3"), "card": ByteBuffer(string: "{}")])
      #expect(try await client.hgetAll("absent").isEmpty)

      let members = ["a1", "a2", "b1", "가게", "나무"]
      #expect(try await client.zadd("set", members.map { (score: 0, member: .string($0)) }) == 5)
      #expect(try await client.zrangeByLex("set") == members)
      #expect(try await client.zrangeByLex("set", min: "(a1", limit: 2) == ["a2", "b1"])
      #expect(try await client.zrangeByLex("set", min: "[가", max: .bytes(Array("(가".utf8) + [0xFF])) == ["가게"])
      #expect(try await client.zrem("set", ["a1", "absent"]) == 1)
      #expect(try await client.zcard("set") == 4)
      #expect(try await client.sadd("members", ["x", "y", "x"]) == 2)
    }
  }

  @Test("Shutting down completes commands in flight and rejects new ones")
  func shutDown() async throws {
    let server = try await RedisServer()
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let client = RedisClient(configuration: server.configuration, eventLoopGroup: group, logger: quietLogger)
    let running = Task { try await client.run() }
    try await eventually("the connection") { client.isConnected }
    let slow = Task { try await client.send(RedisCommand("DEBUG", "SLEEP", .double(0.5)), deadline: .seconds(5)) }
    try await server.isAsleep()
    running.cancel()
    #expect(try await slow.value == .simple("OK"))
    try await running.value
    let error = await redisError { try await client.ping() }
    #expect(error?.code == .unavailable)
    #expect(!client.isConnected)
    try await group.shutdownGracefully()
  }
}

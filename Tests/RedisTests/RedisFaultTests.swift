import NIOCore
import NIOPosix
import Redis
import Synchronization
import TestSupport
import Testing

@Suite(.serialized) struct RedisFaultTests {
  @Test("A timed out command affects no other, and late replies are dropped")
  func timeouts() async throws {
    let server = try await RedisServer()
    try await withClient(server.configuration, eventLoops: 1) { client in
      try await eventually("the connection") { client.isConnected }
      let generation = client.connectionGeneration
      async let sleeping = client.send(RedisCommand("DEBUG", "SLEEP", .double(0.4)), deadline: .seconds(5))
      let codes = await withTaskGroup(of: RedisError.Code?.self) { tasks in
        for number in 0..<50 {
          tasks.addTask {
            await redisError {
              _ = try await client.send(RedisCommand("ECHO", .string("late \(number)")), deadline: .milliseconds(50))
            }?.code
          }
        }
        return await tasks.reduce(into: []) { $0.append($1) }
      }
      #expect(codes == Array(repeating: .timedOut, count: 50))
      // Queued behind replies of timed out commands.
      let echoes = try await withThrowingTaskGroup(of: (Int, String?).self) { tasks in
        for number in 0..<50 {
          tasks.addTask { (number, try await client.send(RedisCommand("ECHO", .int(number)), deadline: .seconds(5)).string) }
        }
        return try await tasks.reduce(into: [Int: String?]()) { $0[$1.0] = $1.1 }
      }
      #expect(echoes.allSatisfy { $0.value == "\($0.key)" })
      #expect(try await sleeping == .simple("OK"))
      #expect(client.connectionGeneration == generation)
    }
  }

  @Test("Cancelling a task ends only its own waiting, at once")
  func cancellation() async throws {
    let server = try await RedisServer()
    try await withClient(server.configuration, eventLoops: 1) { client in
      try await eventually("the connection") { client.isConnected }
      let generation = client.connectionGeneration
      // The server answers no write until the pause is ended below.
      let pause = try await client.send(RedisCommand("CLIENT", "PAUSE", 60_000, "WRITE"))
      #expect(pause == .simple("OK"))
      let cancelled = Task {
        await redisError { _ = try await client.send(RedisCommand("SET", "cancelled", "1"), deadline: .seconds(60)) }
      }
      let others = (0..<20).map { number in
        Task { try await client.send(RedisCommand("INCRBY", .string("key \(number)"), .int(number)), deadline: .seconds(60)).int }
      }
      cancelled.cancel()
      #expect(await cancelled.value?.code == .cancelled)
      try await withClient(server.configuration) { _ = try await $0.send(RedisCommand("CLIENT", "UNPAUSE")) }
      for (number, task) in others.enumerated() {
        #expect(try await task.value == Int64(number))
      }
      #expect(client.connectionGeneration == generation)

      let never = Task { await redisError { _ = try await client.send(.ping) } }
      never.cancel()
      let code = await never.value?.code
      #expect(code == nil || code == .cancelled)
    }
  }

  @Test("After kill -9 of the server the client reconnects within three seconds, and calls the hooks")
  func killed() async throws {
    let server = try await RedisServer(.events)
    var configuration = server.configuration
    configuration.connectionWait = .seconds(30)
    try await withClient(configuration) { client in
      let hooked = Hooked()
      client.onReconnect { hooked.count.add(1, ordering: .relaxed) }
      try await client.set("kept", "1")
      try await eventually("both connections") { client.connectionGeneration == 2 }
      try await server.kill9()
      try await eventually("the loss") { !client.isConnected }

      // In an outage commands fail at once; only a short gap is waited for.
      let start = ContinuousClock.now
      for _ in 0..<20 {
        let error = await redisError { _ = try await client.send(.ping, deadline: .seconds(20)) }
        #expect(error?.code == .unavailable)
      }
      #expect(ContinuousClock.now - start < .seconds(3))

      try await server.start()
      try await eventually(within: .seconds(3), "service") {
        try await client.get("kept") == ByteBuffer(string: "1")
      }
      try await eventually(within: .seconds(3), "the hooks") { hooked.count.load(ordering: .relaxed) == 2 }
      #expect(client.connectionGeneration == 4)
    }
  }

  @Test("Commands in flight when the server is killed fail as lost")
  func lostInFlight() async throws {
    let server = try await RedisServer()
    try await withClient(server.configuration, eventLoops: 1) { client in
      try await eventually("the connection") { client.isConnected }
      let sleeping = Task {
        await redisError { _ = try await client.send(RedisCommand("DEBUG", "SLEEP", 5), deadline: .seconds(9)) }
      }
      try await server.isAsleep()
      try await server.kill9()
      #expect(await sleeping.value?.code == .connectionLost)
    }
  }

  @Test("A hung server is detected and the client recovers when it continues")
  func frozen() async throws {
    let server = try await RedisServer()
    var configuration = server.configuration
    configuration.heartbeat = .milliseconds(200)
    configuration.connectTimeout = .milliseconds(300)
    try await withClient(configuration) { client in
      try await eventually("the connection") { client.isConnected }
      server.freeze(true)
      try await eventually(within: .seconds(2), "the loss") { !client.isConnected }
      server.freeze(false)
      try await eventually(within: .seconds(3), "service") {
        try await client.ping()
        return true
      }
    }
  }

  @Test("A command waits for the first connection")
  func earlyCommand() async throws {
    let server = try await RedisServer()
    try await withClient(server.configuration) { client in
      try await client.ping()
    }
  }

  @Test("A deadline shorter than the wait for a connection applies while waiting")
  func deadlineWhileWaiting() async throws {
    let client = RedisClient(
      configuration: RedisConfiguration(port: 1, connectionWait: .seconds(30)),
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quietLogger)
    let isPatientDone = Atomic(false)
    async let patient = {
      let error = await redisError { _ = try await client.send(.ping, deadline: .milliseconds(800)) }
      isPatientDone.store(true, ordering: .relaxed)
      return error
    }()
    let error = await redisError { _ = try await client.send(.ping, deadline: .milliseconds(20)) }
    #expect(error?.code == .unavailable)
    let isEarlier = !isPatientDone.load(ordering: .relaxed)
    #expect(isEarlier)
    #expect(await patient?.code == .unavailable)
  }

  @Test("A client that is not running fails quickly")
  func notRunning() async throws {
    let client = RedisClient(
      configuration: RedisConfiguration(port: 1), eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quietLogger)
    let start = ContinuousClock.now
    let error = await redisError { _ = try await client.send(.ping, deadline: .seconds(60)) }
    #expect(error?.code == .unavailable)
    // Not its deadline, but the 250 ms for which commands wait for a connection.
    #expect(ContinuousClock.now - start < .seconds(30))
  }

  @Test("An ACL user authenticates by name and password, also after a reconnect; a wrong password is reported")
  func authentication() async throws {
    let server = try await RedisServer(
      options: ["--user", "default", "off", "--user", "listing", "on", ">secret", "~shop:*", "&*", "+@all"])
    var configuration = server.configuration
    configuration.user = "listing"
    configuration.password = "secret"
    configuration.clientName = "shop-listing"
    try await withClient(configuration, eventLoops: 1) { client in
      #expect(try await client.send(RedisCommand("ACL", "WHOAMI")).string == "listing")
      #expect(try await client.send(RedisCommand("CLIENT", "GETNAME")).string == "shop-listing")
      let error = await redisError { try await client.set("other", "x") }
      #expect(error?.code == .reply("NOPERM"))
      try await server.kill9()
      try await server.start()
      try await eventually(within: .seconds(3), "service") {
        try await client.send(RedisCommand("ACL", "WHOAMI")).string == "listing"
      }
    }
    configuration.password = "wrong"
    try await withClient(configuration) { client in
      try await eventually("the reason") {
        let error = await redisError { try await client.ping() }
        return error?.code == .unavailable && error?.message.contains("WRONGPASS") == true
      }
    }
    configuration.user = nil
    configuration.password = nil
    try await withClient(configuration) { client in
      try await eventually("the reason") {
        await redisError { try await client.ping() }?.message.contains("NOAUTH") == true
      }
    }
  }
}

private final class Hooked: Sendable {
  let count = Atomic(0)
}

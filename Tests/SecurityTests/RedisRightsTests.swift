import Logging
import NIOPosix
import Redis
import TestSupport
import Testing

/// What each service may do with the two Redis servers, by trying, with the access lists and passwords of the stack.
@Suite("The rights of services in Redis", WithStackSecrets())
struct RedisRightsTests {
  /// What the services publish and consume: the independent copy of the catalogue.
  private static let services = Dictionary(
    uniqueKeysWithValues: AccessTable.services.filter(\.isInternal).map { ($0.name, $0) })
  /// What the keys of a service in the cache begin with.
  private static let cacheKeys = services.mapValues(\.cachePrefixes).filter { !$0.value.isEmpty }
  /// Users of operators and tools; no service signs in as one of them.
  private static let people = ["default", "health", "operator", "reader", "auditor"]
  private static let sources = services.values.filter(\.publishes).map(\.name).sorted()

  @Test("In the events each service adds to its own stream only, reads what it subscribes to, and writes nobody else's keys")
  func events() async throws {
    try await withServer(.events, "events") { server, secrets in
      try await prepare(server, secrets)
      for (user, password) in secrets.users(of: "events") where !Self.people.contains(user) {
        let rights = try #require(Self.services[user], "\(user) has no row here")
        try await asking(server, user, secrets.values[try #require(password)]) { redis in
          for source in Self.sources {
            let (own, consumed) = (rights.publishes && source == user, rights.subscribes.contains(source))
            let stream = "events:\(source)"
            try await redis.expect(own, .xadd(stream, [("id", "1")]), user)
            try await redis.expect(own || consumed, .xrange(stream, count: 1), user)
            try await redis.expect(own || consumed, .xinfoGroups(stream), user)
            try await redis.expect(own || consumed, .xreadGroup(group: "g", consumer: "c", streams: [stream], count: 1), user)
            try await redis.expect(own, .xtrim(stream, minID: "0"), user)
            try await redis.expect(own, .xdel(stream, ids: ["1-1"]), user)
            try await redis.expect(own, RedisCommand("HSET", .string("relay:\(source)"), "one", "1"), user)
            try await redis.expect(false, RedisCommand("DEL", .string(stream)), user)
            try await redis.expect(false, RedisCommand("RENAME", .string(stream), "events:x"), user)
          }
          for group in Self.services.keys where group != user {
            try await redis.expect(false, .xadd("events:dead:\(group)", [("id", "1")]), user)
            try await redis.expect(false, .xadd("events:retry:\(group)", [("id", "1")]), user)
            try await redis.expect(false, .xrange("events:dead:\(group)", count: 1), user)
          }
          let subscribes = !rights.subscribes.isEmpty
          try await redis.expect(subscribes, .xadd("events:dead:\(user)", [("id", "1")]), user)
          try await redis.expect(subscribes, .xadd("events:retry:\(user)", [("id", "1")]), user)
          // The list of a stack whose services find each other by the registry.
          for other in Self.services.keys where secrets.hasRegistry {
            for kind in ["registry", "configuration"] {
              let command = RedisCommand("HSET", .string("\(kind):\(other)"), "one", "1")
              try await redis.expect(other == user, command, user)
            }
          }
          try await redis.expect(false, RedisCommand("SCAN", 0), user)
          try await redis.refusesAdministration(user)
        }
      }
    }
  }

  @Test("A script does no more than its caller may")
  func scripts() async throws {
    try await withServer(.events, "events") { server, secrets in
      try await asking(server, "shop", secrets.values["SHOP_EVENTS_REDIS_PASSWORD"]) { redis in
        let add = "return redis.call('XADD', KEYS[1], '*', 'id', '1')"
        try await redis.expect(true, RedisCommand("EVAL", .string(add), 1, "events:shop"), "shop")
        try await redis.expect(false, RedisCommand("EVAL", .string(add), 1, "events:order"), "shop")
        let undeclared = "return redis.call('XADD', 'events:order', '*', 'id', '1')"
        try await redis.expect(false, RedisCommand("EVAL", .string(undeclared), 0), "shop")
        try await redis.expect(false, RedisCommand("EVAL", "return redis.call('FLUSHALL')", 0), "shop")
      }
      let added = try await asking(server, "operator", secrets.values["OPERATOR_REDIS_PASSWORD"]) { redis in
        try await redis.xlen("events:order")
      }
      #expect(added == 0)
    }
  }

  @Test("In the cache each service writes its own read model only")
  func cache() async throws {
    try await withServer(.cache, "cache") { server, secrets in
      for (user, password) in secrets.users(of: "cache") where !Self.people.contains(user) {
        let own = try #require(Self.cacheKeys[user], "\(user) has no row here")
        try await asking(server, user, secrets.values[try #require(password)]) { redis in
          for prefix in Self.cacheKeys.values.joined() {
            let key = RedisArgument.string("\(prefix)x")
            try await redis.expect(own.contains(prefix), RedisCommand("HSET", key, "a", "1"), user)
            try await redis.expect(own.contains(prefix), RedisCommand("HMGET", key, "a"), user)
            for command in ["HGETALL", "DEL", "UNLINK", "TYPE"] where !own.contains(prefix) {
              try await redis.expect(false, RedisCommand(command, key), user)
            }
          }
          try await redis.expect(false, RedisCommand("SET", "another", "1"), user)
          try await redis.expect(false, RedisCommand("SCAN", 0), user)
          try await redis.refusesAdministration(user)
        }
      }
    }
  }

  @Test(
    "A service with a near cache or live tracking receives invalidation messages", arguments: ["shop-listing", "order-history"])
  func invalidation(_ user: String) async throws {
    try await withServer(.cache, "cache") { server, secrets in
      var configuration = server.configuration
      let password = try #require(secrets.users(of: "cache").first { $0.name == user }?.password)
      (configuration.user, configuration.password) = (user, secrets.values[password])
      let invalidation = RedisInvalidation(
        configuration: configuration, prefixes: Self.cacheKeys[user] ?? [],
        eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "tests")
      ) { _ in }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await invalidation.run() }
        defer { group.cancelAll() }
        try await eventually("listening") { invalidation.isConnected }
      }
    }
  }

  @Test("Nobody gets in without a password, or with another's", arguments: ["events", "cache"])
  func passwords(_ list: String) async throws {
    try await withServer(list == "events" ? .events : .cache, list) { server, secrets async throws in
      for (user, password) in secrets.users(of: list) {
        let own = password.flatMap { secrets.values[$0] }
        #expect((own == nil) == ["default", "health"].contains(user), "\(user)")
        for wrong in [String(repeating: "0", count: 48), "", secrets.values["PROVIDER_KEY"] ?? ""] where user != "health" {
          let answer = try await signIn(server, user, wrong)
          #expect(answer.contains("WRONGPASS"), "\(user)")
        }
        guard let own else { continue }
        let answer = try await signIn(server, user, own)
        #expect(answer == "OK", "\(user)")
      }
      let answer = try await signIn(server, nil, "")
      #expect(answer.contains("NOAUTH"))
    }
  }

  @Test("Those who only look change nothing")
  func readers() async throws {
    try await withServer(.events, "events") { server, secrets in
      try await prepare(server, secrets)
      for (user, password, readsRelays) in [
        ("reader", "READER_EVENTS_REDIS_PASSWORD", false), ("auditor", "AUDITOR_REDIS_PASSWORD", true),
      ] {
        try await asking(server, user, secrets.values[password]) { redis in
          try await redis.expect(true, .xrange("events:shop", count: 1), user)
          try await redis.expect(readsRelays, RedisCommand("HGETALL", "relay:shop"), user)
          try await redis.expect(false, .xadd("events:shop", [("id", "1")]), user)
          try await redis.expect(false, .xack("events:shop", group: "g", ids: ["1-1"]), user)
          try await redis.expect(false, .xreadGroup(group: "g", consumer: "c", streams: ["events:shop"], count: 1), user)
          try await redis.refusesAdministration(user)
        }
      }
    }
  }

  // MARK: Servers and users

  private func withServer(
    _ policy: RedisServer.Policy, _ list: String, _ body: (RedisServer, StackSecrets) async throws -> Void
  ) async throws {
    let secrets = try #require(StackSecrets.current)
    let server = try await RedisServer(policy, options: ["--aclfile", "\(secrets.folder.path)/\(list).acl"])
    try await body(server, secrets)
    try await server.stop()
  }

  /// Streams with a group for everybody to read by.
  private func prepare(_ server: RedisServer, _ secrets: StackSecrets) async throws {
    try await asking(server, "operator", secrets.values["OPERATOR_REDIS_PASSWORD"]) { redis in
      for source in Self.sources { try await redis.xgroupCreate("events:\(source)", group: "g") }
    }
  }

  private func asking<Answer: Sendable>(
    _ server: RedisServer, _ user: String, _ password: String?,
    _ body: @escaping @Sendable (RedisClient) async throws -> Answer
  ) async throws -> Answer {
    var configuration = server.configuration
    (configuration.user, configuration.password) = (user, password)
    let client = RedisClient(
      configuration: configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "tests"))
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await client.run() }
      defer { group.cancelAll() }
      return try await body(client)
    }
  }

  /// What the server says to a sign-in, or to a command without one.
  private func signIn(_ server: RedisServer, _ user: String?, _ password: String) async throws -> String {
    let command = user.map { ["AUTH", $0, password] } ?? ["XLEN", "events:shop"]
    let ran = try await ChildProcess.run(["redis-cli", "-p", "\(server.port)"] + command)
    return ran.output.split(separator: "\n").first.map(String.init) ?? ""
  }
}

extension RedisClient {
  /// Whether a command is let through, whatever comes of it then.
  fileprivate func expect(_ isAllowed: Bool, _ command: RedisCommand, _ user: String) async throws {
    let reply = try await send([command])[0]
    let refusal = reply.error.map { "\($0)" }.flatMap { $0.contains("NOPERM") || $0.contains("ACL failure") ? $0 : nil }
    #expect(
      (refusal == nil) == isAllowed,
      "\(user): \(command.name) \(command.arguments.prefix(2)): \(refusal ?? "was let through")")
  }

  /// What no service needs.
  fileprivate func refusesAdministration(_ user: String) async throws {
    for command in [
      ["FLUSHALL"], ["FLUSHDB"], ["CONFIG", "GET", "*"], ["CONFIG", "SET", "maxmemory", "1"], ["ACL", "LIST"],
      ["DEBUG", "SLEEP", "0"], ["SHUTDOWN"], ["KEYS", "*"], ["MONITOR"], ["REPLICAOF", "NO", "ONE"], ["CLIENT", "LIST"],
      ["CLIENT", "KILL", "ID", "1"], ["SWAPDB", "0", "1"], ["BGREWRITEAOF"], ["MODULE", "LIST"], ["SCRIPT", "FLUSH"],
      ["FUNCTION", "LIST"], ["PUBLISH", "__redis__:invalidate", "x"],
    ] {
      try await expect(false, RedisCommand(command[0], arguments: command.dropFirst().map { .string($0) }), user)
    }
  }
}

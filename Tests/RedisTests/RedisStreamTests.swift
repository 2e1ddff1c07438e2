import NIOPosix
import Redis
import TestSupport
import Testing

@Suite(.serialized) struct RedisStreamTests {
  @Test("Entries are added, read by a group, acknowledged and trimmed")
  func roundTrip() async throws {
    let server = try await RedisServer(.events)
    try await withClient(server.configuration) { client in
      #expect(try await client.xgroupCreate("s", group: "g"))
      #expect(try await !client.xgroupCreate("s", group: "g"))
      var ids: [String] = []
      for number in 1...3 {
        ids.append(try await client.xadd("s", [("id", "\(number)"), ("이름", "치킨 \(number)")]))
      }
      let read = try await client.xreadGroup(group: "g", consumer: "c", streams: ["s"], count: 2)
      #expect(read.map(\.stream) == ["s"])
      #expect(read[0].entries.map(\.id) == Array(ids.prefix(2)))
      #expect(read[0].entries[0].fields == ["id": "1", "이름": "치킨 1"])
      #expect(read[0].entries[1]["이름"] == "치킨 2")
      #expect(read[0].entries[1].fields.map(\.name) == ["id", "이름"])

      let pending = try await client.xpendingSummary("s", group: "g")
      #expect(pending.count == 2 && pending.firstID == ids[0] && pending.lastID == ids[1])
      #expect(pending.consumers == ["c": 2])
      #expect(try await client.xack("s", group: "g", ids: ids) == 2)
      #expect(try await client.xpendingSummary("s", group: "g").consumers.isEmpty)

      let groups = try await client.xinfoGroups("s")
      #expect(groups.map(\.name) == ["g"])
      #expect(groups[0].lastDeliveredID == ids[1] && groups[0].pending == 0 && groups[0].lag == 1)

      #expect(try await client.xtrim("s", minID: ids[1], approximate: false) == 1)
      #expect(try await client.xlen("s") == 2)
      #expect(try await client.xrange("s", count: 1).map(\.id) == [ids[1]])
      #expect(try await client.xdel("s", ids: [ids[1]]) == 1)
      #expect(try await client.xrange("s").map { $0["id"] } == ["3"])
      #expect(try await client.xreadGroup(group: "g", consumer: "c", streams: ["s"], count: 5).count == 1)
      #expect(try await client.xreadGroup(group: "g", consumer: "c", streams: ["s"], count: 5).isEmpty)
    }
  }

  @Test("Entries trimmed while pending are reported as deleted, by re-reading and by claiming")
  func trimmedEntries() async throws {
    let server = try await RedisServer(.events)
    try await withClient(server.configuration) { client in
      try await client.xgroupCreate("s", group: "g")
      var ids: [String] = []
      for number in 1...3 {
        ids.append(try await client.xadd("s", [("id", "\(number)")]))
      }
      _ = try await client.xreadGroup(group: "g", consumer: "dead", streams: ["s"], count: 10)
      try await client.xdel("s", ids: [ids[0]])

      let again = try await client.xreadGroup(group: "g", consumer: "dead", streams: ["s"], from: "0", count: 10)
      #expect(again[0].entries.map(\.isDeleted) == [true, false, false])
      #expect(again[0].entries[0].id == ids[0] && again[0].entries[0].fields.isEmpty)

      let first = try await client.xautoclaim("s", group: "g", consumer: "alive", minIdle: .zero, count: 2)
      #expect(first.deletedIDs == [ids[0]])
      let second = try await client.xautoclaim("s", group: "g", consumer: "alive", minIdle: .zero, start: first.next)
      #expect(second.next == "0-0")
      #expect((first.entries + second.entries).map { $0["id"] } == ["2", "3"])
      #expect(try await client.xpendingSummary("s", group: "g").consumers == ["alive": 2])
    }
  }

  @Test("A missing group is the error NOGROUP")
  func missingGroup() async throws {
    let server = try await RedisServer(.events)
    try await withClient(server.configuration) { client in
      let reading = await redisError {
        _ = try await client.xreadGroup(group: "g", consumer: "c", streams: ["s"], count: 1)
      }
      #expect(reading?.code == .noGroup)
      let claiming = await redisError {
        _ = try await client.xautoclaim("s", group: "g", consumer: "c", minIdle: .zero)
      }
      #expect(claiming?.code.replyPrefix == "NOGROUP")
    }
  }

  @Test("A blocking read waits without blocking other commands and wakes for an entry")
  func blockingRead() async throws {
    let server = try await RedisServer(.events)
    try await withClient(server.configuration) { client in
      let reader = RedisBlockingConnection(
        configuration: server.configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quietLogger)
      defer { reader.close() }
      try await reader.xgroupCreate("s", group: "g")
      let empty = try await reader.xreadGroup(
        group: "g", consumer: "c", streams: ["s"], count: 10, block: .milliseconds(20))
      #expect(empty.isEmpty)

      async let read = reader.xreadGroup(group: "g", consumer: "c", streams: ["s"], count: 10, block: .seconds(10))
      try await eventually("the blocked client") {
        try await client.send(RedisCommand("INFO", "clients")).text().contains("blocked_clients:1")
      }
      for _ in 0..<100 {
        try await client.ping()
      }
      let id = try await client.xadd("s", [("id", "1")])
      #expect(try await read.first?.entries.map(\.id) == [id])
    }
  }

  @Test("Cancelling a blocked read closes its connection; the next read reconnects")
  func cancelledBlockingRead() async throws {
    let server = try await RedisServer(.events)
    try await withClient(server.configuration) { client in
      let reader = RedisBlockingConnection(
        configuration: server.configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quietLogger)
      defer { reader.close() }
      try await reader.xgroupCreate("s", group: "g")
      let blocked = Task {
        await redisError {
          _ = try await reader.xreadGroup(group: "g", consumer: "c", streams: ["s"], count: 1, block: .seconds(30))
        }
      }
      try await eventually("the blocked client") {
        try await client.send(RedisCommand("INFO", "clients")).text().contains("blocked_clients:1")
      }
      blocked.cancel()
      #expect(await blocked.value?.code == .cancelled)
      try await eventually("the freed client") {
        try await client.send(RedisCommand("INFO", "clients")).text().contains("blocked_clients:0")
      }
      try await client.xadd("s", [("id", "1")])
      let read = try await reader.xreadGroup(group: "g", consumer: "c", streams: ["s"], count: 1, block: .seconds(1))
      #expect(read.count == 1)
    }
  }

  @Test("A blocking connection reconnects to a restarted server, with backoff")
  func blockingReconnect() async throws {
    let server = try await RedisServer(.events)
    let reader = RedisBlockingConnection(
      configuration: server.configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quietLogger)
    defer { reader.close() }
    try await reader.ping()
    try await server.kill9()
    var failures = 0
    let end = ContinuousClock.now + .milliseconds(500)
    while ContinuousClock.now < end {
      if await redisError({ try await reader.ping() }) != nil { failures += 1 }
    }
    #expect((1...10).contains(failures))
    try await server.start()
    try await eventually(within: .seconds(3), "service") {
      try await reader.ping()
      return true
    }
  }
}

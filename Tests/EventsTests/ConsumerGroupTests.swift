import Contracts
import Postgres
import Redis
import Synchronization
import TestSupport
import Testing

@testable import Events

@Suite("A consumer group")
struct ConsumerGroupTests {
  @Test("Each group sees every event, a group that comes later too")
  func everyGroupSeesEverything() async throws {
    try await EventBench.run { bench in
      let subjects = Identifier.fresh(500)
      let first = RecordingHandler()
      let second = RecordingHandler()
      try await bench.during([bench.relay(), bench.consumer("first", handler: first)]) {
        try await bench.append(subjects)
        try await eventually("the first group") { first.highest.count == 500 }
        try await bench.during([bench.consumer("second", handler: second)]) {
          try await eventually("the second group") { second.highest.count == 500 }
        }
      }
      #expect(Set(second.highest.keys) == Set(subjects))
    }
  }

  @Test("10,000 events on one shop cost at most 100 callbacks, and the last version is reached")
  func coalesces() async throws {
    try await EventBench.run { bench in
      let shop = Identifier.fresh()
      let handler = RecordingHandler()
      let relay = bench.relay()
      try await bench.during([relay, bench.consumer("listing", handler: handler)]) {
        for chunk in 0..<100 {
          _ = try await bench.postgres.execute(
            AppendEvents(
              events: (1...100).map { (id: .fresh(), type: .shopUpdated, subject: shop, sequence: Int64(chunk * 100 + $0)) }))
          relay.wake()
        }
        try await eventually(within: .seconds(20), "the last version") { handler.highest[shop] == 10_000 }
        try await eventually("all acknowledged") {
          try await bench.redis.xpendingSummary("events:shop", group: "listing").count == 0
        }
      }
      #expect(handler.calls <= 100)
    }
  }

  @Test("What a consumer read and did not acknowledge comes again when it is back under its name")
  func resumesOwnEntries() async throws {
    try await EventBench.run { bench in
      try await bench.redis.xgroupCreate("events:shop", group: "listing")
      try await bench.append(Identifier.fresh(10))
      var publisher = OutboxPublisher(.init(service: "shop", instance: "shop-1"), bench.postgres, bench.redis, quiet)
      _ = try await publisher.publishBatch()
      _ = try await bench.redis.xreadGroup(group: "listing", consumer: "one", streams: ["events:shop"], count: 100)
      let handler = RecordingHandler()
      try await bench.during([bench.consumer("listing", "one", handler: handler)]) {
        try await eventually("the entries") { handler.highest.count == 10 }
        try await eventually("all acknowledged") {
          try await bench.redis.xpendingSummary("events:shop", group: "listing").count == 0
        }
      }
    }
  }

  @Test("What another consumer left behind is claimed, entries that were trimmed away too")
  func claimsAbandonedEntries() async throws {
    try await EventBench.run { bench in
      try await bench.redis.xgroupCreate("events:shop", group: "listing")
      try await bench.append(Identifier.fresh(10))
      var publisher = OutboxPublisher(.init(service: "shop", instance: "shop-1"), bench.postgres, bench.redis, quiet)
      _ = try await publisher.publishBatch()
      let read = try await bench.redis.xreadGroup(group: "listing", consumer: "dead", streams: ["events:shop"], count: 100)
      let ids = read.flatMap { $0.entries.map(\.id) }
      try await bench.redis.xdel("events:shop", ids: [ids[0]])
      let handler = RecordingHandler()
      let consumer = bench.consumer("listing", "alive", handler: handler, configure: { $0.claimAfter = .milliseconds(300) })
      try await bench.during([consumer]) {
        try await eventually("the claimed entries") { handler.highest.count == 9 }
        try await eventually("nothing pending") {
          try await bench.redis.xpendingSummary("events:shop", group: "listing").count == 0
        }
      }
    }
  }

  @Test("A group that vanished with Redis's data is made again, and its owner hears of it")
  func recreatesGroup() async throws {
    try await EventBench.run { bench in
      let created = Mutex(0)
      let handler = RecordingHandler()
      let consumer = bench.consumer("listing", handler: handler, groupCreated: { created.withLock { $0 += 1 } })
      try await bench.during([bench.relay(), consumer]) {
        try await eventually("the group") { created.withLock { $0 } == 1 }
        _ = try await bench.redis.send(RedisCommand("FLUSHALL"))
        try await eventually("the group again") { created.withLock { $0 } == 2 }
        try await bench.append(Identifier.fresh(3))
        try await eventually("events after it") { handler.highest.count == 3 }
      }
    }
  }

  @Test("A change that always fails goes to the dead letters with its reason; sent back, it is handled")
  func deadLetters() async throws {
    try await EventBench.run { bench in
      let poison = Identifier.fresh()
      let healthy = Mutex(false)
      let handler = RecordingHandler { change in
        change.subject == poison && !healthy.withLock { $0 } ? .failed(reason: "it can't be read") : .applied
      }
      let letters = DeadLetters(redis: bench.redis, group: "listing")
      try await bench.during([bench.relay(), bench.consumer("listing", handler: handler)]) {
        try await bench.append([poison] + Identifier.fresh(5))
        try await eventually(within: .seconds(10), "the letter") { try await letters.list(limit: 10).count == 1 }
        #expect(handler.highest.count == 5)
        let letter = try await letters.list(limit: 10)[0]
        #expect(letter.reason == "it can't be read")
        #expect(letter.stream == "events:shop")
        #expect(letter.fields["subject"] == poison.description)
        #expect(try await bench.redis.xpendingSummary("events:shop", group: "listing").count == 0)

        healthy.withLock { $0 = true }
        #expect(try await letters.redrive([letter.id, "0-1"]) == 1)
        try await eventually("the poison's cure") { handler.highest[poison] == 1 }
        #expect(try await letters.list(limit: 10).isEmpty)
      }
    }
  }

  @Test("An entry that is no event goes to the dead letters at once, and blocks nothing")
  func malformedEntries() async throws {
    try await EventBench.run { bench in
      let handler = RecordingHandler()
      let letters = DeadLetters(redis: bench.redis, group: "listing")
      try await bench.during([bench.relay(), bench.consumer("listing", handler: handler)]) {
        try await bench.redis.xadd("events:shop", [("hello", "world")])
        try await bench.append(Identifier.fresh(1))
        try await eventually("the event behind it") { handler.highest.count == 1 }
        try await eventually("the letter") {
          try await letters.list(limit: 10).first?.reason == "the field id is missing"
        }
      }
    }
  }

  @Test("A peer that is away for one subject does not delay the others, and loses nothing")
  func waitsForPeer() async throws {
    try await EventBench.run { bench in
      let away = Identifier.fresh()
      let isAway = Mutex(true)
      let handler = RecordingHandler { change in
        change.subject == away && isAway.withLock { $0 } ? .retry(reason: "away") : .applied
      }
      try await bench.during([bench.relay(), bench.consumer("listing", handler: handler)]) {
        try await bench.append([away] + Identifier.fresh(20))
        try await eventually("the others") { handler.highest.count == 20 }
        try await eventually("the others' acknowledgement") {
          try await bench.redis.xpendingSummary("events:shop", group: "listing").count == 1
        }
        isAway.withLock { $0 = false }
        try await eventually("the one that waited") { handler.highest[away] == 1 }
      }
    }
  }
}

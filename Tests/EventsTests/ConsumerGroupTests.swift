import Contracts
import Postgres
import Redis
import Synchronization
import TestSupport
import Testing

@testable import Events

@Suite("A consumer group")
struct ConsumerGroupTests {
  @Test("Each group receives every event, also a group that is created later")
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

  @Test("Unacknowledged entries of a consumer are delivered again when it restarts under its name")
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

  @Test("Entries of another consumer that stopped are claimed, also entries that were trimmed")
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

  @Test("A group that was lost with Redis's data is created again, and its owner is notified")
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

  @Test("A change that always fails becomes a dead letter with its reason; redriven, it is handled")
  func deadLetters() async throws {
    try await EventBench.run { bench in
      let poison = Identifier.fresh()
      let healthy = Mutex(false)
      let handler = RecordingHandler { change in
        change.subject == poison && !healthy.withLock { $0 } ? .failed(reason: "it can't be decoded") : .applied
      }
      let deadLetters = DeadLetters(redis: bench.redis, group: "listing")
      try await bench.during([bench.relay(), bench.consumer("listing", handler: handler)]) {
        try await bench.append([poison] + Identifier.fresh(5))
        try await eventually(within: .seconds(10), "the dead letter") { try await deadLetters.list(limit: 10).count == 1 }
        #expect(handler.highest.count == 5)
        let deadLetter = try await deadLetters.list(limit: 10)[0]
        #expect(deadLetter.reason == "it can't be decoded")
        #expect(deadLetter.stream == "events:shop")
        #expect(deadLetter.fields["subject"] == poison.description)
        #expect(try await bench.redis.xpendingSummary("events:shop", group: "listing").count == 0)

        healthy.withLock { $0 = true }
        #expect(try await deadLetters.redrive([deadLetter.id, "0-1"]) == 1)
        try await eventually("the redriven change") { handler.highest[poison] == 1 }
        #expect(try await deadLetters.list(limit: 10).isEmpty)
      }
    }
  }

  @Test("An entry that is no event becomes a dead letter at once, and blocks nothing")
  func malformedEntries() async throws {
    try await EventBench.run { bench in
      let handler = RecordingHandler()
      let deadLetters = DeadLetters(redis: bench.redis, group: "listing")
      try await bench.during([bench.relay(), bench.consumer("listing", handler: handler)]) {
        try await bench.redis.xadd("events:shop", [("hello", "world")])
        try await bench.append(Identifier.fresh(1))
        try await eventually("the event behind it") { handler.highest.count == 1 }
        try await eventually("the dead letter") {
          try await deadLetters.list(limit: 10).first?.reason == "the field id is missing"
        }
      }
    }
  }

  @Test("A peer that is unavailable for one subject does not delay the others, and nothing is lost")
  func waitsForPeer() async throws {
    try await EventBench.run { bench in
      let delayed = Identifier.fresh()
      let isUnavailable = Mutex(true)
      let handler = RecordingHandler { change in
        change.subject == delayed && isUnavailable.withLock { $0 } ? .retry(reason: "unavailable") : .applied
      }
      try await bench.during([bench.relay(), bench.consumer("listing", handler: handler)]) {
        try await bench.append([delayed] + Identifier.fresh(20))
        try await eventually("the others") { handler.highest.count == 20 }
        try await eventually("the others' acknowledgement") {
          try await bench.redis.xpendingSummary("events:shop", group: "listing").count == 1
        }
        isUnavailable.withLock { $0 = false }
        try await eventually("the delayed subject") { handler.highest[delayed] == 1 }
      }
    }
  }
}

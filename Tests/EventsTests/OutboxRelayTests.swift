import Contracts
import Postgres
import Redis
import TestSupport
import Testing

@testable import Events

@Suite("The outbox relay")
struct OutboxRelayTests {
  @Test("Every published entry has exactly the fields of the contract and at most 400 bytes")
  func publishesExactFields() async throws {
    try await EventBench.run { bench in
      let relay = bench.relay()
      try await bench.during([relay]) {
        try await bench.append(Identifier.fresh(50), sequence: 1_000_000)
        relay.wake()
        try await eventually("the events") { try await bench.published().count == 50 }
      }
      for entry in try await bench.redis.xrange("events:shop") {
        #expect(entry.fields.map(\.name) == ["id", "source", "type", "subject", "time", "sequence", "traceparent"])
        #expect(entry.fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count } <= 400)
        #expect(entry["source"] == "/shop")
      }
    }
  }

  @Test("A transaction that commits late is published even though later rows were published before it")
  func publishesLateCommits() async throws {
    try await EventBench.run { bench in
      let late = Identifier.fresh()
      let early = Identifier.fresh()
      let relay = bench.relay()
      try await bench.during([relay]) {
        try await bench.postgres.withTransaction { transaction in
          _ = try await transaction.execute(
            AppendEvents(events: [(id: .fresh(), type: .shopUpdated, subject: late, sequence: 1)]))
          try await bench.append([early])
          relay.wake()
          try await eventually("the early event") { try await bench.published() == [early.description] }
        }
        try await eventually("the late event") {
          try await bench.published() == [early.description, late.description]
        }
      }
    }
  }

  @Test("Events that Redis loses by FLUSHALL are published again, even without new events")
  func survivesFlush() async throws {
    try await EventBench.run { bench in
      let subjects = Identifier.fresh(100)
      let relay = bench.relay()
      try await bench.during([relay]) {
        try await bench.append(subjects)
        try await eventually("the events") { try await bench.published().count == 100 }
        _ = try await bench.redis.send(RedisCommand("FLUSHALL"))
        try await eventually("the events again") { Set(try await bench.published()).count == 100 }
      }
    }
  }

  @Test("A relay that publishes into an emptied Redis does not hide the loss of earlier events")
  func noticesLossWhilePublishing() async throws {
    try await EventBench.run { bench in
      let before = Identifier.fresh(10)
      // Polling doesn't help here: only the comparison in the publish script does.
      var publisher = OutboxPublisher(.init(service: "shop", instance: "shop-1"), bench.postgres, bench.redis, quiet)
      try await bench.append(before)
      #expect(try await publisher.publishBatch() == 10)
      _ = try await bench.redis.send(RedisCommand("FLUSHALL"))
      let after = Identifier.fresh()
      try await bench.append([after])
      var total = 0
      while try await bench.backlog() > 0 { total += try await publisher.publishBatch() }
      #expect(total == 11)
      #expect(Set(try await bench.published()) == Set((before + [after]).map(\.description)))
    }
  }

  @Test("A relay that crashed between publishing and recording publishes again and continues")
  func republishesUnmarked() async throws {
    try await EventBench.run { bench in
      try await bench.append(Identifier.fresh(3))
      var publisher = OutboxPublisher(.init(service: "shop", instance: "shop-1"), bench.postgres, bench.redis, quiet)
      #expect(try await publisher.publishBatch() == 3)
      // The record of the batch is lost, as by a crash before the commit; Redis has the entries and its own watermark.
      try await bench.database.psql(
        "UPDATE outbox SET published_at = NULL, published_by = NULL, published_batch = NULL; DELETE FROM outbox_relays",
        database: bench.name)
      var successor = OutboxPublisher(.init(service: "shop", instance: "shop-1"), bench.postgres, bench.redis, quiet)
      #expect(try await successor.publishBatch() == 3)
      #expect(try await bench.published().count == 6)
      #expect(try await bench.backlog() == 0)
    }
  }

  @Test("Two relays share one outbox, and without faults nothing is published twice")
  func sharesOutbox() async throws {
    try await EventBench.run { bench in
      let one = bench.relay("shop-1")
      let two = bench.relay("shop-2")
      try await bench.during([one, two]) {
        for _ in 0..<20 {
          try await bench.append(Identifier.fresh(100))
          one.wake()
          two.wake()
        }
        try await eventually("an empty outbox") { try await bench.backlog() == 0 }
      }
      let published = try await bench.published()
      #expect(published.count == 2000)
      #expect(Set(published).count == 2000)
    }
  }

  @Test("While Redis is unavailable events wait in the outbox, and are published within 3 s of its return")
  func waitsForRedis() async throws {
    try await EventBench.run { bench in
      let relay = bench.relay()
      try await bench.during([relay]) {
        try await bench.append(Identifier.fresh(1))
        try await eventually("the first event") { try await bench.published().count == 1 }
        try await bench.server.kill9()
        try await bench.append(Identifier.fresh(200))
        try await bench.server.start()
        try await eventually(within: .seconds(3), "the waiting events") { try await bench.published().count == 201 }
      }
    }
  }

  @Test("The stream is trimmed below what every group has acknowledged, and no further")
  func trims() async throws {
    try await EventBench.run { bench in
      let relay = bench.relay { $0.streamRetention = .zero }
      try await bench.redis.xgroupCreate("events:shop", group: "quick")
      try await bench.redis.xgroupCreate("events:shop", group: "slow")
      try await bench.append(Identifier.fresh(300))
      try await bench.during([relay]) {
        try await eventually("the events") { try await bench.published().count == 300 }
        let all = try await bench.redis.xrange("events:shop").map(\.id)
        for (group, count) in [("quick", 300), ("slow", 250)] {
          _ = try await bench.redis.xreadGroup(group: group, consumer: "c", streams: ["events:shop"], count: count)
        }
        try await bench.redis.xack("events:shop", group: "quick", ids: all)
        try await bench.redis.xack("events:shop", group: "slow", ids: Array(all[..<200]))
        // Redis trims whole nodes of 100 entries.
        try await eventually(within: .seconds(10), "the trim") { try await bench.redis.xlen("events:shop") < 300 }
        let left = try await bench.redis.xrange("events:shop").map(\.id)
        #expect(Set(left).isSuperset(of: all[200...]))
      }
    }
  }

  @Test("Published rows are deleted after a day, unpublished ones never")
  func purges() async throws {
    try await EventBench.run { bench in
      try await bench.append(Identifier.fresh(5))
      try await bench.database.psql(
        "UPDATE outbox SET published_at = now() - interval '25 hours', published_by = 'x', published_batch = 1 WHERE position <= 3",
        database: bench.name)
      #expect(try await bench.postgres.execute(PurgePublished(retentionSeconds: 86_400, limit: 1000)) == [3])
      #expect(try await bench.backlog() == 2)
    }
  }
}

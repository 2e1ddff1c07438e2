import Contracts
import Redis
import TestSupport
import Testing

@testable import Events

@Suite("The delivery status of events")
struct EventDeliveryStatusTests {
  @Test("An entry is waiting, pending at a consumer, and acknowledged, for each group by itself")
  func states() async throws {
    try await EventBench.run { bench in
      let status = EventDeliveryStatus(redis: bench.redis, service: "shop")
      let event = try await publish(on: bench)
      #expect(try await status.entries(of: event.id).map(\.groups) == [[]])
      for group in ["order", "shop-listing"] { try await bench.redis.xgroupCreate("events:shop", group: group) }
      #expect(try await readers(of: event, status) == ["order waiting", "shop-listing waiting"])

      for consumer in ["order-1", "order-2"] {
        let delivered = try await bench.redis.xreadGroup(group: "order", consumer: consumer, streams: ["events:shop"], count: 1)
        #expect(delivered.count == (consumer == "order-1" ? 1 : 0))
      }
      let found = try #require(try await status.entries(of: event.id).first)
      #expect(found.groups.map(\.state) == [.pending, .waiting])
      #expect(found.groups[0].consumer == "order-1" && found.groups[0].deliveries == 1)

      let claim = try await bench.redis.xautoclaim("events:shop", group: "order", consumer: "order-2", minIdle: .zero)
      #expect(claim.entries.map(\.id) == [found.entry])
      let claimed = try #require(try await status.entries(of: event.id).first?.groups.first)
      #expect(claimed.consumer == "order-2" && claimed.deliveries == 2)

      try await bench.redis.xack("events:shop", group: "order", ids: [found.entry])
      #expect(try await readers(of: event, status) == ["order acknowledged", "shop-listing waiting"])
    }
  }

  @Test("It has the event's attributes and the time of publication")
  func attributes() async throws {
    try await EventBench.run { bench in
      let before = try await bench.redis.send(RedisCommand("TIME")).array?.first?.int ?? 0
      let event = try await publish(on: bench)
      let found = try #require(try await EventDeliveryStatus(redis: bench.redis, service: "shop").entries(of: event.id).first)
      #expect(found.event == Dictionary(uniqueKeysWithValues: event.streamFields.map { ($0.name, $0.value) }))
      #expect(found.publishedAt.milliseconds >= before * 1000)
      #expect(found.entry.hasPrefix("\(found.publishedAt.milliseconds)-"))
    }
  }

  @Test("Entries about an aggregate are paged, newest first, from anywhere in a long stream")
  func pages() async throws {
    try await EventBench.run { bench in
      let status = EventDeliveryStatus(redis: bench.redis, service: "shop")
      let subject = Identifier.fresh()
      var expected: [String] = []
      for sequence in 1...5 {
        expected.insert(try await publish(about: subject, sequence: Int64(sequence), on: bench).id.description, at: 0)
        let unrelated = (0..<700).map { _ in RedisCommand.xadd("events:shop", event(about: .fresh()).streamFields.map { $0 }) }
        for reply in try await bench.redis.send(unrelated) { try reply.get() }
      }
      // Two entries per page; then a scan limit so low that most pages hold fewer.
      for (limit, scanLimit) in [(2, 20_000), (100, 900)] {
        var seen: [String] = []
        var (position, pages) = (String?.none, 0)
        repeat {
          let page = try await status.entries(about: subject, before: position, limit: limit, scanLimit: scanLimit)
          #expect(page.entries.count <= limit)
          seen += page.entries.compactMap { $0.event["id"] }
          (position, pages) = (page.next, pages + 1)
        } while position != nil && pages < 20
        #expect(seen == expected)
        #expect(pages > 1)
      }
    }
  }

  @Test("An event published twice has two entries; a trimmed or unknown event has none, nor has a missing stream")
  func absence() async throws {
    try await EventBench.run { bench in
      let status = EventDeliveryStatus(redis: bench.redis, service: "shop")
      #expect(try await status.entries(of: .fresh()).isEmpty)
      #expect(try await status.entries(about: .fresh(), before: nil, limit: 1).entries.isEmpty)
      let event = try await publish(on: bench)
      try await bench.redis.xadd("events:shop", event.streamFields.map { $0 })
      #expect(try await status.entries(of: event.id).count == 2)
      try await bench.redis.xtrim("events:shop", minID: "99999999999999-0", approximate: false)
      #expect(try await status.entries(of: event.id).isEmpty)
    }
  }

  private func event(about subject: Identifier, sequence: Int64 = 1) -> Event {
    Event(
      id: .fresh(), source: "/shop", type: .shopUpdated, subject: subject, time: Timestamp(milliseconds: 1_700_000_000_000),
      sequence: sequence, traceparent: nil)
  }

  private func publish(about subject: Identifier = .fresh(), sequence: Int64 = 1, on bench: EventBench) async throws -> Event {
    let event = event(about: subject, sequence: sequence)
    try await bench.redis.xadd("events:shop", event.streamFields.map { $0 })
    return event
  }

  private func readers(of event: Event, _ status: EventDeliveryStatus) async throws -> [String] {
    try await status.entries(of: event.id).flatMap { $0.groups.map { "\($0.group) \($0.state)" } }
  }
}

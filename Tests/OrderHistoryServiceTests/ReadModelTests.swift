import Projections
import Contracts
import Redis
import TestSupport
import Testing

@testable import OrderHistoryService

@Suite("The read model of orders")
struct ReadModelTests {
  @Test("A document is only ever replaced by a newer version of itself")
  func versions() async throws {
    try await withHistory { test in
      let (old, new) = (Order.sample(1, .placed), Order.sample(1, .placed, .paid, .accepted))
      try await test.write(new)
      try await test.write(old)
      let payment = Payment.sample(of: new, .requested, .authorized)
      try await test.write(payment)
      try await test.write(Payment.sample(of: new, .requested))
      #expect(try await test.reader.view(of: new.id) == OrderView(order: new, payment: payment))
      #expect(try await test.held(old) == 3)
      #expect(try await test.held(payment) == 2)
      #expect(try await test.held(Delivery.sample(of: new)) == nil)
    }
  }

  @Test("Versions are compared as numbers")
  func numeric() async throws {
    try await withHistory { test in
      var order = Order.sample(1, .placed)
      order.version = 9
      try await test.write(order)
      order.version = 10
      order.shopName = "열"
      try await test.write(order)
      #expect(try await test.reader.view(of: order.id)?.order.shopName == "열")
    }
  }

  @Test("A payment and a delivery that come before their order are kept for it, and make no order")
  func early() async throws {
    try await withHistory { test in
      let order = Order.sample(1, .placed, .paid)
      let (payment, delivery) = (Payment.sample(of: order, .requested), Delivery.sample(of: order, .requested, .assigned))
      try await test.write(payment)
      try await test.write(delivery)
      #expect(try await test.reader.view(of: order.id) == nil)
      try await test.write(order)
      #expect(try await test.reader.view(of: order.id) == OrderView(order: order, payment: payment, delivery: delivery))
    }
  }

  @Test("An order stands in the lists of its customer and its shop once below its present status")
  func lists() async throws {
    try await withHistory { test in
      try await test.write(.sample(1, .placed), .sample(2, .placed), .sample(3, .placed, .paid))
      #expect(try await test.ids(.customer(.customer)) == [.sample(3), .sample(2), .sample(1)])
      #expect(try await test.ids(.shop(.shop), .placed) == [.sample(2), .sample(1)])
      try await test.write(.sample(2, .placed, .paid))
      #expect(try await test.ids(.shop(.shop), .placed) == [.sample(1)])
      #expect(try await test.ids(.customer(.customer), .paid) == [.sample(3), .sample(2)])
      #expect(try await test.ids(.customer(.customer)) == [.sample(3), .sample(2), .sample(1)])
      #expect(try await test.ids(.customer(.sample(5))) == [])
      for status in OrderStatus.allCases where status != .placed && status != .paid {
        #expect(try await test.ids(.customer(.customer), status) == [])
      }
    }
  }

  @Test("Pages of any size give every order once, the youngest first, also those of the same moment")
  func pages() async throws {
    try await withHistory { test in
      let orders = (0..<60).map { number in
        Order.sample(number, .placed, placedAt: Timestamp.start.adding(Int64(number / 7) * 1000))
      }
      try await test.write(orders.shuffled())
      let expected = orders.sorted { ($0.placedAt, $0.id) > ($1.placedAt, $1.id) }.map(\.id)
      for limit in [1, 7, 59, 60, 100] {
        for status in [nil, OrderStatus.placed] {
          var seen: [Identifier] = []
          var place: HistoryPlace?
          repeat {
            let page = try await test.reader.page(.customer(.customer), status: status, after: place, limit: limit)
            #expect(page.orders.count <= limit)
            seen += page.orders.map(\.id)
            place = page.next
          } while place != nil
          #expect(seen == expected)
        }
      }
    }
  }

  @Test("What its owner no longer knows leaves the lists, and no older state brings it back")
  func gone() async throws {
    try await withHistory { test in
      let order = Order.sample(1, .placed)
      try await test.write(order)
      try await PartReadModel<Order>(redis: test.redis).write([.gone(Tombstone(id: order.id, version: 2))])
      try await test.write(order)
      #expect(try await test.reader.view(of: order.id) == nil)
      #expect(try await test.ids(.customer(.customer)) == [])
      let keys = try await test.redis.send(RedisCommand("KEYS", "*")).texts()
      #expect(keys == [HistoryKeys.versions(.order, order.id)])
    }
  }

  @Test("A whole life of an order takes less than 1.2 KB of Redis, lists included")
  func memory() async throws {
    // As in Deploy/redis/cache.conf.
    try await withHistory(options: ["--hash-max-listpack-value", "2048"]) { test in
      let before = try await used(test)
      let count = 20_000
      // As young as in life; their last digits are so few that the hashes of versions are as full as with a million orders.
      func id(_ number: Int, at time: Timestamp) -> Identifier {
        let words = Identifier.v7(at: time).words
        return Identifier(words: (high: words.high, low: words.low & ~0xffff | UInt64(number % (count / 15))))
      }
      for start in stride(from: 0, to: count, by: 1000) {
        // A shop has many orders, a customer a few.
        let orders = (start..<start + 1000).map { number in
          let placedAt = Timestamp.start.adding(Int64(number) * 10)
          var order = Order.sample(
            number, .placed, .paid, .accepted, .pickedUp, .delivered, id: id(number, at: placedAt),
            customer: .sample(number % 2000), shop: .sample(number % 20), placedAt: placedAt)
          order.paymentId = id(number, at: placedAt)
          return order
        }
        try await test.write(
          orders.map { Order.sample(0, .placed, id: $0.id, customer: $0.customerId, shop: $0.shopId, placedAt: $0.placedAt) })
        try await test.write(orders)
        try await test.write(orders.map { Payment.sample(of: $0, .requested, .authorized, .captured) })
        try await test.write(
          orders.map { order in
            var delivery = Delivery.sample(of: order, .requested, .assigned, .pickedUp, .delivered)
            delivery.id = id(Int(order.id.words.low & 0xffff), at: order.placedAt)
            return delivery
          })
      }
      let bytes = (try await used(test) - before) / count
      print("bytes for an order: \(bytes)")
      #expect(bytes < 1200)
    }
  }

  private func used(_ test: TestHistory) async throws -> Int {
    let info = try await test.redis.send(RedisCommand("INFO", "memory")).text()
    let line = try #require(info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") })
    return try #require(Int(line.split(separator: ":")[1]))
  }
}

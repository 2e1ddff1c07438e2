import Contracts
import Projections
import Redis
import TestSupport
import Testing

@testable import OrderHistoryService

@Suite("The read model of orders")
struct ReadModelTests {
  @Test("A document is only replaced by a newer version")
  func versions() async throws {
    try await withHistory { test in
      let (old, new) = (Order.sample(1, .placed), Order.sample(1, .placed, .paid, .accepted))
      try await test.write(new)
      try await test.write(old)
      let payment = Payment.sample(of: new, .requested, .authorized)
      try await test.write(payment)
      try await test.write(Payment.sample(of: new, .requested))
      #expect(try await test.reader.view(of: new.id) == OrderView(order: new, payment: payment))
      #expect(try await test.storedVersion(of: old) == 3)
      #expect(try await test.storedVersion(of: payment) == 2)
      #expect(try await test.storedVersion(of: Delivery.sample(of: new)) == nil)
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

  @Test("A payment and a delivery that arrive before their order are stored for it, and do not create the order")
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

  @Test("An order is in the lists of its customer and its shop, once under its current status")
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

  @Test("Pages of any size contain every order once, newest first, also those placed at the same time")
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
          var position: OrderListPosition?
          repeat {
            let page = try await test.reader.page(.customer(.customer), status: status, after: position, limit: limit)
            #expect(page.orders.count <= limit)
            seen += page.orders.map(\.id)
            position = page.next
          } while position != nil
          #expect(seen == expected)
        }
      }
    }
  }

  @Test("A deleted order is removed from the lists, and is not recreated by an older state")
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

  @Test("A delivered order takes less than 1.2 KB of Redis memory, lists included")
  func memory() async throws {
    // As in Deploy/redis/cache.conf.
    try await withHistory(options: ["--hash-max-listpack-value", "2048"]) { test in
      let before = try await used(test)
      let count = 20_000
      // Version 7, as in production, but with so few distinct last digits that the version hashes are as full as with a million
      // orders.
      func id(_ number: Int, at time: Timestamp) -> Identifier {
        let words = Identifier.v7(at: time).words
        return Identifier(words: (high: words.high, low: words.low & ~0xffff | UInt64(number % (count / 15))))
      }
      for start in stride(from: 0, to: count, by: 1000) {
        // A shop has many orders, a customer few.
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
      print("bytes per order: \(bytes)")
      #expect(bytes < 1200)
    }
  }

  private func used(_ test: TestHistory) async throws -> Int {
    let info = try await test.redis.send(RedisCommand("INFO", "memory")).text()
    let line = try #require(info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") })
    return try #require(Int(line.split(separator: ":")[1]))
  }
}

import Contracts
import HTTPTypes
import Redis
import TestSupport
import Testing

@testable import ShopListingService

@Suite("The projection of shops into Redis")
struct ProjectionTests {
  @Test("An older version never overwrites a newer one")
  func olderIsIgnored() async throws {
    try await withReadModel { test in
      let shop = Shop.sample(1, version: 5)
      try await test.write(shop)
      try await test.write(shop.with(version: 4) { $0.name = "옛이름" })
      try await test.write(shop.with(version: 5) { $0.name = "같은이름" })
      #expect(try await test.page("/listings").items.map(\.name) == [shop.name])
      try await test.write(shop.with(version: 6) { $0.name = "새이름" })
      #expect(try await test.page("/listings").items.map(\.name) == ["새이름"])
      #expect(try await test.model.heldVersions(of: [shop.id, .sample(2)]) == [6, nil])
    }
  }

  @Test("Versions are compared as numbers")
  func numericVersions() async throws {
    try await withReadModel { test in
      try await test.write(.sample(1, version: 9))
      try await test.write(.sample(1, name: "열", version: 10))
      try await test.write(.sample(1, name: "아홉", version: 9))
      #expect(try await test.page("/listings").items.map(\.version) == [10])
    }
  }

  @Test("A deleted shop is not in lists or search results, is 410 by its id, and is not recreated by an older state")
  func deleted() async throws {
    try await withReadModel { test in
      let shop = Shop.sample(1, version: 3)
      try await test.write(shop)
      try await test.delete(shop, version: 4)
      try await test.write(shop.with(version: 3))
      try await test.write(shop.with(version: 4))
      #expect(try await test.page("/listings").ids == [])
      #expect(try await test.page("/search?q=치킨").ids == [])
      #expect(try await test.response("/listings/\(shop.id)").status == .gone)
      #expect(try await test.model.heldVersions(of: [shop.id]) == [4])
      #expect(try await test.model.shopCount() == 0)
      let keys = try await test.redis.send(RedisCommand("KEYS", "*")).texts()
      #expect(Set(keys) == ["built", "shop:\(shop.id)"])
    }
  }

  @Test("A tombstone that arrives first prevents an older state from creating the shop")
  func tombstoneFirst() async throws {
    try await withReadModel { test in
      try await test.delete(.sample(1), version: 2)
      try await test.write(.sample(1, version: 1))
      #expect(try await test.page("/listings").ids == [])
    }
  }

  @Test("A shop whose district, category and name change is removed from its former lists and indexes")
  func moves() async throws {
    try await withReadModel { test in
      let shop = Shop.sample(1)
      try await test.write(shop)
      try await test.write(
        shop.with(version: 2) {
          $0.district = .gangnam
          $0.category = .pizza
          $0.name = "도우마을"
          $0.status = .closed
          $0.deliveryFee = Money(amount: 0)
        })
      let fresh = Shop.sample(2, name: "도우마을", category: .pizza, district: .gangnam, fee: 0, status: .closed)
      try await test.write(fresh)
      try await test.delete(fresh, version: 2)
      for key in try await test.redis.send(RedisCommand("KEYS", "list:*")).texts() {
        #expect(key.split(separator: ":")[1...2].allSatisfy { ["all", "gangnam", "pizza"].contains($0) }, "\(key)")
        #expect(try await test.redis.zcard(key) == 1)
      }
      #expect(try await test.page("/search?q=달빛").ids == [])
      #expect(try await test.page("/search?q=도우&district=mapo").ids == [])
      #expect(try await test.page("/search?q=ㄷㅇ&district=gangnam").ids == [shop.id])
    }
  }

  @Test("A change writes only the lists that it affects")
  func minimalWrites() async throws {
    try await withReadModel { test in
      let shop = Shop.sample(1)
      try await test.write(shop)
      try await test.redis.send(RedisCommand("CONFIG", "SET", "notify-keyspace-events", "KA"))
      let before = try await keyspaceChanges(test)
      try await test.write(shop.with(version: 2) { $0.address = "다른 주소" })
      // The fields of the hash, and the card.
      #expect(try await keyspaceChanges(test) - before < 20)
    }
  }

  private func keyspaceChanges(_ test: TestReadModel) async throws -> Int {
    let info = try await test.redis.send(RedisCommand("INFO", "persistence")).text()
    let line = try #require(info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("rdb_changes_since_last_save:") })
    return try #require(Int(line.split(separator: ":")[1]))
  }

  @Test("Many shops are written at once, even if Redis no longer has the script cached")
  func many() async throws {
    try await withReadModel { test in
      try await test.write((0..<700).map { .sample($0) })
      #expect(try await test.model.shopCount() == 700)
      try await test.redis.send(RedisCommand("SCRIPT", "FLUSH"))
      try await test.write((0..<700).map { .sample($0, version: 2) })
      #expect(try await test.model.heldVersions(of: (0..<700).map { .sample($0) }) == Array(repeating: 2, count: 700))
    }
  }

  @Test("The card and the page contain the data of the shop")
  func documents() async throws {
    try await withReadModel { test in
      let dish = MenuItem(id: .sample(77), name: "후라이드 \"반\\반\"\n", price: Money(amount: 18_000), description: "바삭\u{1}해요")
      let plain = MenuItem(id: .sample(78), name: "콜라", price: Money(amount: 2000), description: nil)
      let shop = Shop.sample(1, name: "\"달빛\" \\ 치킨\t", status: .paused, menu: [dish, plain], version: 12)
      try await test.write(shop)
      let card = try #require(try await test.page("/listings").items.first)
      #expect(card.id == shop.id && card.name == shop.name && card.category == shop.category && card.district == shop.district)
      #expect(card.address == shop.address && card.location == shop.location && card.minimumOrder == shop.minimumOrder)
      #expect(card.deliveryFee == shop.deliveryFee && card.status == .paused && card.version == 12)
      #expect(card.updatedAt == shop.updatedAt && card.rating == .none && card.menu == nil)
      let response = try await test.response("/listings/\(shop.id)")
      #expect(response.headers[.eTag] == "\"v12\"")
      let page = try decode(TestPage.Card.self, response.body)
      #expect(page.menu == [dish, plain])
      #expect(page.name == shop.name && page.rating == .none)
    }
  }
}

import Contracts
import HTTPTypes
import Redis
import TestSupport
import Testing

@testable import ShopListingService

@Suite("Lists")
struct ListingTests {
  @Test("Each sort order begins with the best shop; shops that aren't open come last")
  func orders() async throws {
    try await withReadModel { test in
      try await test.write(
        .sample(1, fee: 3000), .sample(2, fee: 0, status: .closed), .sample(3, fee: 1000), .sample(4, fee: 2000, status: .paused),
        .sample(5, fee: 2000))
      #expect(try await test.page("/listings").ids == [5, 3, 1, 4, 2].map { .sample($0) })
      #expect(try await test.page("/listings?sort=fee").ids == [3, 5, 1, 2, 4].map { .sample($0) })
      #expect(try await test.page("/listings?sort=rating").ids == [1, 3, 5, 2, 4].map { .sample($0) })
      #expect(try await test.page("/listings?sort=reviews").ids == [1, 3, 5, 2, 4].map { .sample($0) })
    }
  }

  @Test("A list can be filtered by district, by category, and by both")
  func filters() async throws {
    try await withReadModel { test in
      try await test.write(
        .sample(1, category: .chicken, district: .mapo), .sample(2, category: .pizza, district: .mapo),
        .sample(3, category: .chicken, district: .jung))
      #expect(try await test.page("/listings?district=mapo").ids == [.sample(2), .sample(1)])
      #expect(try await test.page("/listings?category=chicken").ids == [.sample(3), .sample(1)])
      #expect(try await test.page("/listings?category=chicken&district=mapo").ids == [.sample(1)])
      #expect(try await test.page("/listings?category=salad").ids == [])
    }
  }

  @Test("A shop moves to the end of the list when it closes, and back when it opens")
  func closing() async throws {
    try await withReadModel { test in
      let shop = Shop.sample(2)
      try await test.write(.sample(1), shop)
      #expect(try await test.page("/listings").ids == [.sample(2), .sample(1)])
      try await test.write(shop.with(version: 2) { $0.status = .closed })
      let page = try await test.page("/listings")
      #expect(page.ids == [.sample(1), .sample(2)])
      #expect(page.items.map(\.status) == [.open, .closed])
      try await test.write(shop.with(version: 3))
      #expect(try await test.page("/listings").ids == [.sample(2), .sample(1)])
    }
  }

  @Test("The pages together are the whole list, with each shop once", arguments: [1, 3, 7, 10, 100])
  func pages(limit: Int) async throws {
    try await withReadModel { test in
      let shops = (0..<21).map { Shop.sample($0, fee: Int64($0 % 4) * 500, status: $0 % 5 == 0 ? .closed : .open) }
      try await test.write(shops)
      let whole = try await test.page("/listings?sort=fee&limit=100").ids
      #expect(Set(whole).count == 21)
      var ids: [Identifier] = []
      var cursor: String?
      repeat {
        let page = try await test.page("/listings?sort=fee&limit=\(limit)" + (cursor.map { "&cursor=\($0)" } ?? ""))
        #expect(page.items.count <= limit)
        ids += page.ids
        cursor = page.nextCursor
      } while cursor != nil
      #expect(ids == whole)
    }
  }

  @Test("The next page begins after the last shop even if shops were created, deleted or changed in between")
  func stablePages() async throws {
    try await withReadModel { test in
      try await test.write((1...9).map { .sample($0) })
      let first = try await test.page("/listings?limit=3")
      #expect(first.ids == [9, 8, 7].map { .sample($0) })
      try await test.write(.sample(10))
      try await test.delete(.sample(7), version: 2)
      try await test.delete(.sample(5), version: 2)
      try await test.write(.sample(9, name: "새이름", version: 2))
      let second = try await test.page("/listings?limit=3&cursor=\(try #require(first.nextCursor))")
      #expect(second.ids == [6, 4, 3].map { .sample($0) })
    }
  }

  @Test("An unknown shop is 404; while the read model is being built it is 503")
  func unknown() async throws {
    try await withReadModel { test in
      #expect(try await test.response("/listings/\(Identifier.sample(1))").status == .notFound)
      #expect(try await test.response("/listings").status == .ok)
      try await test.redis.send(RedisCommand("FLUSHALL"))
      for target in ["/listings/\(Identifier.sample(1))", "/listings", "/search?q=a"] {
        let response = try await test.response(target)
        #expect(response.status == .serviceUnavailable)
        #expect(response.headers[.retryAfter] != nil)
        #expect(response.dependencies.isEmpty)
      }
    }
  }

  @Test("Without Redis the response is 503 with Retry-After, and 200 within 3 s of its return")
  func redisGone() async throws {
    try await withReadModel { test in
      try await test.write(.sample(1))
      try await test.server.kill9()
      try await eventually("503") {
        let response = try await test.response("/listings")
        return response.status == .serviceUnavailable && response.headers[.retryAfter] != nil
      }
      try await test.server.start()
      try await eventually(within: .seconds(3), "a response") {
        try await test.model.build()
        return try await test.response("/listings").status == .ok
      }
    }
  }

  @Test("A response lists every Redis key that it depends on")
  func dependencies() async throws {
    try await withReadModel { test in
      try await test.write(.sample(1), .sample(2))
      let list = try await test.response("/listings?district=mapo&sort=fee")
      #expect(Set(list.dependencies) == ["list:mapo:all:fee", "card:\(Identifier.sample(1))", "card:\(Identifier.sample(2))"])
      let page = try await test.response("/listings/\(Identifier.sample(1))")
      #expect(page.dependencies == ["shop:\(Identifier.sample(1))"])
      let search = try await test.response("/search?q=치킨&district=mapo")
      #expect(Set(search.dependencies) == ["search:mapo", "card:\(Identifier.sample(1))", "card:\(Identifier.sample(2))"])
    }
  }
}

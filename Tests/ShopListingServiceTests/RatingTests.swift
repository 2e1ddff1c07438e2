import Contracts
import HTTPTypes
import Projections
import Redis
import TestSupport
import Testing

@testable import Events
@testable import ShopListingService

@Suite("Ratings in listings")
struct RatingTests {
  private func rating(_ number: Int, _ average: Double, _ count: Int, version: Int64 = 1) -> ShopRating {
    ShopRating(shopId: .sample(number), average: average, count: count, version: version)
  }

  private func write(_ ratings: ShopRating..., to test: TestReadModel) async throws {
    try await RatingReadModel(redis: test.redis).write(ratings.map { .live($0) })
  }

  @Test("A rating appears on the card and on the page, and determines the sort orders `rating` and `reviews`")
  func appears() async throws {
    try await withReadModel { test in
      try await test.write(.sample(1), .sample(2), .sample(3), .sample(4))
      try await write(rating(1, 4.5, 10), rating(2, 4.75, 4), rating(3, 3, 200), to: test)
      #expect(try await test.page("/listings?sort=rating").ids == [.sample(2), .sample(1), .sample(3), .sample(4)])
      #expect(
        try await test.page("/listings?sort=reviews&district=mapo").ids == [.sample(3), .sample(1), .sample(2), .sample(4)])
      #expect(try await test.page("/listings?sort=rating&limit=1").items.first?.rating == Rating(average: 4.75, count: 4))
      let page = try decode(TestPage.Card.self, try await test.response("/listings/\(Identifier.sample(1))").body)
      #expect(page.rating == Rating(average: 4.5, count: 10))
    }
  }

  @Test("An older rating never overwrites a newer one, whatever the shop's version is")
  func ownVersion() async throws {
    try await withReadModel { test in
      try await test.write(.sample(1, version: 50))
      try await write(rating(1, 4, 9, version: 10), to: test)
      try await write(rating(1, 1, 8, version: 9), to: test)
      #expect(try await test.page("/listings").items.map(\.rating) == [Rating(average: 4, count: 9)])
      try await test.write(.sample(1, version: 51))
      #expect(try await test.page("/listings").items.map(\.rating) == [Rating(average: 4, count: 9)])
      try await write(rating(1, 3.9, 10, version: 11), to: test)
      #expect(try await test.page("/listings").items.map(\.rating) == [Rating(average: 3.9, count: 10)])
      let held = try await RatingReadModel(redis: test.redis).heldVersions(of: [.sample(1), .sample(2)])
      #expect(held == [11, nil])
    }
  }

  @Test("A rating that arrives before its shop is stored for it, and does not create the shop")
  func ratingFirst() async throws {
    try await withReadModel { test in
      try await write(rating(1, 4.2, 5), to: test)
      #expect(try await test.response("/listings/\(Identifier.sample(1))").status == .notFound)
      #expect(try await test.model.heldVersions(of: [.sample(1)]) == [nil])
      try await test.write(.sample(1), .sample(2))
      #expect(try await test.page("/listings?sort=rating").ids == [.sample(1), .sample(2)])
      #expect(try await test.page("/listings?sort=rating").items.first?.rating == Rating(average: 4.2, count: 5))
    }
  }

  @Test("A deleted shop stays deleted when its rating changes, and the rating's version is stored")
  func deletedShop() async throws {
    try await withReadModel { test in
      try await test.write(.sample(1))
      try await write(rating(1, 4, 1, version: 1), to: test)
      try await test.delete(.sample(1), version: 2)
      let ratings = RatingReadModel(redis: test.redis)
      #expect(try await ratings.heldVersions(of: [.sample(1)]) == [1])
      try await write(rating(1, 5, 2, version: 2), to: test)
      #expect(try await ratings.heldVersions(of: [.sample(1)]) == [2])
      #expect(try await test.response("/listings/\(Identifier.sample(1))").status == .gone)
      #expect(try await test.page("/listings?sort=rating").ids == [])
      let keys = try await test.redis.send(RedisCommand("KEYS", "*")).texts()
      #expect(Set(keys) == ["built", "shop:\(Identifier.sample(1))"])
    }
  }

  @Test("After alternating changes of shop and rating the shop is in each list once")
  func noLeftovers() async throws {
    try await withReadModel { test in
      for version in 1...12 {
        try await write(rating(1, Double(version % 5), version, version: Int64(version)), to: test)
        let district = version % 2 == 0 ? District.mapo : .jung
        try await test.write(.sample(1, district: district, status: version % 3 == 0 ? .closed : .open, version: Int64(version)))
      }
      for key in try await test.redis.send(RedisCommand("KEYS", "list:*")).texts() {
        #expect(try await test.redis.zcard(key) == 1, "\(key)")
      }
    }
  }

  @Test("A changed rating changes the entity tag of the shop's page")
  func entityTag() async throws {
    try await withReadModel { test in
      try await test.write(.sample(1, version: 4))
      let target = "/listings/\(Identifier.sample(1))"
      #expect(try await test.response(target).headers[.eTag] == "\"v4\"")
      try await write(rating(1, 4, 1, version: 3), to: test)
      #expect(try await test.response(target).headers[.eTag] == "\"v4.3\"")
      #expect(try await test.response(target).conditional(on: "\"v4\"").status == .ok)
      #expect(try await test.response(target).conditional(on: "\"v4.3\"").status == .notModified)
    }
  }

  @Test("Of the review stream only ratings are consumed; while the review service is unavailable, shops are still projected")
  func dispatch() async throws {
    try await withReadModel { test in
      let (shops, ratings) = (
        FakeOwner<Shop>("shop", "/shops"), FakeOwner<ShopRating>("review", "/ratings", parameter: "shopIds")
      )
      try await shops.serving { shopSource in
        try await ratings.serving { ratingSource in
          let events = EventRouter(
            .init(
              source: "shop", prefix: "shop.",
              handler: ProjectionHandler(
                projection: Projection(source: shopSource, readModel: test.model), service: "shop-listing")),
            .init(
              source: "review", prefix: "rating.",
              handler: ProjectionHandler(
                projection: Projection(source: ratingSource, readModel: RatingReadModel(redis: test.redis)),
                service: "shop-listing")))
          shops.put(.sample(1))
          ratings.put(rating(1, 5, 1, version: 2))
          ratings.fail(.serviceUnavailable)
          let changes = [
            change("/review", 7, 1, .reviewPosted), change("/review", 1, 2, .ratingChanged), change("/shop", 1, 1, .shopCreated),
          ]
          let outcomes = await events.handle(changes)
          #expect(outcomes[0] == .applied && outcomes[2] == .applied)
          if case .retry = outcomes[1] {} else { Issue.record("\(outcomes[1])") }
          let before = try await test.page("/listings").items.map(\.rating)
          #expect(before == [.none])
          ratings.fail(nil)
          #expect(await events.handle(changes) == [.applied, .applied, .applied])
          let after = try await test.page("/listings").items.map(\.rating)
          #expect(after == [Rating(average: 5, count: 1)])
          #expect(ratings.calls == [1, 1])
        }
      }
    }
  }

  private func change(_ source: String, _ number: Int, _ sequence: Int64, _ type: EventType) -> AggregateChange {
    AggregateChange(
      source: source, subject: .sample(number), sequence: sequence, types: [type], time: Timestamp(milliseconds: 0),
      traceparent: nil)
  }
}

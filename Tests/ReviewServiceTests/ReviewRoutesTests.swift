import Contracts
import TestSupport
import Testing

@Suite("Review: REST API")
struct ReviewRoutesTests {
  @Test("A customer reviews a delivered order, and everybody can read the review")
  func posts() async throws {
    let review = try await ReviewUnderTest.shared()
    let order = Order.sample()
    let posted = try await review.post(order, rating: 4, text: "따뜻해요\\n또 올게요")
    #expect(posted.status == 201)
    #expect(posted.header("ETag") == #""v1""#)
    let document = try posted.decode(Review.self)
    #expect(posted.header("Location") == "/reviews/\(document.id)")
    #expect(document.orderId == order.id)
    #expect(document.shopId == order.shopId)
    #expect(document.customerId == order.customerId)
    #expect(document.rating == 4)
    #expect(document.text == "따뜻해요\n또 올게요")
    #expect(document.reply == nil)
    #expect(document.version == 1)
    let read = try await review.anybody.get("/reviews/\(document.id)")
    #expect(read.body == posted.body)
    #expect(try await review.anybody.get("/reviews/\(document.id)", headers: ["If-None-Match": #""v1""#]).status == 304)
    #expect(try await review.rating(of: order.shopId) == ShopRating(shopId: order.shopId, average: 4, count: 1, version: 1))
  }

  @Test("Without an invitation, the order is fetched before the review is rejected")
  func fetchesOrder() async throws {
    let review = try await ReviewUnderTest.shared()
    let undelivered = Order.sample(status: .pickedUp, version: 4)
    let early = try await review.post(undelivered)
    #expect(early.status == 409)
    #expect(early.code == "not_delivered")
    review.orders.put([.sample(undelivered.id, customer: undelivered.customerId)])
    #expect(
      try await review.customer(undelivered.customerId).send("POST", "/reviews", ReviewUnderTest.body(undelivered)).status == 201)

    let other = Order.sample()
    review.orders.put([other])
    let stranger = try await review.customer(.fresh()).send("POST", "/reviews", ReviewUnderTest.body(other))
    #expect(stranger.status == 404)
    #expect(stranger.code == "order_not_found")
    let unknown = try await review.customer(.fresh()).send("POST", "/reviews", ReviewUnderTest.body(.sample()))
    #expect(unknown.code == "order_not_found")
    #expect(review.orders.callers == ["review"])
  }

  @Test("Of concurrent reviews of one order exactly one is accepted")
  func once() async throws {
    let review = try await ReviewUnderTest.shared()
    let order = Order.sample()
    review.orders.put([order])
    let responses = try await concurrently(12) { index in
      try await review.customer(order.customerId).send("POST", "/reviews", ReviewUnderTest.body(order, rating: index % 5 + 1))
    }
    #expect(responses.count { $0.status == 201 } == 1)
    #expect(responses.count { $0.code == "already_reviewed" } == 11)
    #expect(try await review.rating(of: order.shopId)?.count == 1)
    #expect(try await review.rating(of: order.shopId)?.version == 1)
  }

  @Test("A review is accepted whose invitation is inserted between the first attempt and the fetch")
  func concurrentInvitation() async throws {
    let review = try await ReviewUnderTest.start()
    let order = Order.sample()
    // The rows that a trigger inserts are visible to the next statement, but not to the triggering one.
    _ = try await review.sql(
      """
      CREATE FUNCTION invite() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO invitations VALUES ('\(order.id)', '\(order.customerId)', '\(order.shopId)', '\(order.ownerId)', now())
        ON CONFLICT DO NOTHING;
        RETURN NULL;
      END $$;
      CREATE TRIGGER late BEFORE INSERT ON reviews FOR EACH STATEMENT EXECUTE FUNCTION invite();
      """)
    #expect(try await review.post(order).status == 201)
    #expect(try await review.post(order).code == "already_reviewed")
    try await review.process.stop()
  }

  @Test("Concurrent requests with the same idempotency key have one effect and the same response")
  func idempotency() async throws {
    let review = try await ReviewUnderTest.shared()
    let order = Order.sample()
    review.orders.put([order])
    let key = ["Idempotency-Key": Identifier.fresh().description]
    let customer = review.customer(order.customerId)
    let responses = try await concurrently(12) { _ in
      try await customer.send("POST", "/reviews", ReviewUnderTest.body(order), headers: key)
    }
    #expect(responses.map(\.status) == Array(repeating: 201, count: 12))
    #expect(Set(responses.map(\.text)).count == 1)
    #expect(responses.count { $0.header("Idempotency-Replayed") == nil } == 1)
    let other = try await customer.send("POST", "/reviews", ReviewUnderTest.body(order, rating: 1), headers: key)
    #expect(other.code == "idempotency_key_reused")
  }

  @Test("A rating counts all concurrent reviews of a shop, with an event for each")
  func popularShop() async throws {
    let review = try await ReviewUnderTest.shared()
    let shop = Identifier.fresh()
    let orders = (0..<50).map { _ in Order.sample(shop: shop) }
    review.orders.put(orders)
    let statuses = try await concurrently(50) { index in
      let order = orders[index]
      return try await review.customer(order.customerId).send(
        "POST", "/reviews", ReviewUnderTest.body(order, rating: index % 5 + 1)
      ).status
    }
    #expect(statuses.allSatisfy { $0 == 201 })
    #expect(try await review.rating(of: shop) == ShopRating(shopId: shop, average: 3, count: 50, version: 50))
    let events = try await review.sql(
      "SELECT count(*), count(DISTINCT sequence), max(sequence) FROM outbox WHERE type = 'rating.changed' AND subject = '\(shop)'"
    )
    #expect(events == "50|50|50")
  }

  @Test("The owner can reply and replace the reply; repeating the same text changes nothing")
  func replies() async throws {
    let review = try await ReviewUnderTest.shared()
    let order = Order.sample()
    let id = try await review.post(order).decode(Review.self).id
    let owner = review.owner(order.ownerId)
    func reply(_ text: String, as client: RESTClient, ifMatch: String? = nil) async throws -> RESTAnswer {
      try await client.send(
        "POST", "/reviews/\(id)/reply", #"{"text":"\#(text)"}"#, headers: ifMatch.map { ["If-Match": $0] } ?? [:])
    }
    #expect(try await reply("제 가게예요", as: review.owner(.fresh())).status == 403)
    #expect(try await reply("제가 썼어요", as: review.customer(order.customerId)).status == 403)
    let first = try await reply("감사합니다", as: owner)
    #expect(first.status == 200)
    #expect(first.header("ETag") == #""v2""#)
    #expect(try first.decode(Review.self).reply?.text == "감사합니다")
    let repeated = try await reply("감사합니다", as: owner)
    #expect(repeated.body == first.body)
    #expect(try await reply("늦었어요", as: owner, ifMatch: #""v1""#).code == "version_mismatch")
    let second = try await reply("또 오세요", as: owner, ifMatch: #""v2""#)
    #expect(try second.decode(Review.self).reply?.text == "또 오세요")
    #expect(try second.decode(Review.self).version == 3)
    let types = try await review.sql("SELECT string_agg(type, ',' ORDER BY sequence) FROM outbox WHERE subject = '\(id)'")
    #expect(types == "review.posted,review.replied,review.replied")
    #expect(try await review.rating(of: order.shopId)?.version == 1, "a reply does not change the rating")
  }

  @Test("A deleted review gets 410, its text is erased, and the rating no longer counts it")
  func deletes() async throws {
    let review = try await ReviewUnderTest.shared()
    let shop = Identifier.fresh()
    let order = Order.sample(shop: shop)
    let id = try await review.post(order, rating: 1).decode(Review.self).id
    _ = try await review.post(.sample(shop: shop), rating: 4)
    let customer = review.customer(order.customerId)
    #expect(try await review.customer(.fresh()).send("DELETE", "/reviews/\(id)").status == 403)
    #expect(try await review.owner(order.ownerId).send("DELETE", "/reviews/\(id)").status == 403)
    #expect(try await customer.send("DELETE", "/reviews/\(id)", headers: ["If-Match": #""v7""#]).status == 412)
    #expect(try await review.rating(of: shop)?.average == 2.5)
    #expect(try await customer.send("DELETE", "/reviews/\(id)").status == 204)
    #expect(try await customer.send("DELETE", "/reviews/\(id)").status == 410)
    #expect(try await review.anybody.get("/reviews/\(id)").status == 410)
    #expect(try await review.owner(order.ownerId).send("POST", "/reviews/\(id)/reply", #"{"text":"x"}"#).status == 410)
    #expect(try await review.post(order).code == "already_reviewed")
    #expect(try await review.rating(of: shop) == ShopRating(shopId: shop, average: 4, count: 1, version: 3))
    let batch = try await review.services.get("/reviews?ids=\(id)").decode(Batch<Review>.self)
    #expect(batch.deleted == [Tombstone(id: id, version: 2)])
    #expect(try await review.sql("SELECT text FROM reviews WHERE id = '\(id)'") == "")
    #expect(try await review.openInvitations(of: order.customerId) == [])
  }

  @Test("An operator can delete any review; deleting the last one sets the rating to zero")
  func operatorDeletes() async throws {
    let review = try await ReviewUnderTest.shared()
    let order = Order.sample()
    let id = try await review.post(order).decode(Review.self).id
    #expect(try await review.operators.send("DELETE", "/reviews/\(id)").status == 204)
    #expect(try await review.rating(of: order.shopId) == ShopRating(shopId: order.shopId, average: 0, count: 0, version: 2))
  }

  @Test("The pages of a shop's reviews are newest first, without duplicates and without deleted reviews")
  func pages() async throws {
    let review = try await ReviewUnderTest.shared()
    let shop = Identifier.fresh()
    var posted: [Identifier] = []
    for _ in 0..<7 { posted.append(try await review.post(.sample(shop: shop)).decode(Review.self).id) }
    _ = try await review.operators.send("DELETE", "/reviews/\(posted.remove(at: 3))")
    var seen: [Identifier] = []
    var cursor: String? = ""
    while let current = cursor {
      let path = "/reviews?shopId=\(shop)&limit=2" + (current.isEmpty ? "" : "&cursor=\(current)")
      let page = try await review.anybody.get(path).decode(Page<Review>.self)
      seen += page.items.map(\.id)
      cursor = page.nextCursor
    }
    #expect(seen.count == 6)
    #expect(Set(seen) == Set(posted))
    #expect(seen == seen.sorted(by: >))
  }

  @Test("Only services and operators may read batches and versions; ratings are public")
  func roles() async throws {
    let review = try await ReviewUnderTest.shared()
    let order = Order.sample()
    let document = try await review.post(order).decode(Review.self)
    let unreviewed = Identifier.fresh()
    for path in ["/reviews?ids=\(document.id)", "/reviews/versions", "/ratings/versions"] {
      #expect(try await review.anybody.get(path).status == 401)
      #expect(try await review.customer(order.customerId).get(path).status == 403)
      #expect(try await review.services.get(path).status == 200)
      #expect(try await review.operators.get(path).status == 200)
    }
    let batch = try await review.services.get("/reviews?ids=\(document.id),\(unreviewed)").decode(Batch<Review>.self)
    #expect(batch.items == [document])
    #expect(batch.unknown == [unreviewed])
    let ratings = try await review.anybody.get("/ratings?shopIds=\(order.shopId),\(unreviewed)").decode(Batch<ShopRating>.self)
    #expect(ratings.items.map(\.shopId) == [order.shopId])
    #expect(ratings.unknown == [unreviewed])
  }

  @Test("Recent changes are in the full and the changedSince version lists, older ones only in the full lists")
  func versions() async throws {
    let review = try await ReviewUnderTest.shared()
    let old = try await review.post(.sample()).decode(Review.self)
    _ = try await review.sql(
      "UPDATE outbox SET time = time - interval '1 hour' WHERE subject IN ('\(old.id)', '\(old.shopId)')")
    let new = try await review.post(.sample()).decode(Review.self)
    _ = try await review.operators.send("DELETE", "/reviews/\(new.id)")
    func versions(_ path: String) async throws -> [AggregateVersion] {
      try await review.services.get("\(path)limit=5000").decode(Page<AggregateVersion>.self).items
    }
    let recently = "changedSince=\(new.createdAt.rfc3339)&"
    for (path, changed, unchanged) in [("reviews", new.id, old.id), ("ratings", new.shopId, old.shopId)] {
      let expected = AggregateVersion(id: changed, version: 2, deleted: path == "reviews")
      #expect(try await versions("/\(path)/versions?").contains(expected))
      #expect(try await versions("/\(path)/versions?").contains { $0.id == unchanged })
      #expect(try await versions("/\(path)/versions?\(recently)").contains(expected))
      #expect(try await !versions("/\(path)/versions?\(recently)").contains { $0.id == unchanged })
    }
  }

  @Test(
    "An invalid request gets a 4xx problem with the documented code",
    arguments: [
      ("POST", "/reviews", "{", 400, "malformed_json"), ("POST", "/reviews", "{}", 422, "invalid_body"),
      ("POST", "/reviews", #"{"orderId":"x","rating":5,"text":""}"#, 422, "invalid_body"),
      ("POST", "/reviews", #"{"orderId":"0197a6b2-0000-7000-8000-0000000000aa","rating":0,"text":""}"#, 422, "invalid_body"),
      ("POST", "/reviews", #"{"orderId":"0197a6b2-0000-7000-8000-0000000000aa","rating":4.5,"text":""}"#, 422, "invalid_body"),
      (
        "POST", "/reviews", #"{"orderId":"0197a6b2-0000-7000-8000-0000000000aa","rating":5,"text":"","shopId":"x"}"#, 422,
        "invalid_body"
      ),
      ("GET", "/reviews", nil, 400, "invalid_query"), ("GET", "/reviews?shopId=7", nil, 400, "invalid_id"),
      ("GET", "/reviews?shop=7", nil, 400, "invalid_query"), ("GET", "/reviews/7", nil, 400, "invalid_id"),
      ("GET", "/reviews/0197a6b2-0000-7000-8000-0000000000aa", nil, 404, "review_not_found"),
      ("DELETE", "/reviews/0197a6b2-0000-7000-8000-0000000000aa", nil, 404, "review_not_found"),
      ("GET", "/ratings", nil, 400, "invalid_query"), ("GET", "/ratings?shopIds=7", nil, 400, "invalid_id"),
      ("GET", "/customers/0197a6b2-0000-7000-8000-0000000000aa/invitations", nil, 404, "customer_not_found"),
    ] as [(String, String, String?, Int, String)])
  func badRequests(_ method: String, _ path: String, _ body: String?, _ status: Int, _ code: String) async throws {
    let response = try await ReviewUnderTest.shared().customer(.fresh()).send(method, path, body)
    #expect(response.status == status)
    #expect(response.code == code)
  }

  @Test("Republishing adds the event of the current state of reviews and ratings")
  func republishes() async throws {
    let review = try await ReviewUnderTest.shared()
    let order = Order.sample()
    let id = try await review.post(order).decode(Review.self).id
    _ = try await review.operators.send("DELETE", "/reviews/\(id)")
    let dry = try await review.operators.send(
      "POST", "/admin/republish", #"{"ids":["\#(id)","\#(order.shopId)"],"dryRun":true}"#)
    #expect(dry.status == 202)
    #expect(dry.text.contains(#""matched":2"#))
    let wrong = try await review.operators.send("POST", "/admin/republish", #"{"types":["order.placed"]}"#)
    #expect(wrong.status == 422)
    _ = try await review.operators.send("POST", "/admin/republish", #"{"ids":["\#(id)","\#(order.shopId)"]}"#)
    func count(_ type: String, _ subject: Identifier) async throws -> String {
      try await review.sql("SELECT count(*) FROM outbox WHERE type = '\(type)' AND subject = '\(subject)' AND sequence = 2")
    }
    try await eventually("the second events") {
      let events = (try await count("review.deleted", id), try await count("rating.changed", order.shopId))
      return events == ("2", "2")
    }
  }
}

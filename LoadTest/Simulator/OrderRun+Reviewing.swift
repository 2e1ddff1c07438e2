import Contracts
import LoadClient
import NIOHTTP1

extension OrderRun {
  /// Posts the customer's review, and does what the scenario does with it.
  mutating func afterDelivery() async throws {
    guard let order else { return }
    let key = "review-\(order)"
    let body = Bodies.review(of: order, rating: plan.rating)
    let response = try await context.requests.send(
      .review, from: pause(), to: context.services.review, .POST, "/reviews", as: customer, body: body, key: key, expecting: [201]
    )
    measurements.record(.run, intended.duration(to: response.received))
    guard let review = response.json["id"]?.string.flatMap({ Identifier($0) }) else {
      throw UnexpectedResultError(request: "POST /reviews", problem: "201 without an id")
    }
    write(response, review, order, key, body)
    switch plan.scenario {
    case .reviewDeleted: try await delete(review)
    case .ownerReplies: try await reply(to: review)
    default:
      if plan.watchesRating { try await watchRating(since: response.received) }
    }
  }

  private func write(_ response: RESTResponse, _ review: Identifier, _ order: Identifier, _ key: String, _ body: String) {
    context.journal.write(
      "review",
      """
      "id":"\(review)","orderId":"\(order)","shopId":"\(plan.shop.id)","customerId":"\(customer.id)",\
      "rating":\(plan.rating),"key":"\(key)","body":"\(JournalWriter.hash(body.utf8))","version":\(response.version.json)
      """)
  }

  private mutating func delete(_ review: Identifier) async throws {
    let path = "/reviews/\(review)"
    // 410 is the response to a retry after the first response was lost.
    _ = try await context.requests.send(
      .deleteReview, from: pause(), to: context.services.review, .DELETE, path, as: customer,
      expecting: context.profile.toleratesOutages ? [204, 410] : [204])
    context.journal.write(
      "reviewDeleted", "\"id\":\"\(review)\",\"shopId\":\"\(plan.shop.id)\",\"customerId\":\"\(customer.id)\"")
  }

  private mutating func reply(to review: Identifier) async throws {
    let response = try await context.requests.send(
      .reply, from: pause(), to: context.services.review, .POST, "/reviews/\(review)/reply", as: owner, body: Bodies.reply,
      expecting: [200, 201])
    context.journal.write("reply", "\"id\":\"\(review)\",\"by\":\"\(owner)\",\"version\":\(response.version.json)")
  }

  /// Polls the shop's page until it shows at least the current number of reviews; other runs may add and delete reviews meanwhile.
  ///
  /// The listing pushes no changes, so only a sample of the reviews is watched.
  private func watchRating(since posted: ContinuousClock.Instant) async throws {
    let timeout = context.profile.toleratesOutages ? Duration.seconds(60) : .seconds(10)
    var wanted: Int64?
    var polls = 0
    while posted.duration(to: .now) < timeout {
      if wanted == nil || polls % 200 == 0 { wanted = (try? await reviewCount()) ?? wanted }
      polls += 1
      let shown = try? await context.services.listing.send(.GET, "/listings/\(plan.shop.id)", as: customer, isFresh: true)
      if let wanted, let shown, let count = shown.json["rating"]?["count"]?.integer, count >= wanted {
        return measurements.ratingShown(after: posted.duration(to: shown.received))
      }
      try await Task.sleep(for: max(.milliseconds(5), context.services.listing.pause), tolerance: .zero)
    }
    throw NotVisibleError(what: "\(wanted.map { "\($0)" } ?? "the") reviews of shop \(plan.shop.id)", timeout: timeout)
  }

  private func reviewCount() async throws -> Int64 {
    let path = "/ratings?shopIds=\(plan.shop.id)"
    let response = try await context.services.review.send(.GET, path, as: customer).expecting(200, of: "GET \(path)")
    return response.json["items"]?.elements.first?["count"]?.integer ?? 0
  }
}

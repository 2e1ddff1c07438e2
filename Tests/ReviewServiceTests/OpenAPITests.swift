import Contracts
import Hummingbird
import Postgres
import TestSupport
import Testing
import Web
import Yams

@testable import ReviewService

@Suite("Review: OpenAPI document")
struct OpenAPITests {
  private struct NoOrders: OrderSource {
    func order(_ id: Identifier) -> Order? { nil }
  }

  /// The operations of every service that publishes and consumes events.
  private static let shared: Set<String> = [
    "post /admin/republish", "get /admin/dead-letters", "post /admin/dead-letters/send-back",
    "get /admin/configuration", "put /admin/configuration/{key}", "delete /admin/configuration/{key}",
    "get /admin/events", "get /admin/events/{id}",
  ]

  private func document() throws -> Node {
    try #require(try Yams.compose(yaml: String(decoding: PackageResources.openapi_yaml, as: UTF8.self)))
  }

  @Test("The document describes exactly the routes of the service")
  func routes() async throws {
    let postgres = PostgresClient(
      configuration: PostgresConfiguration(host: "127.0.0.1", database: "none", user: "nobody", applicationName: "tests"),
      logger: quietLogger)
    let store = PostgresReviewStore(postgres: postgres, committed: {})
    let router = reviewRouter(
      store: store, commands: ReviewCommands(store: store, orders: NoOrders()), health: Health(), authenticator: nil)
    let routes = router.operations
    let described = try document().operations
    #expect(described == routes.union(Self.shared))
    let review = try await ReviewUnderTest.shared()
    for route in Self.shared {
      let parts = route.split(separator: " ")
      let method = parts[0].uppercased()
      let named = parts[1].replacing("{key}", with: "order.deadline")
      let path = String(named.replacing("{id}", with: Identifier.highest.description))
      let response = try await review.anybody.send(method, path, method == "POST" ? "{}" : nil)
      #expect(response.status == 401, "\(route)")
    }
  }

  @Test("Responses have exactly the documented members")
  func members() async throws {
    let review = try await ReviewUnderTest.shared()
    let (reviewed, waiting) = (Order.sample(), Order.sample())
    let id = try await review.post(reviewed).decode(Review.self).id
    let reply = try await review.owner(reviewed.ownerId).send("POST", "/reviews/\(id)/reply", #"{"text":"감사합니다"}"#)
    let document = try #require(try Yams.compose(yaml: reply.text))
    try check("Review", document)
    try check("OwnersReply", document["reply"])
    let page = try await review.anybody.get("/reviews?shopId=\(reviewed.shopId)")
    try check("ReviewPage", try Yams.compose(yaml: page.text))
    let batch = try await review.services.get("/reviews?ids=\(id)")
    try check("ReviewBatch", try Yams.compose(yaml: batch.text))
    let ratings = try await review.anybody.get("/ratings?shopIds=\(reviewed.shopId)")
    try check("RatingBatch", try Yams.compose(yaml: ratings.text))
    try check("ShopRating", try Yams.compose(yaml: ratings.text)?["items"]?[0])
    let versions = try await review.services.get("/ratings/versions?limit=1")
    try check("VersionPage", try Yams.compose(yaml: versions.text))

    review.orders.put([waiting])
    try await review.publish(.orderDelivered, of: waiting)
    try await eventually("the invitation") { try await review.openInvitations(of: waiting.customerId) == [waiting.id] }
    let invitations = try await review.services.get("/customers/\(waiting.customerId)/invitations")
    try check("InvitationPage", try Yams.compose(yaml: invitations.text))
    try check("Invitation", try Yams.compose(yaml: invitations.text)?["items"]?[0])
  }

  /// Compares a JSON object (which is YAML too) with a schema of objects.
  private func check(_ schema: String, _ object: Node?) throws {
    let schema = try #require(try document()["components"]?["schemas"]?[Node(schema)])
    let described = schema["properties"]?.mapping?.keys.compactMap(\.string) ?? []
    let required = schema["required"]?.sequence?.compactMap(\.string) ?? []
    let members = try #require(object).mapping?.keys.compactMap(\.string) ?? []
    #expect(Set(members) == Set(described))
    #expect(Set(required) == Set(described))
  }
}

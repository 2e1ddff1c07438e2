import Contracts
import TestSupport
import Testing
import Yams

@testable import ReviewService

@Suite("Review: OpenAPI document")
struct OpenAPITests {
  private func document() throws -> Node {
    try .openAPI(own: PackageResources.openapi_yaml)
  }

  @Test("It describes exactly the routes of the service, and is valid")
  func routes() async throws {
    let api = try await ServedAPI("review", settings: ReviewSettings.all, build: buildReview)
    #expect(api.described == api.routes)
    #expect(api.violations == [])
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

import TestSupport
import Testing

/// Checks every cell of the table by a request to the running services.
@Suite("Authorization in the running system", .serialized, WithAccessFixture())
struct AccessMatrixTests {
  @Test("Every cell is as the table states, and rejected requests change nothing")
  func matrix() async throws {
    let fixture = try #require(AccessFixture.current)
    let operations = try OpenAPIFiles.operations()
    let cells = AccessTable.rows.compactMap { row in
      operations.first { row.isOf($0) }.map { MatrixRow(row: row, operation: $0, fixture: fixture) }
    }
    for service in Set(operations.map(\.service)) { #expect(fixture.runs(service), "\(service) is not in the stack") }
    let before = try await fixture.documents()
    for row in cells { try await row.checkRejections() }
    #expect(try await fixture.documents() == before)
    for row in cells { try await row.checkPermissions() }
  }

  @Test("No service accepts a forged token")
  func forgedTokens() async throws {
    let fixture = try #require(AccessFixture.current)
    let forgedTokens = try await ForgedTokens.all(account: fixture.callers.participants[.operator]?.id ?? AccessFixture.newID())
    #expect(forgedTokens.count >= 7)
    for service in OrderStack.names {
      let row = try #require(
        AccessTable.rows.first { $0.service == service && $0.method == "GET" && $0.cells[.forged] == .refused(401) })
      for (name, token) in forgedTokens {
        let client = RESTClient(fixture.stack[service].url, principal: token)
        let response = try await client.get(fixture.substitute(row.path))
        #expect(response.status == 401, "\(service) accepted \(name): \(response.status) \(response.text)")
      }
    }
  }

  @Test("The card network authenticates by its API key only")
  func cardNetwork() async throws {
    let network = try #require(AccessFixture.current).stack["payment-provider"]
    let response = try await RESTClient(network.url, principal: "key-of-the-tests").get("/authorizations?reference=none")
    #expect(response.status == 200)
  }

  @Test("The delivery status of an event shows its publisher and that every subscriber acknowledged it")
  func eventDeliveryStatus() async throws {
    struct Page: Decodable {
      struct DeliveryStatus: Decodable {
        struct Reader: Decodable, Hashable {
          let group: String
          let state: String
        }
        let event: [String: String]
        let readers: [Reader]
      }
      let items: [DeliveryStatus]
      let nextCursor: String?
    }
    let fixture = try #require(AccessFixture.current)
    let shop = try await fixture.client("shop", .owner).expect(201, "POST", "/shops", RequestBodies.body("shop POST /shops"))
      .decode(Created.self).id
    let api = fixture.client("shop", .operator)
    let acknowledged = ["order", "shop-listing"].map { Page.DeliveryStatus.Reader(group: $0, state: "acknowledged") }
    var event = ""
    try await eventually(within: .seconds(10), "the event at its subscribers") {
      let status = try await api.get("/admin/events?subject=\(shop)").decode(Page.self).items.first
      event = status?.event["id"] ?? ""
      return status?.readers == acknowledged
    }
    let page = try await api.expect(200, "GET", "/admin/events/\(event)").decode(Page.self)
    #expect(page.items.map(\.event["source"]) == ["/shop"] && page.items.map(\.event["type"]) == ["shop.created"])
    #expect(page.items.map(\.readers) == [acknowledged] && page.nextCursor == nil)
    for (path, status, code) in [
      ("/admin/events", 400, "invalid_query"), ("/admin/events?subject=7", 400, "invalid_id"),
      ("/admin/events/7", 400, "invalid_id"), ("/admin/events?subject=\(shop)&cursor=x", 400, "bad_cursor"),
      ("/admin/events/\(AccessFixture.newID())", 404, "event_not_found"),
    ] {
      let response = try await api.get(path)
      #expect(response.status == status && response.code == code, "\(path): \(response.status) \(response.text)")
    }
  }

  private struct Created: Decodable { let id: String }
}

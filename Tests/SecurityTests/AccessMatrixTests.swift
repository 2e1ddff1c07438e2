import TestSupport
import Testing

/// The table against running services: every cell is a request.
@Suite("Who may do what in the running system", .serialized, WithWorld())
struct AccessMatrixTests {
  @Test("Every cell is as the table says, and what was refused has changed nothing")
  func matrix() async throws {
    let world = try #require(AccessFixture.current)
    let operations = try OpenAPIFiles.operations()
    let cells = AccessTable.rows.compactMap { row in
      operations.first { row.isOf($0) }.map { MatrixRow(row: row, operation: $0, world: world) }
    }
    for service in Set(operations.map(\.service)) { #expect(world.runs(service), "\(service) is not in the stack") }
    let before = try await world.documents()
    for row in cells { try await row.askWhatIsRefused() }
    #expect(try await world.documents() == before)
    for row in cells { try await row.askWhatIsAllowed() }
  }

  @Test("No service takes a forged token")
  func forgeries() async throws {
    let world = try #require(AccessFixture.current)
    let forgeries = try await Forgeries.all(account: world.people.mine[.operator]?.id ?? AccessFixture.newID())
    #expect(forgeries.count >= 7)
    for service in OrderStack.names {
      let row = try #require(
        AccessTable.rows.first { $0.service == service && $0.method == "GET" && $0.cells[.forged] == .refused(401) })
      for (name, token) in forgeries {
        let client = RESTClient(world.stack[service].url, principal: token)
        let answer = try await client.get(world.filledIn(row.path))
        #expect(answer.status == 401, "\(service) took \(name): \(answer.status) \(answer.text)")
      }
    }
  }

  @Test("The card network lets in who has its key, and nobody by a token")
  func cardNetwork() async throws {
    let network = try #require(AccessFixture.current).stack["payment-provider"]
    let answer = try await RESTClient(network.url, principal: "key-of-the-tests").get("/authorizations?reference=none")
    #expect(answer.status == 200)
  }

  @Test("An operator sees who published an event, and that every subscriber has heard it")
  func eventTrail() async throws {
    struct Page: Decodable {
      struct Trail: Decodable {
        struct Reader: Decodable, Hashable {
          let group: String
          let state: String
        }
        let event: [String: String]
        let readers: [Reader]
      }
      let items: [Trail]
      let nextCursor: String?
    }
    let world = try #require(AccessFixture.current)
    let shop = try await world.client("shop", .owner).expect(201, "POST", "/shops", Requests.body("shop POST /shops"))
      .decode(Created.self).id
    let api = world.client("shop", .operator)
    let heard = ["order", "shop-listing"].map { Page.Trail.Reader(group: $0, state: "acknowledged") }
    var event = ""
    try await eventually(within: .seconds(10), "the event at its subscribers") {
      let trail = try await api.get("/admin/events?subject=\(shop)").decode(Page.self).items.first
      event = trail?.event["id"] ?? ""
      return trail?.readers == heard
    }
    let page = try await api.expect(200, "GET", "/admin/events/\(event)").decode(Page.self)
    #expect(page.items.map(\.event["source"]) == ["/shop"] && page.items.map(\.event["type"]) == ["shop.created"])
    #expect(page.items.map(\.readers) == [heard] && page.nextCursor == nil)
    for (path, status, code) in [
      ("/admin/events", 400, "invalid_query"), ("/admin/events?subject=7", 400, "invalid_id"),
      ("/admin/events/7", 400, "invalid_id"), ("/admin/events?subject=\(shop)&cursor=x", 400, "bad_cursor"),
      ("/admin/events/\(AccessFixture.newID())", 404, "event_not_found"),
    ] {
      let answer = try await api.get(path)
      #expect(answer.status == status && answer.code == code, "\(path): \(answer.status) \(answer.text)")
    }
  }

  private struct Created: Decodable { let id: String }
}

import Contracts
import TestSupport
import Testing

@Suite("The REST API of shop")
struct ShopRoutesTests {
  @Test("A shop is created with its menu, and a read returns the same document")
  func createsAndReads() async throws {
    let shop = try await ShopUnderTest.shared()
    let created = try await shop.api.send("POST", "/shops", ShopUnderTest.body(menu: "[\(ShopUnderTest.chicken)]"))
    #expect(created.status == 201)
    #expect(created.header("ETag") == #""v1""#)
    let document = try created.decode(Shop.self)
    #expect(created.header("Location") == "/shops/\(document.id)")
    #expect(document.version == 1)
    #expect(document.status == .open)
    #expect(document.menu.map(\.name) == ["후라이드"])
    #expect(document.menu.first?.price == Money(amount: 18_000))
    let read = try await shop.api.get("/shops/\(document.id)")
    #expect(read.status == 200)
    #expect(read.body == created.body)
    #expect(read.header("Cache-Control") == "no-store")
  }

  @Test("A conditional GET with the current version gets 304")
  func notModified() async throws {
    let shop = try await ShopUnderTest.shared()
    let id = try await shop.create().id
    let response = try await shop.api.get("/shops/\(id)", headers: ["If-None-Match": #"W/"v1", "v7""#])
    #expect(response.status == 304)
    #expect(response.body.isEmpty)
    #expect(try await shop.api.get("/shops/\(id)", headers: ["If-None-Match": #""v2""#]).status == 200)
  }

  @Test("A PATCH changes the fields it names and no others, and raises the version by one")
  func patches() async throws {
    let shop = try await ShopUnderTest.shared()
    let before = try await shop.create(menu: "[\(ShopUnderTest.chicken)]")
    let response = try await shop.api.send("PATCH", "/shops/\(before.id)", #"{"name":"새 이름","district":"mapo"}"#)
    #expect(response.status == 200)
    var expected = before
    expected.name = "새 이름"
    expected.district = .mapo
    expected.version = 2
    var after = try response.decode(Shop.self)
    #expect(after.updatedAt >= before.updatedAt)
    after.updatedAt = before.updatedAt
    #expect(after == expected)
  }

  @Test("Only the owner can change a shop")
  func ownership() async throws {
    let shop = try await ShopUnderTest.shared()
    let id = try await shop.create().id
    for (principal, status) in [(nil, 401), ("owner", 401), ("king:1", 401), (ShopUnderTest.otherOwner, 403)] as [(String?, Int)]
    {
      let response = try await shop.api.acting(as: principal).send("PATCH", "/shops/\(id)", #"{"name":"x"}"#)
      #expect(response.status == status)
    }
    let customer = ShopUnderTest.owner.replacing("owner", with: "customer")
    #expect(try await shop.api.acting(as: customer).send("DELETE", "/shops/\(id)").status == 403)
    #expect(try await shop.api.get("/shops/\(id)").decode(Shop.self).version == 1)
  }

  @Test("If-Match guards a write: of ten writers with the same version one succeeds")
  func optimisticVersions() async throws {
    let shop = try await ShopUnderTest.shared()
    let id = try await shop.create().id
    let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
      for index in 0..<10 {
        group.addTask {
          try await shop.api.send("PATCH", "/shops/\(id)", #"{"name":"n\#(index)"}"#, headers: ["If-Match": #""v1""#]).status
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(statuses.sorted() == [200] + Array(repeating: 412, count: 9))
    let stale = try await shop.api.send("PATCH", "/shops/\(id)", #"{"name":"stale"}"#, headers: ["If-Match": #""v1""#])
    #expect(stale.code == "version_mismatch")
    #expect(stale.header("ETag") == #""v2""#)
    let invalid = try await shop.api.send("PATCH", "/shops/\(id)", "{}", headers: ["If-Match": #""v1""#])
    #expect(invalid.status == 422, "the body is validated before the precondition")
  }

  @Test("Setting the current status changes nothing and keeps the version")
  func status() async throws {
    let shop = try await ShopUnderTest.shared()
    let id = try await shop.create().id
    let closed = try await shop.api.send("PUT", "/shops/\(id)/status", #"{"status":"closed"}"#)
    #expect(try closed.decode(Shop.self).status == .closed)
    #expect(try closed.decode(Shop.self).version == 2)
    let again = try await shop.api.send("PUT", "/shops/\(id)/status", #"{"status":"closed"}"#)
    #expect(again.status == 200)
    #expect(try again.decode(Shop.self).version == 2)
    #expect(try await shop.api.send("PUT", "/shops/\(id)/status", #"{"status":"asleep"}"#).status == 422)
  }

  @Test("A deleted shop gets 410 for reads and for every command")
  func deletes() async throws {
    let shop = try await ShopUnderTest.shared()
    let id = try await shop.create().id
    #expect(try await shop.api.send("DELETE", "/shops/\(id)").status == 204)
    #expect(try await shop.api.get("/shops/\(id)").status == 410)
    #expect(try await shop.api.send("DELETE", "/shops/\(id)").status == 410)
    #expect(try await shop.api.send("PATCH", "/shops/\(id)", #"{"name":"x"}"#).status == 410)
    #expect(try await shop.api.send("PUT", "/shops/\(id)/status", #"{"status":"open"}"#).status == 410)
    #expect(try await shop.api.send("POST", "/shops/\(id)/menu", ShopUnderTest.chicken).status == 410)
    let batch = try await shop.service.get("/shops?ids=\(id)").decode(Batch<Shop>.self)
    #expect(batch.deleted == [Tombstone(id: id, version: 2)])
  }

  @Test("A menu item is added, changed, loses its description and is removed, each a new version of the shop")
  func menu() async throws {
    let shop = try await ShopUnderTest.shared()
    let id = try await shop.create().id
    let added = try await shop.api.send("POST", "/shops/\(id)/menu", ShopUnderTest.chicken)
    #expect(added.status == 201)
    #expect(added.header("ETag") == #""v2""#)
    let item = try added.decode(MenuItem.self)
    #expect(added.header("Location") == "/shops/\(id)/menu/\(item.id)")
    let changed = try await shop.api.send(
      "PATCH", "/shops/\(id)/menu/\(item.id)", #"{"price":{"amount":19000,"currency":"KRW"}}"#)
    #expect(try changed.decode(MenuItem.self).price == Money(amount: 19_000))
    #expect(try changed.decode(MenuItem.self).description == "바삭한")
    let withoutDescription = try await shop.api.send("PATCH", "/shops/\(id)/menu/\(item.id)", #"{"description":null}"#)
    #expect(try withoutDescription.decode(MenuItem.self).description == nil)
    let removed = try await shop.api.send("DELETE", "/shops/\(id)/menu/\(item.id)")
    #expect(removed.status == 204)
    #expect(removed.header("ETag") == #""v5""#)
    #expect(try await shop.api.send("DELETE", "/shops/\(id)/menu/\(item.id)").code == "menu_item_not_found")
    #expect(try await shop.api.get("/shops/\(id)").decode(Shop.self).menu.isEmpty)
  }

  @Test("Adding to a full menu gets 409 menu_full")
  func fullMenu() async throws {
    let shop = try await ShopUnderTest.shared()
    let menu = "[" + Array(repeating: ShopUnderTest.chicken, count: 200).joined(separator: ",") + "]"
    let id = try await shop.create(menu: menu).id
    let response = try await shop.api.send("POST", "/shops/\(id)/menu", ShopUnderTest.chicken)
    #expect(response.status == 409)
    #expect(response.code == "menu_full")
  }

  @Test("Requests with one Idempotency-Key take effect once, also concurrently; a different body with that key is rejected")
  func idempotency() async throws {
    let shop = try await ShopUnderTest.shared()
    let key = ["Idempotency-Key": Identifier.v7(at: Timestamp(milliseconds: 1)).description]
    let responses = try await withThrowingTaskGroup(of: RESTAnswer.self) { group in
      for _ in 0..<8 {
        group.addTask { try await shop.api.send("POST", "/shops", ShopUnderTest.body(), headers: key) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(responses.map(\.status) == Array(repeating: 201, count: 8))
    #expect(Set(responses.map(\.text)).count == 1)
    #expect(responses.count { $0.header("Idempotency-Replayed") == nil } == 1)
    let other = try await shop.api.send("POST", "/shops", ShopUnderTest.body(name: "다른"), headers: key)
    #expect(other.status == 422)
    #expect(other.code == "idempotency_key_reused")
    // Keys are scoped to the caller.
    let otherOwner = shop.api.acting(as: ShopUnderTest.otherOwner)
    #expect(try await otherOwner.send("POST", "/shops", ShopUnderTest.body(), headers: key).header("Idempotency-Replayed") == nil)
    let malformedKey = try await shop.api.send("POST", "/shops", ShopUnderTest.body(), headers: ["Idempotency-Key": "a b"])
    #expect(malformedKey.code == "invalid_idempotency_key")
  }

  @Test("A batch reports each id as an item, a tombstone or unknown")
  func batch() async throws {
    let shop = try await ShopUnderTest.shared()
    let existing = try await shop.create().id
    let deleted = try await shop.create().id
    _ = try await shop.api.send("DELETE", "/shops/\(deleted)")
    let unknown = Identifier.v7(at: Timestamp(milliseconds: 5))
    let batch = try await shop.service.get("/shops?ids=\(existing),\(deleted),\(unknown)").decode(Batch<Shop>.self)
    #expect(batch.items.map(\.id) == [existing])
    #expect(batch.deleted.map(\.id) == [deleted])
    #expect(batch.unknown == [unknown])
    #expect(try await shop.api.get("/shops?ids=\(existing)").status == 403)
    #expect(try await shop.api.get("/shops/versions").status == 403)
    let tooMany = (0..<501).map { Identifier.v7(at: Timestamp(milliseconds: Int64($0))).description }.joined(separator: ",")
    #expect(try await shop.service.get("/shops?ids=\(tooMany)").status == 400)
  }

  @Test("Pages of shops and of versions contain each id once, in order")
  func pages() async throws {
    let shop = try await ShopUnderTest.shared()
    var created: Set<Identifier> = []
    for _ in 0..<12 { created.insert(try await shop.create().id) }
    for path in ["/shops?limit=5", "/shops/versions?limit=5"] {
      struct Item: Decodable { let id: Identifier }
      var seen: [Identifier] = []
      var cursor: String? = ""
      while let current = cursor {
        let page = try await shop.service.get(path + (current.isEmpty ? "" : "&cursor=\(current)")).decode(Page<Item>.self)
        seen += page.items.map(\.id)
        cursor = page.nextCursor
      }
      #expect(seen == seen.sorted())
      #expect(Set(seen).count == seen.count)
      #expect(created.isSubset(of: seen))
    }
  }

  @Test("versions?changedSince returns the recently changed shops, deleted ones included")
  func changedSince() async throws {
    let shop = try await ShopUnderTest.shared()
    let old = try await shop.create()
    try await shop.sql("UPDATE outbox SET time = time - interval '1 hour' WHERE subject = '\(old.id)'")
    let deleted = try await shop.create()
    _ = try await shop.api.send("DELETE", "/shops/\(deleted.id)")
    let page = try await shop.service.get("/shops/versions?limit=5000&changedSince=\(deleted.createdAt.rfc3339)").decode(
      Page<AggregateVersion>.self)
    #expect(page.items.contains(AggregateVersion(id: deleted.id, version: 2, deleted: true)))
    #expect(!page.items.contains { $0.id == old.id })
  }

  @Test("Republishing requires an operator and criteria, and a dry run publishes nothing")
  func republish() async throws {
    let shop = try await ShopUnderTest.shared()
    let id = try await shop.create().id
    let api = shop.api.acting(as: ShopUnderTest.operator)
    #expect(try await shop.api.send("POST", "/admin/republish", #"{"all":true}"#).status == 403)
    #expect(try await api.send("POST", "/admin/republish", "{}").status == 422)
    func events() async throws -> String {
      try await shop.sql("SELECT count(*) FROM outbox WHERE subject = '\(id)'")
    }
    let dryRun = try await api.send("POST", "/admin/republish", #"{"ids":["\#(id)"],"dryRun":true}"#)
    #expect(dryRun.status == 202)
    #expect(dryRun.text.contains(#""matched":1"#))
    #expect(try await events() == "1")
    #expect(try await api.send("POST", "/admin/republish", #"{"ids":["\#(id)"]}"#).status == 202)
    try await eventually("the republished event") { try await events() == "2" }
  }
}

import Contracts
import TestSupport
import Testing

@Suite("The REST surface of shop")
struct ShopRoutesTests {
  @Test("A shop is created with its menu, and read back the same")
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

  @Test("A conditional GET of what the client has is 304")
  func notModified() async throws {
    let shop = try await ShopUnderTest.shared()
    let id = try await shop.create().id
    let answer = try await shop.api.get("/shops/\(id)", headers: ["If-None-Match": #"W/"v1", "v7""#])
    #expect(answer.status == 304)
    #expect(answer.body.isEmpty)
    #expect(try await shop.api.get("/shops/\(id)", headers: ["If-None-Match": #""v2""#]).status == 200)
  }

  @Test("A PATCH changes what it names and nothing else, and raises the version by one")
  func patches() async throws {
    let shop = try await ShopUnderTest.shared()
    let before = try await shop.create(menu: "[\(ShopUnderTest.chicken)]")
    let answer = try await shop.api.send("PATCH", "/shops/\(before.id)", #"{"name":"새 이름","district":"mapo"}"#)
    #expect(answer.status == 200)
    var expected = before
    expected.name = "새 이름"
    expected.district = .mapo
    expected.version = 2
    var after = try answer.decode(Shop.self)
    #expect(after.updatedAt >= before.updatedAt)
    after.updatedAt = before.updatedAt
    #expect(after == expected)
  }

  @Test("Only the owner of a shop changes it")
  func ownership() async throws {
    let shop = try await ShopUnderTest.shared()
    let id = try await shop.create().id
    for (principal, status) in [(nil, 401), ("owner", 401), ("king:1", 401), (ShopUnderTest.stranger, 403)] as [(String?, Int)] {
      let answer = try await shop.api.acting(as: principal).send("PATCH", "/shops/\(id)", #"{"name":"x"}"#)
      #expect(answer.status == status)
    }
    let customer = ShopUnderTest.owner.replacing("owner", with: "customer")
    #expect(try await shop.api.acting(as: customer).send("DELETE", "/shops/\(id)").status == 403)
    #expect(try await shop.api.get("/shops/\(id)").decode(Shop.self).version == 1)
  }

  @Test("If-Match guards a write: one of two writers with the same version wins")
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
    let late = try await shop.api.send("PATCH", "/shops/\(id)", #"{"name":"late"}"#, headers: ["If-Match": #""v1""#])
    #expect(late.code == "version_mismatch")
    #expect(late.header("ETag") == #""v2""#)
    let wrong = try await shop.api.send("PATCH", "/shops/\(id)", "{}", headers: ["If-Match": #""v1""#])
    #expect(wrong.status == 422, "a request that is wrong in itself is told so first")
  }

  @Test("The status that a shop already has changes nothing and makes no event")
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

  @Test("A deleted shop is 410 for everybody and everything, for ever")
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

  @Test("A menu item is added, changed, described, undescribed and removed, each a new version of the shop")
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
    let bare = try await shop.api.send("PATCH", "/shops/\(id)/menu/\(item.id)", #"{"description":null}"#)
    #expect(try bare.decode(MenuItem.self).description == nil)
    let removed = try await shop.api.send("DELETE", "/shops/\(id)/menu/\(item.id)")
    #expect(removed.status == 204)
    #expect(removed.header("ETag") == #""v5""#)
    #expect(try await shop.api.send("DELETE", "/shops/\(id)/menu/\(item.id)").code == "menu_item_not_found")
    #expect(try await shop.api.get("/shops/\(id)").decode(Shop.self).menu.isEmpty)
  }

  @Test("A full menu takes no more, and says so")
  func fullMenu() async throws {
    let shop = try await ShopUnderTest.shared()
    let menu = "[" + Array(repeating: ShopUnderTest.chicken, count: 200).joined(separator: ",") + "]"
    let id = try await shop.create(menu: menu).id
    let answer = try await shop.api.send("POST", "/shops/\(id)/menu", ShopUnderTest.chicken)
    #expect(answer.status == 409)
    #expect(answer.code == "menu_full")
  }

  @Test("The same Idempotency-Key has one effect, even at the same time; with another body it is refused")
  func idempotency() async throws {
    let shop = try await ShopUnderTest.shared()
    let key = ["Idempotency-Key": Identifier.v7(at: Timestamp(milliseconds: 1)).description]
    let answers = try await withThrowingTaskGroup(of: RESTAnswer.self) { group in
      for _ in 0..<8 {
        group.addTask { try await shop.api.send("POST", "/shops", ShopUnderTest.body(), headers: key) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(answers.map(\.status) == Array(repeating: 201, count: 8))
    #expect(Set(answers.map(\.text)).count == 1)
    #expect(answers.count { $0.header("Idempotency-Replayed") == nil } == 1)
    let other = try await shop.api.send("POST", "/shops", ShopUnderTest.body(name: "다른"), headers: key)
    #expect(other.status == 422)
    #expect(other.code == "idempotency_key_reused")
    // Another owner's key is another key.
    let stranger = shop.api.acting(as: ShopUnderTest.stranger)
    #expect(try await stranger.send("POST", "/shops", ShopUnderTest.body(), headers: key).header("Idempotency-Replayed") == nil)
    let blank = try await shop.api.send("POST", "/shops", ShopUnderTest.body(), headers: ["Idempotency-Key": "a b"])
    #expect(blank.code == "invalid_idempotency_key")
  }

  @Test("A batch answers each id as an item, a tombstone or unknown")
  func batch() async throws {
    let shop = try await ShopUnderTest.shared()
    let live = try await shop.create().id
    let dead = try await shop.create().id
    _ = try await shop.api.send("DELETE", "/shops/\(dead)")
    let never = Identifier.v7(at: Timestamp(milliseconds: 5))
    let batch = try await shop.service.get("/shops?ids=\(live),\(dead),\(never)").decode(Batch<Shop>.self)
    #expect(batch.items.map(\.id) == [live])
    #expect(batch.deleted.map(\.id) == [dead])
    #expect(batch.unknown == [never])
    #expect(try await shop.api.get("/shops?ids=\(live)").status == 403)
    #expect(try await shop.api.get("/shops/versions").status == 403)
    let tooMany = (0..<501).map { Identifier.v7(at: Timestamp(milliseconds: Int64($0))).description }.joined(separator: ",")
    #expect(try await shop.service.get("/shops?ids=\(tooMany)").status == 400)
  }

  @Test("Pages of shops and of versions come back whole, each once, in the order of their ids")
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

  @Test("What changed lately is in versions?changedSince, deleted shops too")
  func changedSince() async throws {
    let shop = try await ShopUnderTest.shared()
    let old = try await shop.create()
    try await shop.postgres.psql(
      "UPDATE outbox SET time = time - interval '1 hour' WHERE subject = '\(old.id)'", database: "shop")
    let dead = try await shop.create()
    _ = try await shop.api.send("DELETE", "/shops/\(dead.id)")
    let page = try await shop.service.get("/shops/versions?limit=5000&changedSince=\(dead.createdAt.rfc3339)").decode(
      Page<AggregateVersion>.self)
    #expect(page.items.contains(AggregateVersion(id: dead.id, version: 2, deleted: true)))
    #expect(!page.items.contains { $0.id == old.id })
  }

  @Test("Republishing needs an operator and criteria, and a dry run publishes nothing")
  func republish() async throws {
    let shop = try await ShopUnderTest.shared()
    let id = try await shop.create().id
    let api = shop.api.acting(as: ShopUnderTest.operator)
    #expect(try await shop.api.send("POST", "/admin/republish", #"{"all":true}"#).status == 403)
    #expect(try await api.send("POST", "/admin/republish", "{}").status == 422)
    func events() async throws -> String {
      try await shop.postgres.psql("SELECT count(*) FROM outbox WHERE subject = '\(id)'", database: "shop")
    }
    let dry = try await api.send("POST", "/admin/republish", #"{"ids":["\#(id)"],"dryRun":true}"#)
    #expect(dry.status == 202)
    #expect(dry.text.contains(#""matched":1"#))
    #expect(try await events() == "1")
    #expect(try await api.send("POST", "/admin/republish", #"{"ids":["\#(id)"]}"#).status == 202)
    try await eventually("the second event") { try await events() == "2" }
  }
}

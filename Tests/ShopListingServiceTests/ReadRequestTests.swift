import Contracts
import Events
import Testing
import Web

@testable import ShopListingService

@Suite("Request targets")
struct ReadRequestTests {
  @Test(
    "Equivalent request targets have the same canonical text",
    arguments: [
      ("/listings", "/listings?limit=20"),
      ("/listings", "/listings?sort=newest"),
      ("/listings", "/listings?"),
      ("/listings?district=mapo&category=chicken", "/listings?category=chicken&district=mapo"),
      ("/listings?district=mapo", "/listings?district=%6dapo"),
      ("/listings/0198c0de-0000-7abc-8def-000000000001", "/listings/0198C0DE-0000-7ABC-8DEF-000000000001"),
      ("/search?q=%EC%B9%98%ED%82%A8", "/search?q=치킨"),
      ("/search?q=%EC%B9%98%ED%82%A8", "/search?q=%E1%84%8E%E1%85%B5%E1%84%8F%E1%85%B5%E1%86%AB"),
      ("/search?q=bbq+chicken", "/search?q=%20BBQ%20%20Chicken"),
    ])
  func same(one: String, other: String) throws {
    let first = try #require(ReadRequest(target: one))
    let second = try #require(ReadRequest(target: other))
    #expect(first.canonical == second.canonical)
  }

  @Test("Request targets that are not equivalent have different canonical texts")
  func different() throws {
    let cursor = PagePosition.list("0\(SortKey.fee(Money(amount: 3000))):0198c0de-0000-7abc-8def-000000000001", .fee).cursor
    let targets = [
      "/listings", "/listings?district=mapo", "/listings?category=chicken", "/listings?sort=fee", "/listings?limit=21",
      "/listings?sort=fee&cursor=\(cursor)", "/listings/0198c0de-0000-7abc-8def-000000000001", "/search?q=a", "/search?q=b",
      "/search?q=a&district=mapo", "/search?q=a&limit=5", "/search?q=a+b", "/search?q=ab",
    ]
    let texts = try targets.map { try #require(ReadRequest(target: $0), "\($0)").canonical }
    #expect(Set(texts).count == targets.count)
    #expect(texts.allSatisfy { !$0.hasPrefix("/") })
  }

  @Test(
    "Request targets that are not valid reads are left to the routes",
    arguments: [
      "/", "/listing", "/listingsx", "/listings/", "/listings/x", "/listings/0198c0de-0000-7abc-8def-000000000001/menu",
      "/searchx",
      "/listings?district=gotham", "/listings?district=", "/listings?category=Chicken", "/listings?sort=price",
      "/listings?limit=0",
      "/listings?limit=101", "/listings?limit=+5", "/listings?limit=1e1", "/listings?limit=", "/listings?page=2",
      "/listings?cursor=",
      "/listings?cursor=%00", "/listings?cursor=AAAA", "/listings?district=%zz", "/listings?district=%ff", "/listings/x?y",
      "/listings/0198c0de-0000-7abc-8def-000000000001?x=1", "/search", "/search?q=", "/search?q=%20", "/search?q=%00",
      "/search?q=%0a",
      "/search?q=a&category=chicken", "http://host/listings", "*",
    ])
  func invalid(target: String) {
    #expect(ReadRequest(target: target) == nil)
  }

  @Test("A query may have 100 characters and not 101")
  func queryLength() {
    #expect(ReadRequest(target: "/search?q=" + String(repeating: "a", count: 100)) != nil)
    #expect(ReadRequest(target: "/search?q=" + String(repeating: "a", count: 101)) == nil)
  }

  @Test("A cursor encodes its position, and is valid for its sort order only")
  func cursors() throws {
    let position = "1\(SortKey.fee(Money(amount: 3000))):0198c0de-0000-7abc-8def-000000000001"
    let cursor = PagePosition.list(position, .fee).cursor
    guard case .list(let query) = ReadRequest(target: "/listings?sort=fee&cursor=\(cursor)") else {
      Issue.record("not a list")
      return
    }
    #expect(query.after?.text == position)
    #expect(ReadRequest(target: "/listings?sort=newest&cursor=\(cursor)") == nil)
    #expect(ReadRequest(target: "/search?q=a&cursor=\(cursor)") == nil)
    let hit = SearchHit(isOpen: true, shop: Identifier("0198c0de-0000-7abc-8def-000000000001")!)
    guard case .search(let search) = ReadRequest(target: "/search?q=a&cursor=\(PagePosition.search(hit).cursor)") else {
      Issue.record("not a search")
      return
    }
    #expect(search.after == hit)
  }

  @Test(
    "The id of a dead letter is the id of a stream entry",
    arguments: [
      ("1-0", true), ("1700000000000-12", true), ("1", false), ("-", false), ("1-", false), ("a-1", false), ("1-0-0", false),
      ("99999999999999999999999-0", false),
    ])
  func entryIDs(text: String, isValid: Bool) {
    #expect(DeadLetters.isEntryID(text) == isValid)
  }
}

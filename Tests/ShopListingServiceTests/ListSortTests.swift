import Contracts
import Testing

@testable import ShopListingService

@Suite("Sort orders of lists")
struct ListSortTests {
  private let shop = Identifier("0198c0de-0000-7abc-8def-000000000001")!

  @Test("The newer of two shops has the smaller key")
  func newest() {
    let times: [Int64] = [-5, 0, 1, 1_700_000_000_000, 1_700_000_000_001, 999_999_999_999_999]
    let keys = times.map { SortKey.newest(Timestamp(milliseconds: $0)) }
    #expect(keys.dropFirst() == keys.dropFirst().sorted(by: >)[...])
    #expect(keys.allSatisfy { $0.count == SortKey.length(of: .newest) })
  }

  @Test("The lower of two fees has the smaller key")
  func fees() {
    let keys = [0, 1, 900, 3000, 100_000_000, Int64.max].map { SortKey.fee(Money(amount: $0)) }
    #expect(keys == keys.sorted())
    #expect(Set(keys).count == keys.count)
    #expect(keys.allSatisfy { $0.count == SortKey.length(of: .fee) })
  }

  @Test("The higher rating has the smaller key; among equals the one with more reviews")
  func ratings() {
    let ratings = [
      Rating(average: 5, count: 1000), Rating(average: 5, count: 1), Rating(average: 4.667, count: 3),
      Rating(average: 4.666, count: 900),
      Rating(average: 1, count: 1), .none,
    ]
    let keys = ratings.map { SortKey.rating($0) }
    #expect(keys == keys.sorted())
    #expect(keys.allSatisfy { $0.count == SortKey.length(of: .rating) })
  }

  @Test("More reviews have the smaller key")
  func reviews() {
    let keys = [1_000_000, 12, 11, 1, 0].map { SortKey.reviews(Rating(average: 3, count: $0)) }
    #expect(keys == keys.sorted())
    #expect(keys.allSatisfy { $0.count == SortKey.length(of: .reviews) })
  }

  @Test("A shop that isn't open comes after every open one")
  func closedLast() {
    let open = ListPosition(isOpen: true, key: SortKey.fee(Money(amount: 9_999_999)), shop: shop)
    let closed = ListPosition(isOpen: false, key: SortKey.fee(Money(amount: 0)), shop: shop)
    #expect(open.text < closed.text)
  }

  @Test("A position is parsed from its text", arguments: ListSort.allCases)
  func roundTrip(sort: ListSort) {
    let key = String(repeating: "7", count: SortKey.length(of: sort))
    let position = ListPosition(isOpen: false, key: key, shop: shop)
    #expect(ListPosition(text: position.text, sort: sort) == position)
  }

  @Test(
    "Malformed positions are rejected",
    arguments: [
      "", "0", "2000000003000:0198c0de-0000-7abc-8def-000000000001", "0000000003000:0198C0DE-0000-7abc-8def-000000000001",
      "00000000300x:0198c0de-0000-7abc-8def-000000000001", "0000000003000;0198c0de-0000-7abc-8def-000000000001",
      "0000000003000:0198c0de-0000-7abc-8def-00000000000", "000000003000:0198c0de-0000-7abc-8def-000000000001",
    ])
  func rejects(text: String) {
    #expect(ListPosition(text: text, sort: .fee) == nil)
  }

  @Test("A hit is parsed from its text; open shops come first, then newer ones")
  func hits() throws {
    let newer = Identifier("0198c0de-0001-7abc-8def-000000000001")!
    let hits = [
      SearchHit(isOpen: true, shop: newer), SearchHit(isOpen: true, shop: shop), SearchHit(isOpen: false, shop: newer),
      SearchHit(isOpen: false, shop: shop),
    ]
    #expect(hits == hits.reversed().sorted())
    for hit in hits { #expect(SearchHit(text: hit.text) == hit) }
    #expect(SearchHit(text: "2\(shop)") == nil)
    #expect(SearchHit(text: "0") == nil)
  }
}

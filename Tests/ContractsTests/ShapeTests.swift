import Contracts
import Testing

/// The exact JSON that other programs rely on.
struct ShapeTests {
  @Test("Money is whole won with its currency")
  func money() throws {
    #expect(try encoded(Money(amount: 23_000)) == #"{"amount":23000,"currency":"KRW"}"#)
    #expect(try decoded(#"{"currency":"KRW","amount":23000}"#, as: Money.self) == Money(amount: 23_000))
  }

  @Test(
    "Money in another currency, with fractions, or as text is rejected",
    arguments: [
      #"{"amount":1,"currency":"USD"}"#, #"{"amount":1,"currency":"krw"}"#, #"{"amount":1}"#, #"{"currency":"KRW"}"#,
      #"{"amount":1.5,"currency":"KRW"}"#, #"{"amount":"1","currency":"KRW"}"#, #"{"amount":null,"currency":"KRW"}"#,
      #"{"amount":9223372036854775808,"currency":"KRW"}"#, "23000",
    ])
  func wrongMoney(text: String) {
    #expect(throws: DecodingError.self) { try decoded(text, as: Money.self) }
  }

  @Test("A shop has exactly these members")
  func shop() throws {
    let shop = try exampleShop()
    let text = """
      {"address":"서울특별시 마포구 양화로 12","category":"chicken","createdAt":"2026-01-01T00:00:00.000Z",\
      "deliveryFee":{"amount":0,"currency":"KRW"},"district":"mapo","id":"0198c0de-0000-7abc-8def-000000000001",\
      "location":{"latitude":37.5,"longitude":126.75},"menu":[{"description":"두 번 튀깁니다",\
      "id":"0198c0de-0000-7abc-8def-000000000003","name":"후라이드","price":{"amount":18000,"currency":"KRW"}},\
      {"id":"0198c0de-0000-7abc-8def-000000000004","name":"콜라","price":{"amount":2000,"currency":"KRW"}}],\
      "minimumOrder":{"amount":15000,"currency":"KRW"},"name":"달빛치킨 서교점","ownerId":"0198c0de-0000-7abc-8def-000000000002",\
      "status":"open","updatedAt":"2026-01-02T00:00:00.000Z","version":7}
      """
    #expect(try encoded(shop) == text)
    #expect(try decoded(text, as: Shop.self) == shop)
  }

  @Test("The cursor of the last page is null, or missing")
  func page() throws {
    let last = try encoded(Page(items: [1, 2], nextCursor: nil))
    #expect([#"{"items":[1,2]}"#, #"{"items":[1,2],"nextCursor":null}"#].contains(last))
    #expect(try encoded(Page(items: [1], nextCursor: "abc")) == #"{"items":[1],"nextCursor":"abc"}"#)
    #expect(try decoded(#"{"items":[],"nextCursor":null}"#, as: Page<Int>.self).nextCursor == nil)
  }

  @Test("A batch contains shops, tombstones and unknown ids")
  func batch() throws {
    let id = try #require(Identifier("0198c0de-0000-7abc-8def-000000000009"))
    let batch = Batch<Shop>(items: [], deleted: [Tombstone(id: id, version: 3)], unknown: [id])
    #expect(try encoded(batch) == #"{"deleted":[{"id":"\#(id)","version":3}],"items":[],"unknown":["\#(id)"]}"#)
  }

  @Test("A version entry has an id, a version and whether the shop is deleted")
  func version() throws {
    let id = try #require(Identifier("0198c0de-0000-7abc-8def-000000000009"))
    #expect(try encoded(AggregateVersion(id: id, version: 3, deleted: true)) == #"{"deleted":true,"id":"\#(id)","version":3}"#)
  }

  @Test("The event types are spelt as in the streams")
  func eventTypes() {
    let types: [EventType] = [.shopCreated, .shopUpdated, .shopStatusChanged, .shopMenuChanged, .shopDeleted]
    #expect(
      types.map(\.rawValue) == ["shop.created", "shop.updated", "shop.statusChanged", "shop.menuChanged", "shop.deleted"])
  }

  @Test("There are the 25 districts of Seoul and 17 categories, each with a Korean name of its own")
  func slugs() {
    #expect(District.allCases.count == 25)
    #expect(Set(District.allCases.map(\.label)).count == 25)
    #expect(District.allCases.allSatisfy { $0.label.hasSuffix("구") })
    #expect(Category.allCases.count == 17)
    #expect(Set(Category.allCases.map(\.label)).count == 17)
    #expect((District.allCases.map(\.rawValue) + Category.allCases.map(\.rawValue)).allSatisfy(isSlug))
  }

  private func isSlug(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
  }

  private func exampleShop() throws -> Shop {
    func id(_ last: Int) throws -> Identifier { try #require(Identifier("0198c0de-0000-7abc-8def-00000000000\(last)")) }
    return Shop(
      id: try id(1), ownerId: try id(2), name: "달빛치킨 서교점", category: .chicken, district: .mapo,
      location: Location(latitude: 37.5, longitude: 126.75), address: "서울특별시 마포구 양화로 12",
      minimumOrder: Money(amount: 15_000), deliveryFee: Money(amount: 0), status: .open,
      menu: [
        MenuItem(id: try id(3), name: "후라이드", price: Money(amount: 18_000), description: "두 번 튀깁니다"),
        MenuItem(id: try id(4), name: "콜라", price: Money(amount: 2000), description: nil),
      ],
      version: 7, createdAt: Timestamp(milliseconds: 1_767_225_600_000), updatedAt: Timestamp(milliseconds: 1_767_312_000_000))
  }
}

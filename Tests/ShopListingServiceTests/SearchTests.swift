import Contracts
import TestSupport
import Testing

@testable import ShopListingService

@Suite("Search")
struct SearchTests {
  private static let names: [(String, Contracts.Category, District, ShopStatus)] = [
    ("달빛치킨 서교점", .chicken, .mapo, .open),  // 0
    ("BBQ 치킨 홍대점", .chicken, .mapo, .open),  // 1
    ("치즈나라 피자", .pizza, .mapo, .closed),  // 2
    ("Pizza School 강남", .pizza, .gangnam, .open),  // 3
    ("할매순대국", .korean, .gangnam, .open),  // 4
    ("까치네 떡볶이", .bunsik, .jung, .open),  // 5
    ("ㅋㅋ치킨", .chicken, .jung, .paused),  // 6
    ("Café 봄", .cafe, .jung, .open),  // 7
  ]

  private static let cases: [(String, [Int])] = [
    ("치킨", [1, 0, 6]),
    ("ㅊㅋ", [1, 0, 6]),
    ("치ㅋ", [1, 0, 6]),
    ("ㅊ킨", [1, 0, 6]),
    ("\u{110E}\u{1175}\u{110F}\u{1175}\u{11AB}", [1, 0, 6]),
    ("\u{110E}\u{110F}", [1, 0, 6]),
    ("달빛", [0]),
    ("빛치", [0]),
    ("빛ㅊㅋ", [0]),
    ("ㄷㅂㅊㅋ", [0]),
    ("서교", [0]),
    ("교점", [0]),
    ("bbq", [1]),
    ("BbQ", [1]),
    ("bq", [1]),
    ("bbq 치킨", [1]),
    ("치킨 bbq", [1]),
    ("치킨 홍대 ㅂ", []),
    ("치킨 홍대 b", [1]),
    ("피자", [3, 2]),
    ("pizza", [3]),
    ("school pizza", [3]),
    ("피자 school", [3]),
    ("순대", [4]),
    ("ㅅㄷㄱ", [4]),
    ("한식", [4]),
    ("ㄲㅊ", [5]),
    ("ㄸㅂㅇ", [5]),
    ("떡ㅂ이", [5]),
    ("치", [5, 1, 0, 6, 2]),
    ("ㅋㅋㅊㅋ", [6]),
    ("ㅋㅋ", [6]),
    ("café", [7]),
    ("카페", [7]),
    ("없는집", []),
    ("치킨피자", []),
    ("!!!", []),
    ("ㅎㄷㅈ", [1]),
  ]

  private func withNames(_ body: @escaping @Sendable (TestReadModel) async throws -> Void) async throws {
    try await withReadModel { test in
      try await test.write(
        Self.names.enumerated().map { number, shop in
          .sample(number, name: shop.0, category: shop.1, district: shop.2, status: shop.3)
        })
      try await body(test)
    }
  }

  @Test("Shops are found by a word, a part of a word, initial consonants, and several words")
  func finds() async throws {
    try await withNames { test in
      for (query, expected) in Self.cases {
        let page = try await test.page("/search?q=\(percentEncoded(query))")
        #expect(page.ids == expected.map { .sample($0) }, "\(query)")
        #expect(page.nextCursor == nil)
      }
    }
  }

  @Test("A search can be filtered by district")
  func districts() async throws {
    try await withNames { test in
      let (mapo, gangnam) = (
        try await test.page("/search?q=ㅊㅋ&district=mapo"), try await test.page("/search?q=ㅊㅋ&district=gangnam")
      )
      #expect(mapo.ids == [.sample(1), .sample(0)])
      #expect(gangnam.ids == [])
    }
  }

  @Test("A renamed shop is found by its new name only; a closed shop comes after the open ones")
  func changes() async throws {
    try await withNames { test in
      let shop = Shop.sample(0, name: "새벽치킨", version: 2)
      try await test.write(shop)
      #expect(try await test.page("/search?q=달빛").ids == [])
      #expect(try await test.page("/search?q=새벽").ids == [.sample(0)])
      try await test.write(.sample(1, name: "BBQ 치킨 홍대점", status: .closed, version: 2))
      #expect(try await test.page("/search?q=치킨&district=mapo").ids == [.sample(0), .sample(1)])
    }
  }

  @Test("The pages together are all results, with each shop once", arguments: ["가게", "가게 ㄱㄱ"])
  func pages(query: String) async throws {
    try await withReadModel { test in
      let shops = (0..<50).map { number in
        Shop.sample(
          number, name: "가게\(number) 가게들", category: .korean, district: District.allCases[number % 25],
          status: number % 7 == 0 ? .closed : .open)
      }
      try await test.write(shops)
      var ids: [Identifier] = []
      var cursor: String?
      repeat {
        let page = try await test.page("/search?q=\(percentEncoded(query))&limit=8" + (cursor.map { "&cursor=\($0)" } ?? ""))
        ids += page.ids
        cursor = page.nextCursor
      } while cursor != nil
      let (open, others) = (shops.filter { $0.status == .open }, shops.filter { $0.status != .open })
      #expect(ids == open.map(\.id).reversed() + others.map(\.id).reversed())
    }
  }

  private func percentEncoded(_ text: String) -> String {
    text.utf8.map { byte in
      let digits = String(byte, radix: 16)
      return "%" + (digits.count == 1 ? "0" : "") + digits
    }.joined()
  }
}

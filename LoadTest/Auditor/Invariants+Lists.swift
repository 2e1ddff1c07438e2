import Contracts
import NIOCore
import Redis

/// The attributes of a shop that determine its positions in lists.
struct ListedShop: Sendable {
  let id: Identifier
  let district: District
  let category: Contracts.Category
  let isOpen: Bool
  let createdAt: Timestamp
  let deliveryFee: Money
  let rating: Rating

  init(_ shop: Shop, _ rating: Rating) {
    (id, district, category, isOpen) = (shop.id, shop.district, shop.category, shop.status == .open)
    (createdAt, deliveryFee, self.rating) = (shop.createdAt, shop.deliveryFee, rating)
  }

  /// A list's sort key: open shops first, then by the sort. Implemented independently of shop-listing, as an oracle.
  fileprivate func sortKey(in sort: String) -> [Int64] {
    let ratingTotals = Int64((rating.average * 1000).rounded())
    let criteria =
      switch sort {
      case "newest": [-createdAt.milliseconds]
      case "fee": [deliveryFee.amount]
      case "rating": [-ratingTotals, -Int64(rating.count)]
      default: [-Int64(rating.count)]
      }
    return [isOpen ? 0 : 1] + criteria
  }
}

private let sorts = ["newest", "fee", "rating", "reviews"]
/// The number of characters of an id.
private let idLength = 36

/// Each list of `shop-listing`, `list:<district|all>:<category|all>:<sort>`, has exactly its shops, each once and sorted; the search index
/// of each district has exactly its shops.
func listsEqualShops(_ shops: [ListedShop], _ context: AuditContext) async throws -> Finding {
  var finding = Finding()
  for sort in sorts {
    let sortKeys = Dictionary(uniqueKeysWithValues: shops.map { ($0.id, $0.sortKey(in: sort)) })
    let sorted = shops.sorted { left, right in
      let (one, other) = (sortKeys[left.id] ?? [], sortKeys[right.id] ?? [])
      return one == other ? left.id.description < right.id.description : one.lexicographicallyPrecedes(other)
    }
    for district in [nil] + District.allCases.map(Optional.some) {
      let ofDistrict = sorted.filter { district == nil || $0.district == district }
      for category in [nil] + Contracts.Category.allCases.map(Optional.some) {
        let key = "list:\(district?.rawValue ?? "all"):\(category?.rawValue ?? "all"):\(sort)"
        let expected = ofDistrict.filter { category == nil || $0.category == category }.map(\.id.description)
        let shown = try await context.cache.zrangeByLex(key).map { String($0.suffix(idLength)) }
        finding.check(shown == expected, "\(key) \(difference(shown, expected))")
      }
    }
  }
  for district in District.allCases {
    // `<term>\0<0 open|1 not><id>`
    let found = Set(try await context.cache.zrangeByLex("search:\(district.rawValue)").map { $0.suffix(idLength + 1) })
    let expected = Set(shops.filter { $0.district == district }.map { "\($0.isOpen ? 0 : 1)\($0.id)"[...] })
    finding.check(
      found.isSubset(of: expected),
      "search:\(district.rawValue) finds \(found.subtracting(expected).sorted().joined(separator: ", "))")
    finding.check(
      expected.isSubset(of: found),
      "search:\(district.rawValue) misses \(expected.subtracting(found).sorted().joined(separator: ", "))")
  }
  return finding
}

private func difference(_ shown: [String], _ expected: [String]) -> String {
  let (extra, missing) = (Set(shown).subtracting(expected), Set(expected).subtracting(shown))
  if !extra.isEmpty { return "has \(extra.sorted().prefix(3).joined(separator: ", ")), which do not belong there" }
  if !missing.isEmpty { return "lacks \(missing.sorted().prefix(3).joined(separator: ", "))" }
  if shown.count != expected.count { return "has duplicates: \(shown.count) entries for \(expected.count) shops" }
  let first = zip(shown, expected).first { $0 != $1 }
  return "is not sorted from \(first?.0 ?? "?") on"
}

/// The list of each customer and each shop in `order-history` has exactly its orders, each under its status and under 0 for all statuses.
func historyListsEqualOrders(_ context: AuditContext) async throws -> Finding {
  var finding = Finding()
  let orders = try await context.orders()
  let lists =
    Dictionary(grouping: orders, by: \.customerId).map { ("customer", "c", $0.key, $0.value) }
    + Dictionary(grouping: orders, by: \.shopId).map { ("shop", "s", $0.key, $0.value) }
  for (owner, prefix, id, orders) in lists {
    var key = ByteBuffer(string: "history:\(prefix):")
    key.writeMultipleIntegers(id.words.high, id.words.low)
    let shown = try await context.cache.send(RedisCommand("ZRANGE", .bytes(key), 0, -1)).elements().compactMap {
      try $0.optionalBytes()
    }
    let expected = orders.flatMap { [member(0, $0), member(code(of: $0.status), $0)] }
    finding.check(
      Set(shown) == Set(expected),
      """
      the list of \(owner) \(id) lacks \(Set(expected).subtracting(shown).count) of \(expected.count) entries, and has \
      \(Set(shown).subtracting(expected).count) that do not belong there
      """)
  }
  return finding
}

/// One byte for the status, six for the time of placing in milliseconds, sixteen for the order's id.
private func member(_ status: UInt8, _ order: DatabaseFacts.OrderRow) -> ByteBuffer {
  var bytes = ByteBuffer()
  let placedAt = order.placedAt.milliseconds
  bytes.writeMultipleIntegers(
    status, UInt16(truncatingIfNeeded: placedAt >> 32), UInt32(truncatingIfNeeded: placedAt), order.id.words.high,
    order.id.words.low)
  return bytes
}

private func code(of status: OrderStatus) -> UInt8 {
  UInt8((OrderStatus.allCases.firstIndex(of: status) ?? -1) + 1)
}

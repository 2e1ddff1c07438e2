import Contracts
import NIOCore
import Redis

/// A shop, as far as lists place it.
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

  /// What a list goes by: shops that are open first, then the best, then by id. The rule is written here once more, on purpose.
  fileprivate func place(in sort: String) -> [Int64] {
    let stars = Int64((rating.average * 1000).rounded())
    let best =
      switch sort {
      case "newest": [-createdAt.milliseconds]
      case "fee": [deliveryFee.amount]
      case "rating": [-stars, -Int64(rating.count)]
      default: [-Int64(rating.count)]
      }
    return [isOpen ? 0 : 1] + best
  }
}

private let sorts = ["newest", "fee", "rating", "reviews"]
/// Characters of an id.
private let idLength = 36

/// Each list of `shop-listing`, `list:<district|all>:<category|all>:<sort>`, has the shops that belong there, each once and in their order; and
/// the search index of each district has its shops, and no others.
func listsEqualShops(_ shops: [ListedShop], _ evidence: Evidence) async throws -> Finding {
  var finding = Finding()
  for sort in sorts {
    let places = Dictionary(uniqueKeysWithValues: shops.map { ($0.id, $0.place(in: sort)) })
    let inOrder = shops.sorted { left, right in
      let (one, other) = (places[left.id] ?? [], places[right.id] ?? [])
      return one == other ? left.id.description < right.id.description : one.lexicographicallyPrecedes(other)
    }
    for district in [nil] + District.allCases.map(Optional.some) {
      let ofDistrict = inOrder.filter { district == nil || $0.district == district }
      for category in [nil] + Contracts.Category.allCases.map(Optional.some) {
        let key = "list:\(district?.rawValue ?? "all"):\(category?.rawValue ?? "all"):\(sort)"
        let due = ofDistrict.filter { category == nil || $0.category == category }.map(\.id.description)
        let shown = try await evidence.cache.zrangeByLex(key).map { String($0.suffix(idLength)) }
        finding.check(shown == due, "\(key) \(difference(shown, due))")
      }
    }
  }
  for district in District.allCases {
    // `<term>\0<0 open|1 not><id>`
    let found = Set(try await evidence.cache.zrangeByLex("search:\(district.rawValue)").map { $0.suffix(idLength + 1) })
    let due = Set(shops.filter { $0.district == district }.map { "\($0.isOpen ? 0 : 1)\($0.id)"[...] })
    finding.check(
      found.isSubset(of: due), "search:\(district.rawValue) finds \(found.subtracting(due).sorted().joined(separator: ", "))")
    finding.check(
      due.isSubset(of: found), "search:\(district.rawValue) misses \(due.subtracting(found).sorted().joined(separator: ", "))")
  }
  return finding
}

private func difference(_ shown: [String], _ due: [String]) -> String {
  let (extra, missing) = (Set(shown).subtracting(due), Set(due).subtracting(shown))
  if !extra.isEmpty { return "has \(extra.sorted().prefix(3).joined(separator: ", ")), which don't belong there" }
  if !missing.isEmpty { return "lacks \(missing.sorted().prefix(3).joined(separator: ", "))" }
  if shown.count != due.count { return "has shops twice: \(shown.count) entries for \(due.count) shops" }
  let first = zip(shown, due).first { $0 != $1 }
  return "is out of order from \(first?.0 ?? "?") on"
}

/// The list of each customer and each shop at `order-history` has its orders, each below its status and below 0 for all, and nothing else.
func historyListsEqualOrders(_ evidence: Evidence) async throws -> Finding {
  var finding = Finding()
  let orders = try await evidence.orders()
  let lists =
    Dictionary(grouping: orders, by: \.customerId).map { ("customer", "c", $0.key, $0.value) }
    + Dictionary(grouping: orders, by: \.shopId).map { ("shop", "s", $0.key, $0.value) }
  for (owner, letter, id, orders) in lists {
    var key = ByteBuffer(string: "history:\(letter):")
    key.writeMultipleIntegers(id.words.high, id.words.low)
    let shown = try await evidence.cache.send(RedisCommand("ZRANGE", .bytes(key), 0, -1)).elements().compactMap {
      try $0.optionalBytes()
    }
    let due = orders.flatMap { [member(0, $0), member(code(of: $0.status), $0)] }
    finding.check(
      Set(shown) == Set(due),
      """
      the list of \(owner) \(id) lacks \(Set(due).subtracting(shown).count) of \(due.count) entries, and has \
      \(Set(shown).subtracting(due).count) that don't belong there
      """)
  }
  return finding
}

/// A byte for the status, six for the moment of placing in milliseconds, sixteen for the order's id.
private func member(_ status: UInt8, _ order: DatabaseFacts.OrderLine) -> ByteBuffer {
  var bytes = ByteBuffer()
  let moment = order.placedAt.milliseconds
  bytes.writeMultipleIntegers(
    status, UInt16(truncatingIfNeeded: moment >> 32), UInt32(truncatingIfNeeded: moment), order.id.words.high, order.id.words.low)
  return bytes
}

private func code(of status: OrderStatus) -> UInt8 {
  UInt8((OrderStatus.allCases.firstIndex(of: status) ?? -1) + 1)
}

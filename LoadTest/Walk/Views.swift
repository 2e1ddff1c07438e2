import Contracts

/// What the tour reads of a shop that the shop service or the listing shows.
struct ShopView: Decodable {
  let id: Identifier
  let name: String
  let status: ShopStatus
  let deliveryFee: Money
  let menu: [MenuItem]
}

/// What the tour reads of a card in a list.
struct CardView: Codable {
  let id: Identifier
  let status: ShopStatus
}

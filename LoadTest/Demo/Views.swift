import Contracts

/// The members of a shop that the demo reads, from the shop service or the listing.
struct ShopView: Decodable {
  let id: Identifier
  let name: String
  let status: ShopStatus
  let deliveryFee: Money
  let menu: [MenuItem]
  /// Only in the listing.
  let rating: Rating?
}

/// The members of a list's card that the demo reads.
struct CardView: Codable {
  let id: Identifier
  let name: String
  let status: ShopStatus
  let rating: Rating?
}

/// The response of `GET /orders/{id}/saga`.
struct SagaView: Decodable {
  struct Entry: Decodable {
    let step: String
    let outcome: String
    let at: Timestamp
  }

  let step: String
  let status: String
  let attempts: Int
  let deadline: Timestamp?
  let lastError: String?
  let history: [Entry]
}

/// The response of `GET /riders/{id}/offers`.
struct OffersView: Decodable {
  struct Offer: Decodable {
    let deliveryId: Identifier
    let orderId: Identifier
    let distanceMeters: Double
  }

  let items: [Offer]
}

/// A document of which only the id is read.
struct IdentifiedView: Decodable {
  let id: Identifier
}

/// An item of `GET /ledger/transactions?paymentId=…`.
struct LedgerTransactionView: Decodable {
  struct Entry: Decodable {
    let account: String
    let debit: Money
    let credit: Money
  }

  let kind: String
  let entries: [Entry]
}

/// An item of `GET /ledger/accounts`.
struct LedgerAccountView: Decodable {
  let account: String
  let debit: Money
  let credit: Money
  let balance: Money
}

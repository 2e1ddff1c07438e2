import Persistence
import Contracts
import Idempotency
import Postgres

/// What is needed to place an order: the shop as this service knows it, with the dishes asked for, and the first answer if the
/// request was answered before. Always one row.
struct SelectOrderableShop: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT answers.fingerprint, answers.subject, answers.version, answers.body,
      shops.id, shops.deleted, shops.owner_id, shops.name, shops.address, shops.latitude, shops.longitude, shops.status,
      shops.minimum_order, shops.delivery_fee, items.ids, items.names, items.prices
    FROM (SELECT) AS one
    LEFT JOIN idempotency_keys AS answers ON answers.principal = $1 AND answers.key = $2
    LEFT JOIN shops ON shops.id = $3
    LEFT JOIN LATERAL (
      SELECT array_agg(item.id) AS ids, array_agg(shops.menu -> item.id ->> 'name') AS names,
        array_agg((shops.menu -> item.id ->> 'price')::bigint) AS prices
      FROM unnest($4::text[]) AS item (id)
      WHERE shops.menu ? item.id
    ) AS items ON true
    """
  let request: IdempotentRequest
  let shop: Identifier
  let items: [Identifier]

  struct Row: Sendable {
    let answer: FirstAnswer?
    /// `nil` if there is no such shop, or no more.
    let shop: OrderableShop?
  }

  /// What the request was answered when it came for the first time.
  struct FirstAnswer: Sendable {
    let fingerprint: String
    let document: Document
  }

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(request.principal)
    parameters.append(request.key)
    parameters.append(shop.description)
    parameters.append(items.map(\.description))
  }

  static func decode(_ row: inout PostgresRow) throws -> Row {
    let answer = try firstAnswer(&row)
    return Row(answer: answer, shop: try offer(&row))
  }

  /// Four columns, all of them NULL if there is none.
  private static func firstAnswer(_ row: inout PostgresRow) throws -> FirstAnswer? {
    let fingerprint = try row.next(String?.self)
    let subject = try row.optionalIdentifier()
    let version = try row.next(Int64?.self)
    let body = try row.next([UInt8]?.self)
    guard let fingerprint, let subject, let version else { return nil }
    return FirstAnswer(fingerprint: fingerprint, document: Document(id: subject, version: version, json: body, isReplay: true))
  }

  /// The shop's columns, the first of which tells whether there is one.
  private static func offer(_ row: inout PostgresRow) throws -> OrderableShop? {
    guard let id = try row.optionalIdentifier(), try row.next(Bool.self) == false else { return nil }
    let owner = try row.identifier()
    let name = try row.next(String.self)
    let place = Address(
      address: try row.next(String.self),
      location: Location(latitude: try row.next(Double.self), longitude: try row.next(Double.self)))
    let status = try row.next(String.self)
    guard let status = ShopStatus(rawValue: status) else {
      throw PostgresError(.decoding, message: "\(status) is no status of a shop")
    }
    let minimumOrder = Money(amount: try row.next(Int64.self))
    let deliveryFee = Money(amount: try row.next(Int64.self))
    return OrderableShop(
      id: id, ownerId: owner, name: name, place: place, status: status, minimumOrder: minimumOrder, deliveryFee: deliveryFee,
      items: try items(&row))
  }

  /// Three arrays side by side, all of them NULL if nothing that was asked for is on the menu.
  private static func items(_ row: inout PostgresRow) throws -> [Identifier: OrderableShop.Item] {
    let ids = try row.next([String]?.self) ?? []
    let names = try row.next([String]?.self) ?? []
    let prices = try row.next([Int64]?.self) ?? []
    var items: [Identifier: OrderableShop.Item] = [:]
    for (id, (name, price)) in zip(ids, zip(names, prices)) {
      if let id = Identifier(id) { items[id] = OrderableShop.Item(name: name, price: Money(amount: price)) }
    }
    return items
  }
}

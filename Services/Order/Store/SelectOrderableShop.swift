import Contracts
import Idempotency
import Persistence
import Postgres

/// What is needed to place an order: the shop in the replica with the requested items, and the first response if the request was
/// executed before. Always returns one row.
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
    let firstResponse: StoredResponse?
    /// `nil` if the replica does not have the shop, or the shop was deleted.
    let shop: OrderableShop?
  }

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(request.principal)
    parameters.append(request.key)
    parameters.append(shop.description)
    parameters.append(items.map(\.description))
  }

  static func decode(_ row: inout PostgresRow) throws -> Row {
    let response = try firstResponse(&row)
    return Row(firstResponse: response, shop: try shop(&row))
  }

  /// Reads four columns, which are all NULL if there is no response.
  private static func firstResponse(_ row: inout PostgresRow) throws -> StoredResponse? {
    let fingerprint = try row.next(String?.self)
    let subject = try row.optionalIdentifier()
    let version = try row.next(Int64?.self)
    let body = try row.next([UInt8]?.self)
    guard let fingerprint, let subject, let version, let body else { return nil }
    return StoredResponse(fingerprint: fingerprint, subject: subject, version: version, body: body)
  }

  private static func shop(_ row: inout PostgresRow) throws -> OrderableShop? {
    guard let id = try row.optionalIdentifier(), try row.next(Bool.self) == false else { return nil }
    let owner = try row.identifier()
    let name = try row.next(String.self)
    let address = Address(
      address: try row.next(String.self),
      location: Location(latitude: try row.next(Double.self), longitude: try row.next(Double.self)))
    let status = try row.next(String.self)
    guard let status = ShopStatus(rawValue: status) else {
      throw PostgresError(.decoding, message: "\(status) is not a shop status")
    }
    let minimumOrder = Money(amount: try row.next(Int64.self))
    let deliveryFee = Money(amount: try row.next(Int64.self))
    return OrderableShop(
      id: id, ownerId: owner, name: name, address: address, status: status, minimumOrder: minimumOrder, deliveryFee: deliveryFee,
      items: try items(&row))
  }

  /// Reads three parallel arrays, which are all NULL if no requested item is on the menu.
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

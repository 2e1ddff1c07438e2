import Contracts
import Idempotency
import Persistence
import Postgres

/// What is needed to place an order: the shop in the replica with the requested items, and the first response if the request was
/// executed before. Always returns one row.
struct SelectOrderableShop: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT stored.fingerprint, stored.subject, stored.version, stored.body,
      shops.id, shops.deleted, shops.owner_id, shops.name, shops.address, shops.latitude, shops.longitude, shops.status,
      shops.minimum_order, shops.delivery_fee, items.ids, items.names, items.prices
    FROM (SELECT) AS one
    LEFT JOIN idempotency_keys AS stored ON stored.principal = $1 AND stored.key = $2
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
    parameters.append(shop)
    parameters.append(items)
  }

  static func decode(_ row: inout PostgresRow) throws -> Row {
    let response = try firstResponse(&row)
    return Row(firstResponse: response, shop: try shop(&row))
  }

  /// Reads four columns, which are all NULL if there is no response.
  private static func firstResponse(_ row: inout PostgresRow) throws -> StoredResponse? {
    let fingerprint = try row.next(String?.self)
    let subject = try row.next(Identifier?.self)
    let version = try row.next(Int64?.self)
    let body = try row.next([UInt8]?.self)
    guard let fingerprint, let subject, let version, let body else { return nil }
    return StoredResponse(fingerprint: fingerprint, subject: subject, version: version, body: body)
  }

  private static func shop(_ row: inout PostgresRow) throws -> OrderableShop? {
    guard let id = try row.next(Identifier?.self), try row.next(Bool.self) == false else { return nil }
    return try OrderableShop(
      id: id, ownerId: row.next(), name: row.next(),
      address: Address(address: row.next(), location: Location(latitude: row.next(), longitude: row.next())),
      status: row.next(), minimumOrder: row.next(), deliveryFee: row.next(), items: items(&row))
  }

  /// Reads three parallel arrays, which are all NULL if no requested item is on the menu.
  private static func items(_ row: inout PostgresRow) throws -> [Identifier: OrderableShop.Item] {
    let ids = try row.next([Identifier]?.self) ?? []
    let names = try row.next([String]?.self) ?? []
    let items = try zip(names, row.next([Int64]?.self) ?? []).map { OrderableShop.Item(name: $0, price: Money(amount: $1)) }
    return Dictionary(zip(ids, items)) { first, _ in first }
  }
}

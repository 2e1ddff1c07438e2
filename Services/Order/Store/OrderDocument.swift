import JSON
import Contracts
import NIOCore
import Postgres
import Web

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Orders and their events as the JSON that is stored and sent: written by hand, since every order is written several times in
/// its life.
enum OrderDocument {
  /// `Contracts.Order`.
  static func json(_ order: Order) -> [UInt8] {
    var json = JSONText(capacity: 1024 + order.items.count * 160)
    json.beginObject()
    json.addPlacement(OrderPlacement(order))
    json.add("status", order.status.rawValue)
    json.key("preparationMinutes")
    if let minutes = order.preparationMinutes { json.value(Int64(minutes)) } else { json.null() }
    json.key("reason")
    if let reason = order.reason { json.value(reason) } else { json.null() }
    json.add("version", order.version)
    json.add("placedAt", order.placedAt.rfc3339)
    json.add("updatedAt", order.updatedAt.rfc3339)
    json.key("timeline")
    json.beginArray()
    for change in order.timeline {
      json.beginObject()
      json.add("version", change.version)
      json.add("status", change.status.rawValue)
      json.add("at", change.at.rfc3339)
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return Array(buffer: json.buffer)
  }

  static func order(_ json: [UInt8]) throws -> Order {
    try decode(Order.self, json)
  }

  /// What is stored of an event beside its type, version and time.
  static func data(of event: OrderEvent) -> [UInt8] {
    var json = JSONText(capacity: 512)
    json.beginObject()
    switch event {
    case .placed(let placement): json.addPlacement(placement)
    case .accepted(let minutes): json.add("preparationMinutes", Int64(minutes))
    case .paymentFailed(let reason), .rejected(let reason), .cancelled(let reason), .expired(let reason):
      json.add("reason", reason)
    case .paid, .pickedUp, .delivered: break
    }
    json.endObject()
    return Array(buffer: json.buffer)
  }

  static func event(type: String, data: [UInt8]) throws -> OrderEvent {
    let status = OrderStatus.allCases.first { EventType(order: $0).rawValue == type }
    switch status {
    case .placed: return .placed(try decode(OrderPlacement.self, data))
    case .paid: return .paid
    case .paymentFailed: return .paymentFailed(reason: try decode(Reason.self, data).reason)
    case .accepted: return .accepted(preparationMinutes: try decode(Preparation.self, data).preparationMinutes)
    case .pickedUp: return .pickedUp
    case .delivered: return .delivered
    case .rejected: return .rejected(reason: try decode(Reason.self, data).reason)
    case .cancelled: return .cancelled(reason: try decode(Reason.self, data).reason)
    case .expired: return .expired(reason: try decode(Reason.self, data).reason)
    case nil: throw PostgresError(.decoding, message: "\(type) is no event of an order")
    }
  }

  private struct Reason: Decodable {
    let reason: String
  }

  private struct Preparation: Decodable {
    let preparationMinutes: Int
  }

  private static func decode<Value: Decodable>(_ type: Value.Type, _ json: [UInt8]) throws -> Value {
    do {
      return try decoder.decode(type, from: Data(json))
    } catch {
      throw PostgresError(.decoding, message: "a stored \(type) can't be read: \(error)")
    }
  }

  private static let decoder = JSONDecoder()
}

extension OrderPlacement {
  fileprivate init(_ order: Order) {
    self.init(
      id: order.id, customerId: order.customerId, shopId: order.shopId, ownerId: order.ownerId, shopName: order.shopName,
      pickup: order.pickup, deliveryAddress: order.deliveryAddress, items: order.items, subtotal: order.subtotal,
      deliveryFee: order.deliveryFee, total: order.total, paymentId: order.paymentId)
  }
}

extension JSONText {
  fileprivate mutating func addPlacement(_ order: OrderPlacement) {
    add("id", order.id.description)
    add("customerId", order.customerId.description)
    add("shopId", order.shopId.description)
    add("ownerId", order.ownerId.description)
    add("shopName", order.shopName)
    add("pickup", order.pickup)
    add("deliveryAddress", order.deliveryAddress)
    key("items")
    beginArray()
    for item in order.items {
      beginObject()
      add("menuItemId", item.menuItemId.description)
      add("name", item.name)
      add("price", item.price)
      add("quantity", Int64(item.quantity))
      endObject()
    }
    endArray()
    add("subtotal", order.subtotal)
    add("deliveryFee", order.deliveryFee)
    add("total", order.total)
    add("paymentId", order.paymentId.description)
  }

  private mutating func add(_ name: String, _ money: Money) {
    key(name)
    beginObject()
    add("amount", money.amount)
    add("currency", "KRW")
    endObject()
  }

  private mutating func add(_ name: String, _ address: Address) {
    key(name)
    beginObject()
    add("address", address.address)
    key("location")
    beginObject()
    key("latitude")
    raw(address.location.latitude.description.utf8)
    key("longitude")
    raw(address.location.longitude.description.utf8)
    endObject()
    endObject()
  }
}

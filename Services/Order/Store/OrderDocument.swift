import Contracts
import JSON
import NIOCore
import Postgres
import Web

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Orders and their events as JSON, as stored and sent. Encoded by ``JSONText`` and not by `JSONEncoder`, which is slower: every
/// command encodes the order.
enum OrderDocument {
  static func json(_ order: Order) -> [UInt8] {
    var json = JSONText(capacity: 1024 + order.items.count * 160)
    json.value(order)
    return Array(buffer: json.buffer)
  }

  static func order(_ json: [UInt8]) throws -> Order {
    try decode(Order.self, json)
  }

  /// The data of an event, stored next to its type, version and time.
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
    case nil: throw PostgresError(.decoding, message: "\(type) is not an event type of an order")
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
      throw PostgresError(.decoding, message: "a stored \(type) cannot be decoded: \(error)")
    }
  }

  private static let decoder = JSONDecoder()
}

extension JSONText {
  fileprivate mutating func addPlacement(_ order: OrderPlacement) {
    add("id", order.id)
    add("customerId", order.customerId)
    add("shopId", order.shopId)
    add("ownerId", order.ownerId)
    add("shopName", order.shopName)
    add("pickup", order.pickup)
    add("deliveryAddress", order.deliveryAddress)
    add("items", order.items)
    add("subtotal", order.subtotal)
    add("deliveryFee", order.deliveryFee)
    add("total", order.total)
    add("paymentId", order.paymentId)
  }
}

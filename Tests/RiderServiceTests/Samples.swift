import Contracts
import Logging
import Telemetry
import Testing

@testable import RiderService

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

let quietLogger: Logger = {
  var logger = Logger(label: "rider-tests")
  logger.logLevel = .critical
  return logger
}()

func decode<Value: Decodable>(_ type: Value.Type, _ json: [UInt8]?) throws -> Value {
  try JSONDecoder().decode(type, from: Data(try #require(json)))
}

extension Identifier {
  static func fresh() -> Identifier { .v7(at: .now()) }
}

extension Location {
  static let cityHall = Location(latitude: 37.5663, longitude: 126.9779)

  /// The location that many metres to the north, on a spherical earth.
  func north(_ meters: Double) -> Location {
    Location(latitude: latitude + meters / 111_195, longitude: longitude)
  }
}

extension Order {
  static func sample(
    _ id: Identifier = .fresh(), status: OrderStatus = .accepted, version: Int64 = 3, pickup: Location = .cityHall
  ) -> Order {
    let now = Timestamp.now()
    return Order(
      id: id, customerId: .fresh(), shopId: .fresh(), ownerId: .fresh(), shopName: "한강치킨",
      pickup: Address(address: "세종대로 110", location: pickup),
      deliveryAddress: Address(address: "을지로 \"1\"", location: pickup.north(2000)),
      items: [OrderItem(menuItemId: .fresh(), name: "후라이드", price: Money(amount: 18_000), quantity: 1)],
      subtotal: Money(amount: 18_000), deliveryFee: Money(amount: 3000), total: Money(amount: 21_000), status: status,
      preparationMinutes: 15, reason: nil, paymentId: .fresh(), version: version, placedAt: now, updatedAt: now, timeline: [])
  }
}

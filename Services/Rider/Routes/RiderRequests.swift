import Contracts
import Web

/// `POST /riders`
struct RegisterRiderBody: Decodable {
  let name: String
  let vehicle: Vehicle

  func validated(for id: Identifier) throws -> NewRider {
    try Problem.check(RiderRules.name.error(in: name, at: "/name"))
    return NewRider(id: id, name: name, vehicle: vehicle)
  }
}

/// `PUT /riders/{id}/status`
struct RiderStatusBody: Decodable {
  let status: RiderStatus
}

/// `PUT /riders/{id}/location`
struct LocationBody: Decodable {
  let latitude: Double
  let longitude: Double

  func validated() throws -> Location {
    let location = Location(latitude: latitude, longitude: longitude)
    try Problem.check(location.errors())
    return location
  }
}

/// `POST /deliveries/cancel`
struct CancelDeliveryBody: Decodable {
  let orderId: Identifier
  let reason: String
  let lost: Bool?

  func validated() throws -> Cancellation {
    try Problem.check(RiderRules.reason.error(in: reason, at: "/reason"))
    return Cancellation(order: orderId, reason: reason, isLost: lost ?? false)
  }
}

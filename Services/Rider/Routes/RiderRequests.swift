import Contracts
import Web

/// `POST /riders`
struct RegisterRider: Decodable {
  let name: String
  let vehicle: Vehicle

  func validated(for id: Identifier) throws -> NewRider {
    try Problem.refuse(RiderRules.violations(ofName: name))
    return NewRider(id: id, name: name, vehicle: vehicle)
  }
}

/// `PUT /riders/{id}/status`
struct PutRiderStatus: Decodable {
  let status: RiderStatus
}

/// `PUT /riders/{id}/location`
struct PutLocation: Decodable {
  let latitude: Double
  let longitude: Double

  func validated() throws -> Location {
    let location = Location(latitude: latitude, longitude: longitude)
    try Problem.refuse(RiderRules.violations(of: location))
    return location
  }
}

/// `POST /deliveries/cancel`
struct CancelDeliveryOfOrder: Decodable {
  let orderId: Identifier
  let reason: String
  let lost: Bool?

  func validated() throws -> Cancellation {
    try Problem.refuse(RiderRules.violations(ofReason: reason))
    return Cancellation(order: orderId, reason: reason, isLost: lost ?? false)
  }
}

extension Problem {
  /// - Throws: 422 `invalid_body` with a pointer for each violation, if there is any.
  fileprivate static func refuse(_ violations: [RuleViolation]) throws(Problem) {
    var validation = Validation()
    for violation in violations {
      validation.refuse(violation.pointer, violation.detail)
    }
    try validation.finish()
  }
}

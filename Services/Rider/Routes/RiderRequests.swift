import Contracts
import Web

/// `POST /riders`
struct RegisterRiderBody: Decodable {
  let name: String
  let vehicle: Vehicle

  func validated(for id: Identifier) throws -> NewRider {
    try Problem.reject(RiderRules.violations(ofName: name))
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
    try Problem.reject(RiderRules.violations(of: location))
    return location
  }
}

/// `POST /deliveries/cancel`
struct CancelDeliveryBody: Decodable {
  let orderId: Identifier
  let reason: String
  let lost: Bool?

  func validated() throws -> Cancellation {
    try Problem.reject(RiderRules.violations(ofReason: reason))
    return Cancellation(order: orderId, reason: reason, isLost: lost ?? false)
  }
}

extension Problem {
  /// - Throws: 422 `invalid_body` with a pointer for each violation, unless there is none.
  fileprivate static func reject(_ violations: [RuleViolation]) throws(Problem) {
    var validation = Validation()
    for violation in violations {
      validation.refuse(violation.pointer, violation.detail)
    }
    try validation.finish()
  }
}

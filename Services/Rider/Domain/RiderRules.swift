import Contracts

/// A validation rule that a request violates.
struct RuleViolation: Hashable, Sendable {
  /// A JSON pointer (RFC 6901) into the request body: `/latitude`.
  let pointer: String
  let detail: String
}

/// Validation of a rider's name, a position, and a cancellation reason.
enum RiderRules {
  static let nameLength = 1...100
  static let reasonLength = 1...500

  static func violations(ofName name: String) -> [RuleViolation] {
    violations(of: name, nameLength, "/name")
  }

  static func violations(ofReason reason: String) -> [RuleViolation] {
    violations(of: reason, reasonLength, "/reason")
  }

  static func violations(of location: Location) -> [RuleViolation] {
    var violations: [RuleViolation] = []
    if !(-90...90).contains(location.latitude) {
      violations.append(RuleViolation(pointer: "/latitude", detail: "must lie between -90 and 90"))
    }
    if !(-180...180).contains(location.longitude) {
      violations.append(RuleViolation(pointer: "/longitude", detail: "must lie between -180 and 180"))
    }
    return violations
  }

  /// Lengths are in Unicode scalars, as in PostgreSQL's `char_length`.
  private static func violations(of text: String, _ length: ClosedRange<Int>, _ pointer: String) -> [RuleViolation] {
    if !length.contains(text.unicodeScalars.count) {
      return [
        RuleViolation(pointer: pointer, detail: "must have \(length.lowerBound) to \(length.upperBound) characters")
      ]
    }
    if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      return [RuleViolation(pointer: pointer, detail: "must not contain control characters")]
    }
    if text.unicodeScalars.allSatisfy(\.properties.isWhitespace) {
      return [RuleViolation(pointer: pointer, detail: "must not be blank")]
    }
    return []
  }
}

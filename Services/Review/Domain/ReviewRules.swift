/// A validation rule that a request violates.
struct RuleViolation: Hashable, Sendable {
  /// A JSON pointer (RFC 6901) into the request body.
  let pointer: String
  let detail: String
}

/// Validation of reviews and replies. CHECK constraints enforce the same bounds in the database.
enum ReviewRules {
  static let rating = 1...5
  static let textLength = 0...1000
  static let replyLength = 1...1000

  static func violations(of review: NewReview) -> [RuleViolation] {
    var violations: [RuleViolation] = []
    if !rating.contains(review.rating) {
      violations.append(
        RuleViolation(pointer: "/rating", detail: "must lie between \(rating.lowerBound) and \(rating.upperBound)"))
    }
    check(review.text, textLength, &violations)
    return violations
  }

  static func violations(ofReply text: String) -> [RuleViolation] {
    var violations: [RuleViolation] = []
    check(text, replyLength, &violations)
    if violations.isEmpty, text.unicodeScalars.allSatisfy(\.properties.isWhitespace) {
      violations.append(RuleViolation(pointer: "/text", detail: "must not be blank"))
    }
    return violations
  }

  /// Lengths are in Unicode scalars, as in PostgreSQL's `char_length`. Line feeds are allowed.
  private static func check(_ text: String, _ length: ClosedRange<Int>, _ violations: inout [RuleViolation]) {
    if !length.contains(text.unicodeScalars.count) {
      violations.append(
        RuleViolation(pointer: "/text", detail: "must have \(length.lowerBound) to \(length.upperBound) characters"))
    } else if text.unicodeScalars.contains(where: { $0 != "\n" && $0.properties.generalCategory == .control }) {
      violations.append(RuleViolation(pointer: "/text", detail: "must not contain control characters except line feeds"))
    }
  }
}

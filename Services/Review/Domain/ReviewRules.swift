/// A rule that what a client asked for breaks.
struct RuleViolation: Hashable, Sendable {
  /// Where, as a JSON pointer into the request.
  let pointer: String
  let detail: String
}

/// What is allowed of a review and of its reply; the database guards the same bounds again.
enum ReviewRules {
  static let rating = 1...5
  static let textLength = 0...1000
  static let replyLength = 1...1000

  static func violations(of review: NewReview) -> [RuleViolation] {
    var found: [RuleViolation] = []
    if !rating.contains(review.rating) {
      found.append(RuleViolation(pointer: "/rating", detail: "must lie between \(rating.lowerBound) and \(rating.upperBound)"))
    }
    check(review.text, textLength, &found)
    return found
  }

  static func violations(ofReply text: String) -> [RuleViolation] {
    var found: [RuleViolation] = []
    check(text, replyLength, &found)
    if found.isEmpty, text.unicodeScalars.allSatisfy(\.properties.isWhitespace) {
      found.append(RuleViolation(pointer: "/text", detail: "must not be blank"))
    }
    return found
  }

  /// Lengths count Unicode scalars, as the database does. Lines may be broken.
  private static func check(_ text: String, _ length: ClosedRange<Int>, _ found: inout [RuleViolation]) {
    if !length.contains(text.unicodeScalars.count) {
      found.append(
        RuleViolation(pointer: "/text", detail: "must have \(length.lowerBound) to \(length.upperBound) characters"))
    } else if text.unicodeScalars.contains(where: { $0 != "\n" && $0.properties.generalCategory == .control }) {
      found.append(RuleViolation(pointer: "/text", detail: "must not contain control characters but line feeds"))
    }
  }
}

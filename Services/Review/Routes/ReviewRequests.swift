import Contracts
import Web

/// `POST /reviews`
struct PostReview: Decodable {
  let orderId: Identifier
  let rating: Int
  let text: String

  func validated() throws -> NewReview {
    let review = NewReview(orderId: orderId, rating: rating, text: text)
    try Problem.refuse(ReviewRules.violations(of: review))
    return review
  }
}

/// `POST /reviews/{id}/reply`
struct PostReply: Decodable {
  let text: String

  func validated() throws -> String {
    try Problem.refuse(ReviewRules.violations(ofReply: text))
    return text
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

import Contracts
import Web

/// `POST /reviews`
struct PostReviewBody: Decodable {
  let orderId: Identifier
  let rating: Int
  let text: String

  func validated() throws -> NewReview {
    let review = NewReview(orderId: orderId, rating: rating, text: text)
    try Problem.reject(ReviewRules.violations(of: review))
    return review
  }
}

/// `POST /reviews/{id}/reply`
struct ReplyBody: Decodable {
  let text: String

  func validated() throws -> String {
    try Problem.reject(ReviewRules.violations(ofReply: text))
    return text
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

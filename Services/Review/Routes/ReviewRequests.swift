import Contracts
import Web

/// `POST /reviews`
struct PostReviewBody: Decodable {
  let orderId: Identifier
  let rating: Int
  let text: String

  func validated() throws -> NewReview {
    let review = NewReview(orderId: orderId, rating: rating, text: text)
    try Problem.check(ReviewRules.errors(in: review))
    return review
  }
}

/// `POST /reviews/{id}/reply`
struct ReplyBody: Decodable {
  let text: String

  func validated() throws -> String {
    try Problem.check(ReviewRules.reply.error(in: text, at: "/text"))
    return text
  }
}

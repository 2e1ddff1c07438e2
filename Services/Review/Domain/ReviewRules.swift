import Contracts

/// Validation of reviews and replies. CHECK constraints enforce the same bounds in the database.
enum ReviewRules {
  static let rating = 1...5
  static let text = TextRule(0...1000, allowsLineFeeds: true)
  static let reply = TextRule(1...1000, allowsLineFeeds: true)

  static func errors(in review: NewReview) -> [FieldError] {
    [FieldError(review.rating, outside: rating, at: "/rating"), text.error(in: review.text, at: "/text")].compactMap(\.self)
  }
}

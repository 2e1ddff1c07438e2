/// The rating of a shop by its customers.
public struct Rating: Hashable, Sendable, Codable {
  /// The mean of 1–5 stars; 0 while there is no review.
  public var average: Double
  /// How many reviews the mean is computed from.
  public var count: Int

  public init(average: Double, count: Int) {
    self.average = average
    self.count = count
  }

  public static let none = Rating(average: 0, count: 0)
}

/// What customers think of a shop.
public struct Rating: Hashable, Sendable, Codable {
  /// The mean of 1–5 stars; 0 while there is no review.
  public var average: Double
  /// How many reviews it is the mean of.
  public var count: Int

  public init(average: Double, count: Int) {
    self.average = average
    self.count = count
  }

  public static let none = Rating(average: 0, count: 0)
}

/// A position in WGS 84 degrees.
public struct Location: Hashable, Sendable, Codable {
  /// −90 to 90, north positive.
  public var latitude: Double
  /// −180 to 180, east positive.
  public var longitude: Double

  public init(latitude: Double, longitude: Double) {
    self.latitude = latitude
    self.longitude = longitude
  }
}

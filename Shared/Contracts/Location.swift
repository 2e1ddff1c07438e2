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

  /// The members that are no position on the earth.
  /// - Parameter pointer: the location's own.
  public func errors(at pointer: String = "") -> [FieldError] {
    var errors: [FieldError] = []
    if !(-90...90).contains(latitude) {
      errors.append(FieldError(pointer: "\(pointer)/latitude", detail: "must lie between -90 and 90"))
    }
    if !(-180...180).contains(longitude) {
      errors.append(FieldError(pointer: "\(pointer)/longitude", detail: "must lie between -180 and 180"))
    }
    return errors
  }
}

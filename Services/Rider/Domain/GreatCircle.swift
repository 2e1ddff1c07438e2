import Contracts

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Distances on a spherical earth; the error is at most 0.5 %.
enum GreatCircle {
  /// The mean radius by the IUGG, in metres.
  static let earthRadius = 6_371_008.8

  /// The distance in metres by the haversine formula, which is precise for short distances (Sinnott, "Virtues of the Haversine", 1984).
  static func meters(from start: Location, to end: Location) -> Double {
    let (startLatitude, endLatitude) = (radians(start.latitude), radians(end.latitude))
    let haversine =
      square(sin((endLatitude - startLatitude) / 2))
      + cos(startLatitude) * cos(endLatitude) * square(sin(radians(end.longitude - start.longitude) / 2))
    return 2 * earthRadius * asin(min(1, haversine.squareRoot()))
  }

  fileprivate static func radians(_ degrees: Double) -> Double { degrees * .pi / 180 }

  private static func square(_ number: Double) -> Double { number * number }
}

/// A location as a point on the unit sphere.
///
/// The chord between two points grows monotonically with their great-circle distance. Comparing chords finds the nearest of many
/// locations with three multiplications each, also at the poles and across the date line.
struct SpherePoint: Hashable, Sendable {
  private let x, y, z: Double

  init(_ location: Location) {
    let (latitude, longitude) = (GreatCircle.radians(location.latitude), GreatCircle.radians(location.longitude))
    x = cos(latitude) * cos(longitude)
    y = cos(latitude) * sin(longitude)
    z = sin(latitude)
  }

  func squaredChord(to other: SpherePoint) -> Double {
    let (dx, dy, dz) = (x - other.x, y - other.y, z - other.z)
    return dx * dx + dy * dy + dz * dz
  }
}

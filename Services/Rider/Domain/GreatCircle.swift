import Contracts

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Distances over the ground, the earth taken for a sphere: at most 0.5 % wrong.
enum GreatCircle {
  /// The IUGG's mean radius, in metres.
  static let earthRadius = 6_371_008.8

  /// Metres by the haversine formula, which is exact for near places too (Sinnott, "Virtues of the Haversine", 1984).
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

/// A place as a point of the unit sphere.
///
/// The straight line between two such points grows with the great circle between them, so it finds the nearest of many places
/// with three multiplications each, at the poles and the date line too.
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

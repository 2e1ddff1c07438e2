import Contracts
import RandomNumbers
import Testing

@testable import RiderService

@Suite("Rider: distances and matching policy")
struct MatchingTests {
  @Test(
    "Great-circle distances have the known values, also at the poles and across the date line",
    arguments: [
      // Seoul – Busan, Paris – New York, Sydney – Santiago, as computed with the mean radius.
      (37.5665, 126.9780, 35.1796, 129.0756, 325_000.0), (48.8566, 2.3522, 40.7128, -74.0060, 5_837_000),
      (-33.8688, 151.2093, -33.4489, -70.6693, 11_340_000),
      // A degree of a meridian, across the date line, from pole to pole, half the circumference, and zero.
      (0, 0, 1, 0, 111_195), (0, 179.5, 0, -179.5, 111_195), (90, 0, -90, 77, 20_015_115), (0, 0, 0, 180, 20_015_115),
      (37.5, 127, 37.5, 127, 0),
      // One metre.
      (37.5, 127, 37.500008993, 127, 1),
    ] as [(Double, Double, Double, Double, Double)])
  func distances(_ latitude: Double, _ longitude: Double, _ otherLatitude: Double, _ otherLongitude: Double, _ meters: Double) {
    let start = Location(latitude: latitude, longitude: longitude)
    let end = Location(latitude: otherLatitude, longitude: otherLongitude)
    let tolerance = max(0.01, meters * 0.001)
    #expect(abs(GreatCircle.meters(from: start, to: end) - meters) <= tolerance)
    #expect(abs(GreatCircle.meters(from: end, to: start) - meters) <= tolerance)
  }

  @Test("The rider with the shortest chord has the shortest great-circle distance, for random riders worldwide")
  func nearest() {
    var generator = SplitMix64(seed: 7)
    for span in [0.01, 1, 90] {
      var free = FreeRiders()
      var locations: [Identifier: Location] = [:]
      for _ in 0..<500 {
        let location = Location(
          latitude: .random(in: -span...span, using: &generator), longitude: .random(in: -2 * span...2 * span, using: &generator))
        let id = Identifier.fresh()
        locations[id] = location
        free.put(id, at: SpherePoint(location))
      }
      for _ in 0..<50 {
        let pickup = Location(
          latitude: .random(in: -span...span, using: &generator), longitude: .random(in: -2 * span...2 * span, using: &generator))
        guard case .rider(let chosen) = free.choice(for: pickup, offered: []), let location = locations[chosen] else {
          Issue.record("no rider was chosen")
          return
        }
        let shortest = locations.values.map { GreatCircle.meters(from: $0, to: pickup) }.min() ?? 0
        #expect(abs(GreatCircle.meters(from: location, to: pickup) - shortest) < 0.001)
      }
    }
  }

  @Test("Riders who had the offer are skipped; the result distinguishes all offered from none free")
  func skipsOffered() {
    var free = FreeRiders()
    #expect(free.choice(for: .cityHall, offered: []) == .noneFree)
    let (near, far) = (Identifier.fresh(), Identifier.fresh())
    free.put(near, at: SpherePoint(Location.cityHall.north(10)))
    free.put(far, at: SpherePoint(Location.cityHall.north(500)))
    #expect(free.choice(for: .cityHall, offered: []) == .rider(near))
    #expect(free.choice(for: .cityHall, offered: [near]) == .rider(far))
    #expect(free.choice(for: .cityHall, offered: [near, far]) == .allOffered)
    free.remove(near)
    #expect(free.choice(for: .cityHall, offered: []) == .rider(far))
    free.put(far, at: SpherePoint(Location.cityHall))
    #expect(free.count == 1)
    free.remove(far)
    free.remove(far)
    #expect(free.choice(for: .cityHall, offered: []) == .noneFree)
  }
}

import Contracts

/// The riders who can be offered something, and where each is.
///
/// They lie one behind the other in memory; the nearest is found by looking at each, which takes a few microseconds for 5,000 of them
/// and knows no cell borders.
struct FreeRiders: Sendable {
  private var ids: [Identifier] = []
  private var points: [SpherePoint] = []
  private var places: [Identifier: Int] = [:]

  var count: Int { ids.count }

  func contains(_ rider: Identifier) -> Bool { places[rider] != nil }

  /// Adds a rider, or moves one.
  mutating func put(_ rider: Identifier, at point: SpherePoint) {
    if let place = places[rider] {
      points[place] = point
    } else {
      places[rider] = ids.count
      ids.append(rider)
      points.append(point)
    }
  }

  mutating func remove(_ rider: Identifier) {
    guard let place = places.removeValue(forKey: rider) else { return }
    let last = ids.count - 1
    if place != last {
      ids.swapAt(place, last)
      points.swapAt(place, last)
      places[ids[place]] = place
    }
    ids.removeLast()
    points.removeLast()
  }

  /// The matching policy: the nearest free rider who wasn't asked yet in this round.
  func choice(for pickup: Location, asked: [Identifier]) -> MatchChoice {
    guard !ids.isEmpty else { return .nobodyFree }
    let target = SpherePoint(pickup)
    var nearest = -1
    var shortest = Double.infinity
    for (place, point) in points.enumerated() {
      let chord = point.squaredChord(to: target)
      if chord < shortest, !asked.contains(ids[place]) {
        (nearest, shortest) = (place, chord)
      }
    }
    return nearest < 0 ? .allAsked : .rider(ids[nearest])
  }
}

/// Whom to offer a delivery.
enum MatchChoice: Hashable, Sendable {
  case rider(Identifier)
  /// Every free rider was asked in this round: the next try begins a new one.
  case allAsked
  case nobodyFree
}

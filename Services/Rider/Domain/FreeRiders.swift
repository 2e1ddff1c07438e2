import Contracts

/// The riders who can get an offer, with their positions.
///
/// Positions are stored in contiguous arrays; the nearest rider is found by a linear scan, which takes a few microseconds for 5,000
/// riders and needs no spatial index.
struct FreeRiders: Sendable {
  private var ids: [Identifier] = []
  private var points: [SpherePoint] = []
  private var indices: [Identifier: Int] = [:]

  var count: Int { ids.count }

  func contains(_ rider: Identifier) -> Bool { indices[rider] != nil }

  /// Inserts a rider, or updates the position of one.
  mutating func put(_ rider: Identifier, at point: SpherePoint) {
    if let index = indices[rider] {
      points[index] = point
    } else {
      indices[rider] = ids.count
      ids.append(rider)
      points.append(point)
    }
  }

  mutating func remove(_ rider: Identifier) {
    guard let index = indices.removeValue(forKey: rider) else { return }
    let last = ids.count - 1
    if index != last {
      ids.swapAt(index, last)
      points.swapAt(index, last)
      indices[ids[index]] = index
    }
    ids.removeLast()
    points.removeLast()
  }

  /// The matching policy: the nearest free rider who had no offer of the delivery in this round.
  func choice(for pickup: Location, offered: [Identifier]) -> MatchChoice {
    guard !ids.isEmpty else { return .noneFree }
    let target = SpherePoint(pickup)
    var nearest = -1
    var shortest = Double.infinity
    for (index, point) in points.enumerated() {
      let chord = point.squaredChord(to: target)
      if chord < shortest, !offered.contains(ids[index]) {
        (nearest, shortest) = (index, chord)
      }
    }
    return nearest < 0 ? .allOffered : .rider(ids[nearest])
  }
}

/// The result of matching one delivery.
enum MatchChoice: Hashable, Sendable {
  case rider(Identifier)
  /// Every free rider had an offer in this round: the next attempt starts a new round.
  case allOffered
  case noneFree
}

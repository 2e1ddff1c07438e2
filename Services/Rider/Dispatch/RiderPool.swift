import Contracts
import Synchronization
import Telemetry

/// The riders as this instance knows them: who is online, who is free, and where everybody is.
///
/// It proposes and PostgreSQL decides: what it holds may be a moment old, and a rider who was chosen wrongly just gets no offer.
/// Its own changes count at once; what other instances change comes with ``finishRefresh(_:_:)``. Safe to use from any task.
final class RiderPool: Sendable {
  fileprivate struct Rider {
    var isOnline: Bool
    var isBusy: Bool
    var position: RiderPosition?
    /// Which of the pool's changes touched him last.
    var change: UInt64
  }

  fileprivate struct State {
    var riders: [Identifier: Rider] = [:]
    var free = FreeRiders()
    /// Whose position isn't in the database yet.
    var unwritten: Set<Identifier> = []
    var changes: UInt64 = 0
  }

  private let state = Mutex(State())

  /// A point in the pool's own history.
  struct Mark: Sendable {
    fileprivate let change: UInt64
  }

  var freeCount: Int { state.withLock { $0.free.count } }

  func isFree(_ rider: Identifier) -> Bool { state.withLock { $0.free.contains(rider) } }

  /// Adds a rider, or says whether he is online.
  func set(_ rider: Identifier, isOnline: Bool) {
    state.withLock { $0.change(rider, orAdd: true) { $0.isOnline = isOnline } }
  }

  /// Notes where a rider is.
  /// - Returns: false if he isn't known here.
  func move(_ rider: Identifier, to location: Location) -> Bool {
    let position = RiderPosition(rider: rider, location: location, recordedAt: .now())
    return state.withLock { state in
      guard state.riders[rider] != nil else { return false }
      state.riders[rider]?.position = position
      state.unwritten.insert(rider)
      state.index(rider)
      return true
    }
  }

  /// The rider has an offer or a delivery.
  func take(_ rider: Identifier) {
    state.withLock { $0.change(rider) { $0.isBusy = true } }
  }

  /// The rider has neither.
  func release(_ rider: Identifier) {
    state.withLock { $0.change(rider) { $0.isBusy = false } }
  }

  /// Chooses a rider for each delivery, and takes him.
  func match(_ deliveries: [DueDelivery]) -> [MatchedDelivery] {
    deliveries.map { delivery in
      // One lock for each: positions go on being noted while many are matched.
      state.withLock { MatchedDelivery(id: delivery.id, decision: $0.decide(delivery)) }
    }
  }

  /// To be called before the database is asked for ``finishRefresh(_:_:)``.
  func beginRefresh() -> Mark {
    state.withLock { Mark(change: $0.changes) }
  }

  /// Takes over what the database says of the riders who are online, but for those who changed here since the mark.
  func finishRefresh(_ mark: Mark, _ online: [OnlineRider]) {
    let listed = Set(online.map(\.id))
    state.withLock { state in
      for rider in online { state.refresh(rider, mark) }
      for (id, rider) in state.riders where rider.isOnline && rider.change <= mark.change && !listed.contains(id) {
        state.riders[id]?.isOnline = false
        state.index(id)
      }
    }
  }

  /// Positions that aren't in the database yet; from now on they count as written.
  func takeUnwritten() -> [RiderPosition] {
    state.withLock { state in
      let positions = state.unwritten.compactMap { state.riders[$0]?.position }
      state.unwritten.removeAll(keepingCapacity: true)
      return positions
    }
  }

  /// They could not be written after all.
  func putBack(_ positions: [RiderPosition]) {
    state.withLock { $0.unwritten.formUnion(positions.map(\.rider)) }
  }
}

extension RiderPool.State {
  mutating func change(_ id: Identifier, orAdd: Bool = false, _ edit: (inout RiderPool.Rider) -> Void) {
    guard var rider = riders[id] ?? (orAdd ? RiderPool.Rider(isOnline: false, isBusy: false, change: 0) : nil) else { return }
    changes += 1
    rider.change = changes
    edit(&rider)
    riders[id] = rider
    index(id)
  }

  mutating func refresh(_ known: OnlineRider, _ mark: RiderPool.Mark) {
    var rider = riders[known.id] ?? RiderPool.Rider(isOnline: false, isBusy: false, change: 0)
    if rider.change <= mark.change {
      rider.isOnline = true
      rider.isBusy = known.isBusy
    }
    if let position = known.position, rider.position.map({ $0.recordedAt < position.recordedAt }) ?? true {
      rider.position = position
    }
    riders[known.id] = rider
    index(known.id)
  }

  mutating func decide(_ delivery: DueDelivery) -> MatchedDelivery.Decision {
    switch free.choice(for: delivery.pickup, asked: delivery.asked) {
    case .rider(let id):
      let meters = riders[id]?.position.map { GreatCircle.meters(from: $0.location, to: delivery.pickup) } ?? 0
      change(id) { $0.isBusy = true }
      return .offer(to: id, meters: Int64(meters.rounded()))
    case .allAsked:
      return .postpone(newRound: true)
    case .nobodyFree:
      return .postpone(newRound: false)
    }
  }

  /// Brings the free riders up to date with one rider.
  mutating func index(_ id: Identifier) {
    if let rider = riders[id], rider.isOnline, !rider.isBusy, let position = rider.position {
      free.put(id, at: SpherePoint(position.location))
    } else {
      free.remove(id)
    }
  }
}

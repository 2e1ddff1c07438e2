import Contracts
import Synchronization
import Telemetry

/// This instance's view of the riders: who is online, who is free, and their positions.
///
/// It may be out of date. The matching is a proposal that PostgreSQL verifies: a rider who is not free gets no offer. Changes by this
/// instance are visible immediately, those by other instances after ``finishRefresh(since:_:)``. Safe to use from any task.
final class RiderPool: Sendable {
  fileprivate struct Rider {
    var isOnline: Bool
    var isBusy: Bool
    var position: RiderPosition?
    /// The pool's revision at the last change of this rider.
    var revision: UInt64
  }

  fileprivate struct State {
    var riders: [Identifier: Rider] = [:]
    var free = FreeRiders()
    /// Riders whose position is not in the database yet.
    var unwritten: Set<Identifier> = []
    /// Incremented by each change.
    var revision: UInt64 = 0
  }

  private let state = Mutex(State())

  /// A point in the sequence of the pool's changes.
  struct Revision: Sendable {
    fileprivate let number: UInt64
  }

  var freeCount: Int { state.withLock { $0.free.count } }

  func isFree(_ rider: Identifier) -> Bool { state.withLock { $0.free.contains(rider) } }

  /// Inserts a rider, or updates whether the rider is online.
  func set(_ rider: Identifier, isOnline: Bool) {
    state.withLock { $0.change(rider, insert: true) { $0.isOnline = isOnline } }
  }

  /// Updates a rider's position.
  /// - Returns: false if the pool doesn't contain the rider.
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

  /// The rider has an offer or a delivery from now on.
  func reserve(_ rider: Identifier) {
    state.withLock { $0.change(rider) { $0.isBusy = true } }
  }

  /// The rider has neither an offer nor a delivery from now on.
  func release(_ rider: Identifier) {
    state.withLock { $0.change(rider) { $0.isBusy = false } }
  }

  /// Chooses and reserves a rider for each delivery.
  func match(_ deliveries: [DueDelivery]) -> [MatchedDelivery] {
    deliveries.map { delivery in
      // Locks for each delivery, so that position updates don't wait for the whole batch.
      state.withLock { MatchedDelivery(id: delivery.id, decision: $0.decide(delivery)) }
    }
  }

  /// To be called before the query for ``finishRefresh(since:_:)``.
  func beginRefresh() -> Revision {
    state.withLock { Revision(number: $0.revision) }
  }

  /// Applies the online riders from the database, except to riders who changed here since the revision.
  func finishRefresh(since revision: Revision, _ online: [OnlineRider]) {
    let listed = Set(online.map(\.id))
    state.withLock { state in
      for rider in online { state.refresh(rider, since: revision) }
      for (id, rider) in state.riders where rider.isOnline && rider.revision <= revision.number && !listed.contains(id) {
        state.riders[id]?.isOnline = false
        state.index(id)
      }
    }
  }

  /// Removes and returns the positions that are not in the database yet.
  func drainUnwritten() -> [RiderPosition] {
    state.withLock { state in
      let positions = state.unwritten.compactMap { state.riders[$0]?.position }
      state.unwritten.removeAll(keepingCapacity: true)
      return positions
    }
  }

  /// Returns drained positions whose write failed.
  func requeue(_ positions: [RiderPosition]) {
    state.withLock { $0.unwritten.formUnion(positions.map(\.rider)) }
  }
}

extension RiderPool.State {
  mutating func change(_ id: Identifier, insert: Bool = false, _ edit: (inout RiderPool.Rider) -> Void) {
    guard var rider = riders[id] ?? (insert ? RiderPool.Rider(isOnline: false, isBusy: false, revision: 0) : nil) else { return }
    revision += 1
    rider.revision = revision
    edit(&rider)
    riders[id] = rider
    index(id)
  }

  mutating func refresh(_ stored: OnlineRider, since revision: RiderPool.Revision) {
    var rider = riders[stored.id] ?? RiderPool.Rider(isOnline: false, isBusy: false, revision: 0)
    if rider.revision <= revision.number {
      rider.isOnline = true
      rider.isBusy = stored.isBusy
    }
    if let position = stored.position, rider.position.map({ $0.recordedAt < position.recordedAt }) ?? true {
      rider.position = position
    }
    riders[stored.id] = rider
    index(stored.id)
  }

  mutating func decide(_ delivery: DueDelivery) -> MatchedDelivery.Decision {
    switch free.choice(for: delivery.pickup, offered: delivery.offered) {
    case .rider(let id):
      let meters = riders[id]?.position.map { GreatCircle.meters(from: $0.location, to: delivery.pickup) } ?? 0
      change(id) { $0.isBusy = true }
      return .offer(to: id, meters: Int64(meters.rounded()))
    case .allOffered:
      return .postpone(newRound: true)
    case .noneFree:
      return .postpone(newRound: false)
    }
  }

  /// Updates the index of free riders for one rider.
  mutating func index(_ id: Identifier) {
    if let rider = riders[id], rider.isOnline, !rider.isBusy, let position = rider.position {
      free.put(id, at: SpherePoint(position.location))
    } else {
      free.remove(id)
    }
  }
}

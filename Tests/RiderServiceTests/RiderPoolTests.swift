import Contracts
import Telemetry
import Testing

@testable import RiderService

@Suite("Rider: pool")
struct RiderPoolTests {
  private let pool = RiderPool()

  private func due(_ offered: [Identifier] = []) -> DueDelivery {
    DueDelivery(id: .fresh(), pickup: .cityHall, offered: offered)
  }

  private func rider(at location: Location = .cityHall) -> Identifier {
    let id = Identifier.fresh()
    pool.set(id, isOnline: true)
    _ = pool.move(id, to: location)
    return id
  }

  @Test("A rider is free if online, without an offer or delivery, and with a known position")
  func free() {
    let id = Identifier.fresh()
    #expect(!pool.move(id, to: .cityHall), "the pool does not contain the rider")
    pool.set(id, isOnline: false)
    #expect(pool.move(id, to: .cityHall))
    #expect(!pool.isFree(id))
    pool.set(id, isOnline: true)
    #expect(pool.isFree(id))
    pool.reserve(id)
    #expect(!pool.isFree(id))
    _ = pool.move(id, to: .cityHall)
    #expect(!pool.isFree(id))
    pool.release(id)
    #expect(pool.isFree(id))
    pool.set(id, isOnline: false)
    #expect(pool.freeCount == 0)
    let unlocated = Identifier.fresh()
    pool.set(unlocated, isOnline: true)
    #expect(!pool.isFree(unlocated))
  }

  @Test("A batch assigns each rider at most one delivery, the nearest first, with the distance in metres")
  func matches() {
    let near = rider(at: .cityHall.north(100))
    let far = rider(at: .cityHall.north(900))
    let decisions = pool.match([due(), due(), due()]).map(\.decision)
    #expect(
      decisions == [.offer(to: near, meters: 100), .offer(to: far, meters: 900), .postpone(newRound: false)])
    pool.release(near)
    #expect(pool.match([due([near])]).map(\.decision) == [.postpone(newRound: true)])
  }

  @Test("A refresh applies the changes of other instances, but not over local changes since it began")
  func refresh() {
    let (kept, offline, reserved) = (rider(), rider(), rider())
    let revision = pool.beginRefresh()
    pool.reserve(reserved)
    let (new, busy) = (Identifier.fresh(), Identifier.fresh())
    let here = RiderPosition(rider: new, location: .cityHall, recordedAt: .now())
    pool.finishRefresh(
      since: revision,
      [
        OnlineRider(id: kept, position: nil, isBusy: false), OnlineRider(id: reserved, position: nil, isBusy: false),
        OnlineRider(id: new, position: here, isBusy: false), OnlineRider(id: busy, position: here, isBusy: true),
      ])
    #expect(pool.isFree(kept), "the local position is newer than none")
    #expect(!pool.isFree(offline), "another instance set the rider offline")
    #expect(!pool.isFree(reserved), "the rider was reserved after the refresh began")
    #expect(pool.isFree(new))
    #expect(!pool.isFree(busy))
    pool.finishRefresh(since: pool.beginRefresh(), [OnlineRider(id: reserved, position: nil, isBusy: false)])
    #expect(pool.isFree(reserved))
  }

  @Test("Only a rider's last position is written; a failed write is requeued")
  func unwritten() {
    let id = rider()
    for step in 1...100 { _ = pool.move(id, to: .cityHall.north(Double(step))) }
    let positions = pool.drainUnwritten()
    #expect(positions.map(\.location) == [.cityHall.north(100)])
    #expect(pool.drainUnwritten().isEmpty)
    pool.requeue(positions)
    _ = pool.move(id, to: .cityHall)
    #expect(pool.drainUnwritten().map(\.location) == [.cityHall])
  }
}

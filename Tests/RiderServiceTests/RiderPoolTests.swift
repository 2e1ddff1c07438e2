import Contracts
import Telemetry
import Testing

@testable import RiderService

@Suite("The pool of riders")
struct RiderPoolTests {
  private let pool = RiderPool()

  private func due(_ asked: [Identifier] = []) -> DueDelivery {
    DueDelivery(id: .fresh(), pickup: .cityHall, asked: asked)
  }

  private func rider(at place: Location = .cityHall) -> Identifier {
    let id = Identifier.fresh()
    pool.set(id, isOnline: true)
    _ = pool.move(id, to: place)
    return id
  }

  @Test("Free is who is online, has no offer and no delivery, and has said where he is")
  func free() {
    let id = Identifier.fresh()
    #expect(!pool.move(id, to: .cityHall), "nobody knows him")
    pool.set(id, isOnline: false)
    #expect(pool.move(id, to: .cityHall))
    #expect(!pool.isFree(id))
    pool.set(id, isOnline: true)
    #expect(pool.isFree(id))
    pool.take(id)
    #expect(!pool.isFree(id))
    _ = pool.move(id, to: .cityHall)
    #expect(!pool.isFree(id))
    pool.release(id)
    #expect(pool.isFree(id))
    pool.set(id, isOnline: false)
    #expect(pool.freeCount == 0)
    let silent = Identifier.fresh()
    pool.set(silent, isOnline: true)
    #expect(!pool.isFree(silent))
  }

  @Test("A batch gives each rider one delivery, the nearest first, with the distance in metres")
  func matches() {
    let near = rider(at: .cityHall.north(100))
    let far = rider(at: .cityHall.north(900))
    let decisions = pool.match([due(), due(), due()]).map(\.decision)
    #expect(
      decisions == [.offer(to: near, meters: 100), .offer(to: far, meters: 900), .postpone(newRound: false)])
    pool.release(near)
    #expect(pool.match([due([near])]).map(\.decision) == [.postpone(newRound: true)])
  }

  @Test("A refresh tells what other instances did, and overrules nothing that was done here since it began")
  func refresh() {
    let (kept, gone, taken) = (rider(), rider(), rider())
    let mark = pool.beginRefresh()
    pool.take(taken)
    let (new, busy) = (Identifier.fresh(), Identifier.fresh())
    let here = RiderPosition(rider: new, location: .cityHall, recordedAt: .now())
    pool.finishRefresh(
      mark,
      [
        OnlineRider(id: kept, position: nil, isBusy: false), OnlineRider(id: taken, position: nil, isBusy: false),
        OnlineRider(id: new, position: here, isBusy: false), OnlineRider(id: busy, position: here, isBusy: true),
      ])
    #expect(pool.isFree(kept), "his position here is newer than none")
    #expect(!pool.isFree(gone), "another instance took him offline")
    #expect(!pool.isFree(taken), "he was taken after the refresh began")
    #expect(pool.isFree(new))
    #expect(!pool.isFree(busy))
    pool.finishRefresh(pool.beginRefresh(), [OnlineRider(id: taken, position: nil, isBusy: false)])
    #expect(pool.isFree(taken))
  }

  @Test("However often a rider moves, there is one position to write: the last; what can't be written comes again")
  func unwritten() {
    let id = rider()
    for step in 1...100 { _ = pool.move(id, to: .cityHall.north(Double(step))) }
    let positions = pool.takeUnwritten()
    #expect(positions.map(\.location) == [.cityHall.north(100)])
    #expect(pool.takeUnwritten().isEmpty)
    pool.putBack(positions)
    _ = pool.move(id, to: .cityHall)
    #expect(pool.takeUnwritten().map(\.location) == [.cityHall])
  }
}

import Contracts
import Testing

@testable import Events

@Suite("The pending changes of a consumer")
struct PendingChangesTests {
  private let shop = Identifier.v7(at: Timestamp(milliseconds: 1))
  private let other = Identifier.v7(at: Timestamp(milliseconds: 2))
  private var changes = PendingChanges()

  private func event(_ subject: Identifier, _ sequence: Int64, time: Int64 = 0) -> Event {
    Event(
      id: .v7(at: Timestamp(milliseconds: sequence)), source: "/shop", type: .shopUpdated, subject: subject,
      time: Timestamp(milliseconds: time), sequence: sequence, traceparent: nil)
  }

  private func entry(_ number: Int) -> PendingChanges.Entry {
    PendingChanges.Entry(stream: "events:shop", id: "\(number)-0")
  }

  @Test("Many events of one subject are one change, with the highest version and the oldest time")
  mutating func coalesces() {
    changes.add(entry(1), event(shop, 3, time: 30), now: 100)
    changes.add(entry(2), event(shop, 2, time: 20), now: 100)
    changes.add(entry(3), event(shop, 5, time: 50), now: 100)
    changes.add(entry(4), event(other, 1), now: 100)
    let due = changes.takeDue(limit: 10, now: 100)
    #expect(due.map(\.subject) == [shop, other])
    #expect(due[0].sequence == 5)
    #expect(due[0].time == Timestamp(milliseconds: 20))
    #expect(changes.complete(due[0], .applied, now: 101) == .acknowledge([entry(1), entry(2), entry(3)]))
    #expect(changes.count == 1)
  }

  @Test("An entry that is added twice is held once")
  mutating func ignoresRepetition() {
    changes.add(entry(1), event(shop, 1), now: 0)
    changes.add(entry(1), event(shop, 1), now: 0)
    let due = changes.takeDue(limit: 10, now: 0)
    #expect(changes.complete(due[0], .applied, now: 0) == .acknowledge([entry(1)]))
  }

  @Test("A subject is never handled twice at the same time; changes that arrive meanwhile follow")
  mutating func oneAtATime() {
    changes.add(entry(1), event(shop, 1), now: 0)
    let first = changes.takeDue(limit: 10, now: 0)
    changes.add(entry(2), event(shop, 2), now: 1)
    #expect(changes.takeDue(limit: 10, now: 1000).isEmpty)
    #expect(changes.nextDue == nil)
    #expect(changes.complete(first[0], .applied, now: 1000) == .acknowledge([entry(1)]))
    let second = changes.takeDue(limit: 10, now: 10_000)
    #expect(second.map(\.sequence) == [2])
  }

  @Test("A batch is no larger than its limit, and the rest keeps its order")
  mutating func respectsLimit() {
    let subjects = (1...5).map { Identifier.v7(at: Timestamp(milliseconds: $0)) }
    for (index, subject) in subjects.enumerated() {
      changes.add(entry(index), event(subject, 1), now: 0)
    }
    #expect(changes.takeDue(limit: 2, now: 0).map(\.subject) == Array(subjects[0..<2]))
    #expect(changes.takeDue(limit: 9, now: 0).map(\.subject) == Array(subjects[2...]))
  }

  @Test("A subject that keeps changing is handled ten times without a pause, then with pauses that grow to half a second")
  mutating func holdsHotSubjects() {
    var now: Int64 = 0
    var number = 0
    var calls: [Int64] = []
    while now < 5000 {
      changes.add(entry(number), event(shop, Int64(number + 1)), now: now)
      number += 1
      for change in changes.takeDue(limit: 10, now: now) {
        calls.append(now)
        _ = changes.complete(change, .applied, now: now)
      }
      now += 1
    }
    #expect(calls.count < 30)
    #expect(calls.starts(with: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 17, 33, 65, 129, 257]))
    #expect(zip(calls, calls.dropFirst()).allSatisfy { $1 - $0 <= 501 })
  }

  @Test("A subject that was quiet is handled at once again")
  mutating func coolsDown() {
    for number in 0..<20 {
      let time = Int64(number)
      changes.add(entry(number), event(shop, time + 1), now: time)
      for change in changes.takeDue(limit: 10, now: time) { _ = changes.complete(change, .applied, now: time) }
    }
    for change in changes.takeDue(limit: 10, now: 600) { _ = changes.complete(change, .applied, now: 600) }
    changes.add(entry(30), event(shop, 30), now: 1599)
    for change in changes.takeDue(limit: 10, now: 1599) { _ = changes.complete(change, .applied, now: 1599) }
    changes.add(entry(31), event(shop, 31), now: 1600)
    #expect(changes.takeDue(limit: 10, now: 1600).isEmpty, "the burst goes on")
    for change in changes.takeDue(limit: 10, now: 2099) { _ = changes.complete(change, .applied, now: 2099) }
    changes.add(entry(32), event(shop, 32), now: 3099)
    #expect(changes.takeDue(limit: 10, now: 3099).map(\.sequence) == [32], "a new burst begins without a pause")
  }

  @Test("An unavailable peer delays only its subject, with growing pauses and without limit")
  mutating func retriesForEver() {
    changes.add(entry(1), event(shop, 1), now: 0)
    var now: Int64 = 0
    var pauses: [Int64] = []
    for _ in 0..<20 {
      let due = changes.takeDue(limit: 10, now: now)
      #expect(due.map(\.subject) == [shop])
      #expect(changes.complete(due[0], .retry(reason: "unavailable"), now: now) == .wait)
      let next = changes.nextDue ?? now
      pauses.append(next - now)
      changes.add(entry(Int(100 + now)), event(other, now + 1), now: now)
      let others = changes.takeDue(limit: 10, now: now + 1)
      #expect(others.allSatisfy { $0.subject == other })
      for change in others { _ = changes.complete(change, .applied, now: now + 1) }
      now = next
    }
    #expect(pauses.starts(with: [50, 100, 200, 400, 800, 1000, 1000]))
    let due = changes.takeDue(limit: 10, now: now + 10_000)
    let completion = due.first { $0.subject == shop }.map { changes.complete($0, .applied, now: now) }
    #expect(completion == .acknowledge([entry(1)]))
  }

  @Test("A change whose handling fails five times is dead-lettered with all its entries")
  mutating func deadLettersPoison() {
    changes.add(entry(1), event(shop, 1), now: 0)
    var now: Int64 = 0
    for _ in 0..<4 {
      let due = changes.takeDue(limit: 10, now: now)
      #expect(changes.complete(due[0], .failed(reason: "no"), now: now) == .wait)
      now += 2000
    }
    changes.add(entry(2), event(shop, 2), now: now)
    let due = changes.takeDue(limit: 10, now: now)
    #expect(due[0].sequence == 2)
    #expect(changes.complete(due[0], .failed(reason: "no"), now: now) == .deadLetter([entry(1), entry(2)], reason: "no"))
    #expect(changes.count == 0)
  }

  @Test("The state of quiet subjects is removed, that of waiting ones is kept")
  mutating func removesQuietSubjects() {
    changes.add(entry(1), event(shop, 1), now: 0)
    for change in changes.takeDue(limit: 10, now: 0) { _ = changes.complete(change, .applied, now: 0) }
    changes.add(entry(2), event(other, 1), now: 0)
    changes.removeQuietSubjects(now: 100_000)
    #expect(changes.takeDue(limit: 10, now: 100_000).map(\.subject) == [other])
  }
}

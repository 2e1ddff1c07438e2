import Contracts
import Postgres
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import OrderService

@Suite("Saga time")
struct SagaClockTests {
  /// A monotonic clock that the test advances.
  private final class ManualClock: Sendable {
    private let elapsed = Mutex(Duration.seconds(1_000_000))
    func pass(_ duration: Duration) { elapsed.withLock { $0 += duration } }
    var time: Duration { elapsed.withLock { $0 } }
  }

  private func clock(_ fixture: OrderFixture, _ manual: ManualClock) async throws -> SagaClock {
    try await SagaClock(postgres: fixture.postgres) { manual.time }
  }

  private func stored(_ fixture: OrderFixture) async throws -> String {
    try await fixture.psql("SELECT elapsed_ms FROM saga_clock")
  }

  @Test("It follows only the monotonic clock; the wall clock does not affect it")
  func monotonic() async throws {
    try await OrderFixture.run { fixture in
      let manual = ManualClock()
      let clock = try await clock(fixture, manual)
      let wall = Timestamp.now()
      try await eventually("the wall clock to advance") { Timestamp.now().milliseconds > wall.milliseconds + 50 }
      try await clock.tick()
      #expect(clock.now == 0)
      #expect(try await stored(fixture) == "0")
      manual.pass(.milliseconds(1500))
      #expect(clock.now == 1500)
      try await clock.tick()
      #expect(try await stored(fixture) == "1500")
      manual.pass(.milliseconds(250))
      #expect(clock.now == 1750)
    }
  }

  @Test("Two instances advance it no faster than one, and it decreases for neither")
  func twoInstances() async throws {
    try await OrderFixture.run { fixture in
      let manual = ManualClock()
      let first = try await clock(fixture, manual)
      let second = try await clock(fixture, manual)
      var seen: [Int64] = [0, 0]
      for round in 1...20 {
        manual.pass(.seconds(1))
        if round % 3 == 0 {
          async let one: Void = first.tick()
          async let two: Void = second.tick()
          _ = try await (one, two)
        } else {
          try await (round % 3 == 1 ? first : second).tick()
        }
        let now = [first.now, second.now]
        #expect(now[0] >= seen[0] && now[1] >= seen[1])
        seen = now
      }
      let total = try #require(Int64(try await stored(fixture)))
      #expect(total <= 20_000)
      #expect(total >= 13_000)
      #expect(seen.allSatisfy { $0 <= 20_000 })
    }
  }

  @Test("A new instance continues from the stored value")
  func resumes() async throws {
    try await OrderFixture.run { fixture in
      let manual = ManualClock()
      let first = try await clock(fixture, manual)
      manual.pass(.seconds(3))
      try await first.tick()
      // No instance runs for a day.
      manual.pass(.seconds(86_400))
      let second = try await clock(fixture, manual)
      #expect(second.now == 3000)
      manual.pass(.seconds(2))
      try await second.tick()
      #expect(try await stored(fixture) == "5000")
      // The first one ticks again: a tick has an upper bound.
      #expect(first.now <= 8000)
      try await first.tick()
      #expect(try await stored(fixture) == "5000")
    }
  }

  @Test("It does not decrease, even if the monotonic clock did")
  func neverBack() async throws {
    try await OrderFixture.run { fixture in
      let manual = ManualClock()
      let clock = try await clock(fixture, manual)
      manual.pass(.seconds(4))
      #expect(clock.now == 4000)
      manual.pass(.seconds(-3))
      #expect(clock.now == 4000)
      try await clock.tick()
      #expect(clock.now == 4000)
    }
  }
}

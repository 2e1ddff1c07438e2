import Contracts
import Postgres
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import OrderService

@Suite("Saga time")
struct SagaClockTests {
  /// A monotonic clock that goes on when the test says so, whatever the wall clock does meanwhile.
  private final class Hand: Sendable {
    private let elapsed = Mutex(Duration.seconds(1_000_000))
    func pass(_ duration: Duration) { elapsed.withLock { $0 += duration } }
    var time: Duration { elapsed.withLock { $0 } }
  }

  private func clock(_ bench: OrderBench, _ hand: Hand) async throws -> SagaClock {
    try await SagaClock(postgres: bench.postgres, logger: quietLogger) { hand.time }
  }

  private func stored(_ bench: OrderBench) async throws -> String {
    try await bench.psql("SELECT elapsed_ms FROM saga_clock")
  }

  @Test("It goes by the monotonic clock alone: while that stands still, the hours of the wall make no difference")
  func monotonic() async throws {
    try await OrderBench.run { bench in
      let hand = Hand()
      let clock = try await clock(bench, hand)
      let wall = Timestamp.now()
      try await eventually("a wall clock that goes on") { Timestamp.now().milliseconds > wall.milliseconds + 50 }
      try await clock.tick()
      #expect(clock.now == 0)
      #expect(try await stored(bench) == "0")
      hand.pass(.milliseconds(1500))
      #expect(clock.now == 1500)
      try await clock.tick()
      #expect(try await stored(bench) == "1500")
      hand.pass(.milliseconds(250))
      #expect(clock.now == 1750)
    }
  }

  @Test("Two instances move it no faster than one, and neither sees it go back")
  func twoInstances() async throws {
    try await OrderBench.run { bench in
      let hand = Hand()
      let first = try await clock(bench, hand)
      let second = try await clock(bench, hand)
      var seen: [Int64] = [0, 0]
      for round in 1...20 {
        hand.pass(.seconds(1))
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
      let total = try #require(Int64(try await stored(bench)))
      #expect(total <= 20_000)
      #expect(total >= 13_000)
      #expect(seen.allSatisfy { $0 <= 20_000 })
    }
  }

  @Test("An instance that begins anew goes on where the others are")
  func resumes() async throws {
    try await OrderBench.run { bench in
      let hand = Hand()
      let first = try await clock(bench, hand)
      hand.pass(.seconds(3))
      try await first.tick()
      // Nobody was at work for a day.
      hand.pass(.seconds(86_400))
      let second = try await clock(bench, hand)
      #expect(second.now == 3000)
      hand.pass(.seconds(2))
      try await second.tick()
      #expect(try await stored(bench) == "5000")
      // The first one comes to itself again: it was no use to anybody meanwhile.
      #expect(first.now <= 8000)
      try await first.tick()
      #expect(try await stored(bench) == "5000")
    }
  }

  @Test("A monotonic clock that was set back, which there is none, would not move it")
  func neverBack() async throws {
    try await OrderBench.run { bench in
      let hand = Hand()
      let clock = try await clock(bench, hand)
      hand.pass(.seconds(4))
      #expect(clock.now == 4000)
      hand.pass(.seconds(-3))
      #expect(clock.now == 4000)
      try await clock.tick()
      #expect(clock.now == 4000)
    }
  }
}

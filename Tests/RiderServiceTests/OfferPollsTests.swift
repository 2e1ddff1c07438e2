import Contracts
import ServiceLifecycle
import TestSupport
import Testing

@testable import RiderService

@Suite("Waiting for offers")
struct OfferPollsTests {
  @Test("An open offer is answered at once; without one, a request that doesn't wait gets an empty list")
  func atOnce() async throws {
    try await RiderBench.run { bench in
      let instance = RiderInstance(bench)
      let rider = try await bench.online(.cityHall)[0]
      #expect(try await instance.polls.offers(to: rider, waiting: .zero).isEmpty)
      await #expect(throws: RiderError.unknownRider) { try await instance.polls.offers(to: .fresh(), waiting: .seconds(30)) }
      let delivery = try await bench.request()[0]
      try await bench.offer(delivery, to: rider)
      #expect(try await instance.offer(to: rider).deliveryId == delivery)
      #expect(instance.polls.waitingCount == 0)
    }
  }

  @Test("A waiting request is answered when this instance makes an offer, and when another one does")
  func wakes() async throws {
    try await RiderBench.run { bench in
      let riders = try await bench.online(.cityHall, .cityHall.north(5))
      let instance = RiderInstance(bench, refreshInterval: .seconds(60))
      try await instance.running {
        try await eventually("the riders") { instance.pool.freeCount == 2 }
        async let mine = instance.offer(to: riders[0])
        try await eventually("the wait") { instance.polls.waitingCount == 1 }
        let delivery = try await bench.request()[0]
        instance.dispatcher.wake()
        #expect(try await mine.deliveryId == delivery)

        async let foreign = instance.offer(to: riders[1])
        try await eventually("the wait") { instance.polls.waitingCount == 1 }
        let other = try await bench.request()[0]
        try await bench.offer(other, to: riders[1])
        #expect(try await foreign.deliveryId == other)
      }
    }
  }

  @Test("A wait ends when its time is over, and when its task is cancelled; nothing of it stays")
  func ends() async throws {
    try await RiderBench.run { bench in
      let polls = RiderInstance(bench).polls
      let rider = try await bench.online(.cityHall)[0]
      #expect(try await polls.offers(to: rider, waiting: .milliseconds(20)).isEmpty)
      #expect(polls.waitingCount == 0)
      let waiting = Task { try await polls.offers(to: rider, waiting: .seconds(30)) }
      try await eventually("the wait") { polls.waitingCount == 1 }
      waiting.cancel()
      await #expect(throws: (any Error).self) { try await waiting.value }
      #expect(polls.waitingCount == 0)
    }
  }

  @Test("Whoever asks again and again without waiting for the answers has four requests waiting, not more")
  func bounded() async throws {
    try await RiderBench.run { bench in
      let polls = RiderInstance(bench).polls
      let rider = try await bench.online(.cityHall)[0]
      await withTaskGroup(of: Int?.self) { group in
        for _ in 0..<20 { group.addTask { try? await polls.offers(to: rider, waiting: .seconds(30)).count } }
        for _ in 0..<16 {
          let answered = await group.next()
          #expect(answered == 0)
        }
        #expect(polls.waitingCount == OfferPolls.waitersPerRider)
        group.cancelAll()
      }
      #expect(polls.waitingCount == 0)
    }
  }

  @Test("Two thousand riders wait at the same time, and all are let go when the service stops gracefully")
  func stops() async throws {
    try await RiderBench.run { bench in
      let riders = try await bench.onlineAtOnce(2000)
      let polls = RiderInstance(bench).polls
      let group = ServiceGroup(services: [WaitingRiders(polls: polls, riders: riders)], logger: quietLogger)
      async let ended: Void = group.run()
      try await eventually(within: .seconds(20), "2,000 waits") { polls.waitingCount == 2000 }
      await group.triggerGracefulShutdown()
      try await ended
      #expect(polls.waitingCount == 0)
    }
  }
}

/// Requests of many riders, as a server has them in hand.
private struct WaitingRiders: Service {
  let polls: OfferPolls
  let riders: [Identifier]

  func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for rider in riders {
        group.addTask {
          let offers = try await polls.offers(to: rider, waiting: .seconds(30))
          #expect(offers.isEmpty)
        }
      }
      try await group.waitForAll()
    }
  }
}

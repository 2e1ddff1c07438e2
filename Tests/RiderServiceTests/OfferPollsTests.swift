import Contracts
import ServiceLifecycle
import TestSupport
import Testing

@testable import RiderService

@Suite("Rider: long polling for offers")
struct OfferPollsTests {
  @Test("An open offer is returned immediately; without one, a request with no wait gets an empty list")
  func immediately() async throws {
    try await RiderFixture.run { fixture in
      let instance = RiderInstance(fixture)
      let rider = try await fixture.online(.cityHall)[0]
      #expect(try await instance.polls.offers(to: rider, waiting: .zero).isEmpty)
      await #expect(throws: RiderError.unknownRider) { try await instance.polls.offers(to: .fresh(), waiting: .seconds(30)) }
      let delivery = try await fixture.request()[0]
      try await fixture.offer(delivery, to: rider)
      #expect(try await instance.offer(to: rider).deliveryId == delivery)
      #expect(instance.polls.waitingCount == 0)
    }
  }

  @Test("A pending request returns when this instance makes an offer, and when another instance does")
  func wakes() async throws {
    try await RiderFixture.run { fixture in
      let riders = try await fixture.online(.cityHall, .cityHall.north(5))
      let instance = RiderInstance(fixture, refreshInterval: .seconds(60))
      try await instance.running {
        try await eventually("the riders") { instance.pool.freeCount == 2 }
        async let own = instance.offer(to: riders[0])
        try await eventually("a pending request") { instance.polls.waitingCount == 1 }
        let delivery = try await fixture.request()[0]
        instance.dispatcher.wake()
        #expect(try await own.deliveryId == delivery)

        async let remote = instance.offer(to: riders[1])
        try await eventually("a pending request") { instance.polls.waitingCount == 1 }
        let other = try await fixture.request()[0]
        try await fixture.offer(other, to: riders[1])
        #expect(try await remote.deliveryId == other)
      }
    }
  }

  @Test("A pending request ends at its time limit and when its task is cancelled, and leaves no waiter")
  func ends() async throws {
    try await RiderFixture.run { fixture in
      let polls = RiderInstance(fixture).polls
      let rider = try await fixture.online(.cityHall)[0]
      #expect(try await polls.offers(to: rider, waiting: .milliseconds(20)).isEmpty)
      #expect(polls.waitingCount == 0)
      let waiting = Task { try await polls.offers(to: rider, waiting: .seconds(30)) }
      try await eventually("a pending request") { polls.waitingCount == 1 }
      waiting.cancel()
      await #expect(throws: (any Error).self) { try await waiting.value }
      #expect(polls.waitingCount == 0)
    }
  }

  @Test("A rider has at most four pending requests; a further one ends the oldest")
  func bounded() async throws {
    try await RiderFixture.run { fixture in
      let polls = RiderInstance(fixture).polls
      let rider = try await fixture.online(.cityHall)[0]
      await withTaskGroup(of: Int?.self) { group in
        for _ in 0..<20 { group.addTask { try? await polls.offers(to: rider, waiting: .seconds(30)).count } }
        for _ in 0..<16 {
          let count = await group.next()
          #expect(count == 0)
        }
        #expect(polls.waitingCount == OfferPolls.waitersPerRider)
        group.cancelAll()
      }
      #expect(polls.waitingCount == 0)
    }
  }

  @Test("Two thousand concurrent pending requests end when the service stops gracefully")
  func stops() async throws {
    try await RiderFixture.run { fixture in
      let riders = try await fixture.onlineInBulk(2000)
      let polls = RiderInstance(fixture).polls
      let group = ServiceGroup(services: [WaitingRiders(polls: polls, riders: riders)], logger: quietLogger)
      async let ended: Void = group.run()
      try await eventually(within: .seconds(20), "2,000 pending requests") { polls.waitingCount == 2000 }
      await group.triggerGracefulShutdown()
      try await ended
      #expect(polls.waitingCount == 0)
    }
  }
}

/// Pending requests of many riders in a service group.
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

import Contracts
import Idempotency
import TestSupport
import Testing

@testable import RiderService

@Suite("Rider: dispatch")
struct DispatchTests {
  @Test("The nearest free rider gets the offer first; after a decline the next nearest gets it")
  func nearestFirst() async throws {
    try await RiderFixture.run { fixture in
      let riders = try await fixture.online(.cityHall.north(900), .cityHall.north(100), .cityHall.north(400))
      let instance = RiderInstance(fixture)
      try await instance.running {
        let delivery = try await fixture.request()[0]
        instance.dispatcher.wake()
        for (index, rider) in [riders[1], riders[2], riders[0]].enumerated() {
          let offer = try await instance.offer(to: rider)
          #expect(offer.deliveryId == delivery)
          #expect(offer.distanceMeters == [100, 400, 900][index])
          try await instance.commands.decline(DeliveryTarget(id: delivery, rider: rider))
        }
        #expect(try await fixture.sql("SELECT count(*), min(round), max(round) FROM offers WHERE status = 'declined'") == "3|1|1")
      }
    }
  }

  @Test("An expired offer goes to the next rider, and after all riders a new round starts")
  func expires() async throws {
    try await RiderFixture.run { fixture in
      let riders = try await fixture.online(.cityHall.north(100), .cityHall.north(200))
      let instance = RiderInstance(fixture, timeout: .milliseconds(100))
      try await instance.running {
        let delivery = try await fixture.request()[0]
        instance.dispatcher.wake()
        try await eventually(within: .seconds(30), "the third round") {
          try await fixture.sql("SELECT max(round) FROM offers") == "3"
        }
        let offered = try await fixture.sql("SELECT rider_id FROM offers WHERE round < 3 ORDER BY round, created_at")
        #expect(offered.split(separator: "\n").map { Identifier($0) } == [riders[0], riders[1], riders[0], riders[1]])
        #expect(try await fixture.document(delivery).version == 1, "offers do not change the version")
      }
    }
  }

  @Test("A delivery without a free rider waits, and is offered to the next rider who goes online")
  func waitsForRider() async throws {
    try await RiderFixture.run { fixture in
      let instance = RiderInstance(fixture)
      try await instance.running {
        let delivery = try await fixture.request()[0]
        instance.dispatcher.wake()
        let rider = Identifier.fresh()
        _ = try await instance.riderCommands.register(NewRider(id: rider, name: "늦은 라이더", vehicle: .car))
        try await instance.riderCommands.move(rider, to: .cityHall)
        #expect(try await fixture.sql("SELECT count(*) FROM offers") == "0")
        _ = try await instance.riderCommands.changeStatus(.online, of: RiderTarget(id: rider))
        #expect(try await instance.offer(to: rider).deliveryId == delivery)
      }
    }
  }

  @Test("A rider who completes a delivery gets the delivery that has waited the longest")
  func completes() async throws {
    try await RiderFixture.run { fixture in
      let rider = try await fixture.online(.cityHall)[0]
      let instance = RiderInstance(fixture)
      try await instance.running {
        for delivery in try await fixture.request(3) {
          instance.dispatcher.wake()
          let offer = try await instance.offer(to: rider)
          #expect(offer.deliveryId == delivery, "the longest waiting delivery is first")
          let target = DeliveryTarget(id: offer.deliveryId, rider: rider)
          _ = try await instance.commands.accept(target)
          #expect(!instance.pool.isFree(rider))
          _ = try await instance.commands.pickUp(target)
          _ = try await instance.commands.complete(target)
        }
      }
    }
  }

  @Test("Two instances offer 300 deliveries to 400 riders: each delivery once, each rider at most one, all accepted")
  func twoInstances() async throws {
    try await RiderFixture.run { fixture in
      let riders = try await fixture.onlineInBulk(400)
      let (one, other) = (RiderInstance(fixture), RiderInstance(fixture))
      try await one.running {
        try await other.running {
          try await fixture.requestInBulk(300)
          one.dispatcher.wake()
          other.dispatcher.wake()
          try await eventually(within: .seconds(20), "300 offers") {
            try await fixture.sql("SELECT count(*) FROM offers WHERE status = 'open'") == "300"
          }
        }
      }
      #expect(
        try await fixture.sql("SELECT count(*), count(DISTINCT delivery_id), count(DISTINCT rider_id) FROM offers")
          == "300|300|300"
      )
      let accepted = try await concurrently(riders) { rider in
        guard let json = try await fixture.deliveries.openOffers(to: rider).first else { return false }
        let offer = try decode(OfferView.self, json)
        return try await fixture.deliveries.accept(DeliveryTarget(id: offer.deliveryId, rider: rider)).document.version == 2
      }
      #expect(accepted.count { $0 } == 300)
    }
  }

  @Test("A rider who is free only by the instance's stale view gets no offer; the delivery goes to another")
  func staleView() async throws {
    try await RiderFixture.run { fixture in
      let riders = try await fixture.online(.cityHall.north(1), .cityHall.north(2), .cityHall.north(3))
      let instance = RiderInstance(fixture, refreshInterval: .seconds(60))
      try await instance.running {
        try await eventually("the riders") { instance.pool.freeCount == 3 }
        // The instance does not see these changes: the first rider goes offline, the second accepts another delivery.
        _ = try await fixture.riders.setStatus(.offline, of: RiderTarget(id: riders[0]))
        let other = DeliveryTarget(
          id: try await fixture.request(pickup: Location(latitude: 0, longitude: 0))[0], rider: riders[1])
        try await fixture.offer(other.id, to: other.rider)
        _ = try await fixture.deliveries.accept(other)
        let delivery = try await fixture.request()[0]
        instance.dispatcher.wake()
        #expect(try await instance.offer(to: riders[2]).deliveryId == delivery)
      }
    }
  }

  @Test("Going offline declines the open offer, and is rejected while a delivery is active")
  func goesOffline() async throws {
    try await RiderFixture.run { fixture in
      let riders = try await fixture.online(.cityHall.north(1), .cityHall.north(2))
      let instance = RiderInstance(fixture)
      try await instance.running {
        let delivery = try await fixture.request()[0]
        instance.dispatcher.wake()
        _ = try await instance.offer(to: riders[0])
        let rider = try await instance.riderCommands.changeStatus(.offline, of: RiderTarget(id: riders[0]))
        #expect(rider.version == 3)
        _ = try await instance.offer(to: riders[1])
        _ = try await instance.commands.accept(DeliveryTarget(id: delivery, rider: riders[1]))
        await #expect(throws: RiderError.hasActiveDelivery) {
          try await instance.riderCommands.changeStatus(.offline, of: RiderTarget(id: riders[1]))
        }
        #expect(try await fixture.sql("SELECT status FROM offers ORDER BY created_at") == "declined\naccepted")
      }
    }
  }
}

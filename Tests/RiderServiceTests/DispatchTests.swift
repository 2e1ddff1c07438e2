import Contracts
import Idempotency
import TestSupport
import Testing

@testable import RiderService

@Suite("Dispatching")
struct DispatchTests {
  @Test("The nearest free rider is asked first; whoever declines is passed over for the next nearest")
  func nearestFirst() async throws {
    try await RiderBench.run { bench in
      let riders = try await bench.online(.cityHall.north(900), .cityHall.north(100), .cityHall.north(400))
      let instance = RiderInstance(bench)
      try await instance.running {
        let delivery = try await bench.request()[0]
        instance.dispatcher.wake()
        for (place, rider) in [riders[1], riders[2], riders[0]].enumerated() {
          let offer = try await instance.offer(to: rider)
          #expect(offer.deliveryId == delivery)
          #expect(offer.distanceMeters == [100, 400, 900][place])
          try await instance.commands.decline(DeliveryTarget(id: delivery, rider: rider))
        }
        #expect(try await bench.sql("SELECT count(*), min(round), max(round) FROM offers WHERE status = 'declined'") == "3|1|1")
      }
    }
  }

  @Test("An offer that nobody answers goes to the next rider, and after all have been asked a new round begins")
  func expires() async throws {
    try await RiderBench.run { bench in
      let riders = try await bench.online(.cityHall.north(100), .cityHall.north(200))
      let instance = RiderInstance(bench, timeout: .milliseconds(100))
      try await instance.running {
        let delivery = try await bench.request()[0]
        instance.dispatcher.wake()
        try await eventually(within: .seconds(30), "the third round") {
          try await bench.sql("SELECT max(round) FROM offers") == "3"
        }
        let asked = try await bench.sql("SELECT rider_id FROM offers WHERE round < 3 ORDER BY round, created_at")
        #expect(asked.split(separator: "\n").map { Identifier($0) } == [riders[0], riders[1], riders[0], riders[1]])
        #expect(try await bench.document(delivery).version == 1, "offers change no version")
      }
    }
  }

  @Test("A delivery that nobody is there for waits, and is offered to whoever comes online")
  func nobodyThenSomebody() async throws {
    try await RiderBench.run { bench in
      let instance = RiderInstance(bench)
      try await instance.running {
        let delivery = try await bench.request()[0]
        instance.dispatcher.wake()
        let rider = Identifier.fresh()
        _ = try await instance.riderCommands.register(NewRider(id: rider, name: "늦은 라이더", vehicle: .car))
        try await instance.riderCommands.move(rider, to: .cityHall)
        #expect(try await bench.sql("SELECT count(*) FROM offers") == "0")
        _ = try await instance.riderCommands.setStatus(.online, of: RiderTarget(id: rider))
        #expect(try await instance.offer(to: rider).deliveryId == delivery)
      }
    }
  }

  @Test("Whoever has delivered is offered what waited meanwhile")
  func completes() async throws {
    try await RiderBench.run { bench in
      let rider = try await bench.online(.cityHall)[0]
      let instance = RiderInstance(bench)
      try await instance.running {
        for delivery in try await bench.request(3) {
          instance.dispatcher.wake()
          let offer = try await instance.offer(to: rider)
          #expect(offer.deliveryId == delivery, "the one that waits the longest comes first")
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
    try await RiderBench.run { bench in
      let riders = try await bench.onlineAtOnce(400)
      let (one, other) = (RiderInstance(bench), RiderInstance(bench))
      try await one.running {
        try await other.running {
          try await bench.requestAtOnce(300)
          one.dispatcher.wake()
          other.dispatcher.wake()
          try await eventually(within: .seconds(20), "300 offers") {
            try await bench.sql("SELECT count(*) FROM offers WHERE status = 'open'") == "300"
          }
        }
      }
      #expect(
        try await bench.sql("SELECT count(*), count(DISTINCT delivery_id), count(DISTINCT rider_id) FROM offers") == "300|300|300"
      )
      let accepted = try await concurrently(riders) { rider in
        guard let json = try await bench.deliveries.openOffers(to: rider).first else { return false }
        let offer = try decode(OfferView.self, json)
        return try await bench.deliveries.accept(DeliveryTarget(id: offer.deliveryId, rider: rider)).document.version == 2
      }
      #expect(accepted.count { $0 } == 300)
    }
  }

  @Test("A rider whom the instance takes for free, and who isn't, gets nothing; the delivery goes to another")
  func wrongGuess() async throws {
    try await RiderBench.run { bench in
      let riders = try await bench.online(.cityHall.north(1), .cityHall.north(2), .cityHall.north(3))
      let instance = RiderInstance(bench, refreshInterval: .seconds(60))
      try await instance.running {
        try await eventually("the riders") { instance.pool.freeCount == 3 }
        // Behind the instance's back: the first goes offline, the second takes on something else.
        _ = try await bench.riders.setStatus(.offline, of: RiderTarget(id: riders[0]))
        let other = DeliveryTarget(id: try await bench.request(pickup: Location(latitude: 0, longitude: 0))[0], rider: riders[1])
        try await bench.offer(other.id, to: other.rider)
        _ = try await bench.deliveries.accept(other)
        let delivery = try await bench.request()[0]
        instance.dispatcher.wake()
        #expect(try await instance.offer(to: riders[2]).deliveryId == delivery)
      }
    }
  }

  @Test("Who goes offline declines what is offered to him; with a delivery under way he can't go")
  func goesOffline() async throws {
    try await RiderBench.run { bench in
      let riders = try await bench.online(.cityHall.north(1), .cityHall.north(2))
      let instance = RiderInstance(bench)
      try await instance.running {
        let delivery = try await bench.request()[0]
        instance.dispatcher.wake()
        _ = try await instance.offer(to: riders[0])
        let answer = try await instance.riderCommands.setStatus(.offline, of: RiderTarget(id: riders[0]))
        #expect(answer.version == 3)
        _ = try await instance.offer(to: riders[1])
        _ = try await instance.commands.accept(DeliveryTarget(id: delivery, rider: riders[1]))
        await #expect(throws: RiderError.deliveryUnderWay) {
          try await instance.riderCommands.setStatus(.offline, of: RiderTarget(id: riders[1]))
        }
        #expect(try await bench.sql("SELECT status FROM offers ORDER BY created_at") == "declined\naccepted")
      }
    }
  }
}

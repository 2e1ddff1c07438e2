import Contracts
import Telemetry
import TestSupport
import Testing

@testable import RiderService

@Suite("Positions at volume")
struct PositionTests {
  @Test(
    "A hundred thousand updates leave the table as large as it was: new versions take the old ones' place, and no index grows")
  func bounded() async throws {
    // A transaction of another test's database would keep old versions from being cleared away while it lasts.
    let server = try await PostgresServer()
    try await RiderBench.run(on: server) { bench in
      let riders = try await bench.onlineAtOnce(1000)
      let start = Timestamp.now()
      func size(_ relation: String) async throws -> Int {
        Int(try await bench.sql("SELECT pg_relation_size('\(relation)')")) ?? .max
      }
      let (table, index) = (try await size("rider_positions"), try await size("rider_positions_pkey"))
      for round in 1...100 {
        try await bench.riders.write(
          riders.map {
            RiderPosition(
              rider: $0, location: .cityHall.north(Double(round)),
              recordedAt: Timestamp(milliseconds: start.milliseconds + 1000 + Int64(round)))
          })
      }
      #expect(try await bench.sql("SELECT count(*), count(DISTINCT latitude) FROM rider_positions") == "1000|1")
      // 1,000 rows of 72 bytes on half-filled pages are 144 KB; without HOT and pruning 100,000 versions would be 7 MB.
      let (newTable, newIndex) = (try await size("rider_positions"), try await size("rider_positions_pkey"))
      #expect(newTable <= 2 * table)
      #expect(newIndex <= 2 * index)
    }
  }

  @Test("Of two positions of a rider the newer one stays, whichever is written last")
  func newestWins() async throws {
    try await RiderBench.run { bench in
      let rider = try await bench.online(.cityHall)[0]
      let now = Timestamp.now().milliseconds
      func write(_ place: Location, _ milliseconds: Int64) async throws {
        try await bench.riders.write(
          [RiderPosition(rider: rider, location: place, recordedAt: Timestamp(milliseconds: now + milliseconds))])
      }
      try await write(.cityHall.north(20), 2000)
      try await write(.cityHall.north(10), 1000)
      #expect(try await bench.riders.onlineRiders().first?.position?.location == .cityHall.north(20))
      #expect(try await bench.riders.onlineRiders().first?.position?.recordedAt.milliseconds == now + 2000)
    }
  }

  @Test("Positions are written without being asked for, at the latest when the service stops, and read back by the next one")
  func restarts() async throws {
    try await RiderBench.run { bench in
      let rider = try await bench.online(.cityHall)[0]
      let first = RiderInstance(bench)
      try await first.running {
        try await eventually("the rider") { first.pool.isFree(rider) }
        try await first.riderCommands.move(rider, to: .cityHall.north(700))
        try await eventually("the write") {
          try await bench.riders.onlineRiders().first?.position?.location == .cityHall.north(700)
        }
        try await first.riderCommands.move(rider, to: .cityHall.north(800))
      }
      #expect(try await bench.riders.onlineRiders().first?.position?.location == .cityHall.north(800))
      let second = RiderInstance(bench)
      try await second.running {
        try await bench.request()
        second.dispatcher.wake()
        #expect(try await second.offer(to: rider).distanceMeters == 800)
      }
    }
  }

  @Test("Nobody can say where a rider is whom the database doesn't know")
  func unknownRider() async throws {
    try await RiderBench.run { bench in
      let instance = RiderInstance(bench)
      await #expect(throws: RiderError.unknownRider) { try await instance.riderCommands.move(.fresh(), to: .cityHall) }
      #expect(instance.pool.takeUnwritten().isEmpty)
    }
  }
}

import Contracts
import Telemetry
import TestSupport
import Testing

@testable import RiderService

@Suite("Rider: positions")
struct PositionTests {
  @Test(
    "After 100,000 updates the table and its index have at most twice their size, due to HOT updates")
  func bounded() async throws {
    // On a shared server, a transaction of another test would prevent the pruning of old row versions.
    let server = try await PostgresServer()
    try await RiderFixture.run(on: server) { fixture in
      let riders = try await fixture.onlineInBulk(1000)
      let start = Timestamp.now()
      func size(_ relation: String) async throws -> Int {
        Int(try await fixture.sql("SELECT pg_relation_size('\(relation)')")) ?? .max
      }
      let (table, index) = (try await size("rider_positions"), try await size("rider_positions_pkey"))
      for round in 1...100 {
        try await fixture.riders.write(
          riders.map {
            RiderPosition(
              rider: $0, location: .cityHall.north(Double(round)),
              recordedAt: Timestamp(milliseconds: start.milliseconds + 1000 + Int64(round)))
          })
      }
      #expect(try await fixture.sql("SELECT count(*), count(DISTINCT latitude) FROM rider_positions") == "1000|1")
      // 1,000 rows of 72 bytes on half-filled pages are 144 KB; without HOT updates and pruning, 100,000 versions would be 7 MB.
      let (newTable, newIndex) = (try await size("rider_positions"), try await size("rider_positions_pkey"))
      #expect(newTable <= 2 * table)
      #expect(newIndex <= 2 * index)
    }
  }

  @Test("The newer of two positions is kept, whichever is written last")
  func newestWins() async throws {
    try await RiderFixture.run { fixture in
      let rider = try await fixture.online(.cityHall)[0]
      let now = Timestamp.now().milliseconds
      func write(_ location: Location, _ milliseconds: Int64) async throws {
        try await fixture.riders.write(
          [RiderPosition(rider: rider, location: location, recordedAt: Timestamp(milliseconds: now + milliseconds))])
      }
      try await write(.cityHall.north(20), 2000)
      try await write(.cityHall.north(10), 1000)
      #expect(try await fixture.riders.onlineRiders().first?.position?.location == .cityHall.north(20))
      #expect(try await fixture.riders.onlineRiders().first?.position?.recordedAt.milliseconds == now + 2000)
    }
  }

  @Test("Positions are written periodically and at shutdown, and the next instance reads them")
  func restarts() async throws {
    try await RiderFixture.run { fixture in
      let rider = try await fixture.online(.cityHall)[0]
      let first = RiderInstance(fixture)
      try await first.running {
        try await eventually("the rider") { first.pool.isFree(rider) }
        try await first.riderCommands.move(rider, to: .cityHall.north(700))
        try await eventually("the write") {
          try await fixture.riders.onlineRiders().first?.position?.location == .cityHall.north(700)
        }
        try await first.riderCommands.move(rider, to: .cityHall.north(800))
      }
      #expect(try await fixture.riders.onlineRiders().first?.position?.location == .cityHall.north(800))
      let second = RiderInstance(fixture)
      try await second.running {
        try await fixture.request()
        second.dispatcher.wake()
        #expect(try await second.offer(to: rider).distanceMeters == 800)
      }
    }
  }

  @Test("Moving an unknown rider fails")
  func unknownRider() async throws {
    try await RiderFixture.run { fixture in
      let instance = RiderInstance(fixture)
      await #expect(throws: RiderError.unknownRider) { try await instance.riderCommands.move(.fresh(), to: .cityHall) }
      #expect(instance.pool.drainUnwritten().isEmpty)
    }
  }
}

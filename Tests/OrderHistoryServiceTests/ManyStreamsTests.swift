import Contracts
import NIOCore
import NIOPosix
import Redis
import Telemetry
import TestSupport
import Testing

@Suite("Many tracking streams", .serialized)
struct ManyStreamsTests {
  private func metric(_ name: String, _ api: RESTClient) async throws -> Double {
    let line = try await api.get("/metrics").text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
    return line.flatMap { Double($0.dropFirst(name.count + 1)) } ?? -1
  }

  @Test("A thousand open streams take little memory, and a change reaches all streams of its order")
  func thousand() async throws {
    let count = 1000
    try await withService { test, processes in
      let api = RESTClient(processes[0].url, principal: HistoryUnderTest.staff)
      let orders = (1...100).map { Order.sample($0, .placed) }
      for order in orders { try await test.publish(order) }
      try await eventually("the orders") { try await api.get("/orders/\(orders[99].id)").status == 200 }
      let before = try await metric("process_resident_memory_bytes", api)
      var clients: [EventStreamClient] = []
      for number in 0..<count {
        let path = "/orders/\(orders[number % 100].id)/track"
        clients.append(try await EventStreamClient(processes[0].url, path, as: HistoryUnderTest.customer))
      }
      let streams = clients
      try await eventually(within: .seconds(20), "the streams") { streams.allSatisfy { $0.events.count == 1 } }
      let each = (try await metric("process_resident_memory_bytes", api) - before) / Double(count)
      print("bytes per stream: \(Int(each))")
      // In a debug build; more than half of it is the cost of any open connection.
      #expect(each < 40_000)
      let open = try await metric("tracking_streams_open", api)
      #expect(open == Double(count))
      for number in 1...10 { try await test.publish(Order.sample(number, .placed, .paid)) }
      try await eventually("the change at a tenth of them") { streams.count { $0.events.count == 2 } == count / 10 }
      for stream in streams { await stream.close() }
      try await eventually("the end of all") { try await metric("tracking_streams_open", api) == 0 }
    }
  }

  @Test("A client that does not read delays no other, and gets all events once it reads")
  func slowReader() async throws {
    try await withService { test, processes in
      let order = Order.sample(1, .placed, id: .v7(at: .now()))
      test.orders.put(order)
      let path = "/orders/\(order.id)/track"
      let slow = try await EventStreamClient(processes[0].url, path, as: HistoryUnderTest.customer, reads: false)
      let fast = try await EventStreamClient(processes[0].url, path, as: HistoryUnderTest.customer)
      try await eventually("the first event") { fast.events.count == 1 }
      for version in 2...400 {
        var next = order
        next.version = Int64(version)
        next.timeline = (1...version).map { StatusChange(version: Int64($0), status: .placed, at: order.placedAt) }
        try await test.publish(next)
      }
      try await eventually(within: .seconds(10), "the last event") { fast.events.last?.id == "400.0.0" }
      #expect(slow.status == nil)
      try await slow.read()
      try await eventually("all events") { slow.events.count == 400 }
      #expect(slow.events.map(\.id) == (1...400).map { "\($0).0.0" })
    }
  }
}

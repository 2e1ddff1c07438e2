import Contracts
import Redis
import Telemetry
import TestSupport
import Testing

@Suite("Live tracking")
struct TrackingTests {
  /// Publishes all changes of an order, each after `awaitEvent` returned for the previous one.
  private func publishAll(_ test: HistoryUnderTest, _ number: Int, awaitEvent: @Sendable (Int) async throws -> Void) async throws
  {
    let order = Order.sample(number, .placed, .paid, .accepted)
    try await test.publish(Order.sample(number, .placed))
    try await awaitEvent(1)
    try await test.publish(Payment.sample(of: order, .requested))
    try await awaitEvent(2)
    try await test.publish(Payment.sample(of: order, .requested, .authorized))
    try await awaitEvent(3)
    try await test.publish(Order.sample(number, .placed, .paid))
    try await awaitEvent(4)
    try await test.publish(order)
    try await awaitEvent(5)
    try await test.publish(Delivery.sample(of: order, .requested))
    try await awaitEvent(6)
    try await test.publish(Payment.sample(of: order, .requested, .authorized, .captured))
    try await awaitEvent(7)
    try await test.publish(Delivery.sample(of: order, .requested, .assigned))
    try await awaitEvent(8)
    try await test.publish(Delivery.sample(of: order, .requested, .assigned, .pickedUp))
    try await awaitEvent(9)
    try await test.publish(Order.sample(number, .placed, .paid, .accepted, .pickedUp))
    try await awaitEvent(10)
    try await test.publish(Delivery.sample(of: order, .requested, .assigned, .pickedUp, .delivered))
    try await awaitEvent(11)
    try await test.publish(Order.sample(number, .placed, .paid, .accepted, .pickedUp, .delivered))
  }

  private let allEvents = [
    "order placed", "payment requested", "payment authorized", "order paid", "order accepted", "delivery requested",
    "payment captured", "delivery assigned", "delivery pickedUp", "order pickedUp", "delivery delivered", "order delivered",
  ]
  private let ids = [
    "1.0.0", "1.1.0", "1.2.0", "2.2.0", "3.2.0", "3.2.1", "3.3.1", "3.3.2", "3.3.3", "4.3.3", "4.3.4", "5.3.4",
  ]

  @Test("Streams of two instances send every change once and in order, whichever instance consumed it, and end with the order")
  func twoInstances() async throws {
    try await withService(instances: 2) { test, processes in
      let path = "/orders/\(Identifier.sample(1))/track"
      try await test.publish(Order.sample(1, .placed))
      let staff = RESTClient(processes[0].url, principal: HistoryUnderTest.staff)
      try await eventually("the order") { try await staff.get("/orders/\(Identifier.sample(1))").status == 200 }
      var clients: [EventStreamClient] = []
      for process in processes {
        for principal in [HistoryUnderTest.customer, HistoryUnderTest.owner] {
          clients.append(try await EventStreamClient(process.url, path, as: principal))
        }
      }
      let streams = clients
      try await publishAll(test, 1) { count in
        try await eventually("event \(count)") { streams.allSatisfy { $0.events.count == count } }
      }
      try await eventually("the end") { streams.allSatisfy(\.hasEnded) }
      for stream in streams {
        #expect(stream.status == 200 && stream.header("content-type") == "text/event-stream")
        #expect(stream.briefs == allEvents)
        #expect(stream.events.map(\.id) == ids)
      }
      #expect(streams[0].events[1].data == #"{"status":"requested","version":1,"at":"2026-01-01T00:00:01.100Z"}"#)
    }
  }

  @Test("A client that reconnects to any instance gets exactly the events it has not received; after the last one 204")
  func resumes() async throws {
    try await withService(instances: 2) { test, processes in
      let path = "/orders/\(Identifier.sample(1))/track"
      try await publishAll(test, 1) { _ in }
      let staff = RESTClient(processes[1].url, principal: HistoryUnderTest.staff)
      try await eventually("the order") {
        try await staff.get("/orders/\(Identifier.sample(1))").header("ETag") == #""5.3.4""#
      }
      for process in processes {
        for seen in 0...ids.count {
          let client = try await EventStreamClient(
            process.url, path, as: HistoryUnderTest.customer, lastEventID: seen == 0 ? nil : ids[seen - 1])
          try await eventually("the end") { client.hasEnded }
          #expect(client.status == (seen == ids.count ? 204 : 200))
          // Past events are sent in chronological order.
          #expect(
            Set(client.briefs).isSuperset(of: allEvents.dropFirst(seen))
              && client.events.last?.id == (seen == ids.count ? nil : "5.3.4"))
          await client.close()
        }
        let bad = try await EventStreamClient(process.url, path, as: HistoryUnderTest.customer, lastEventID: "7")
        try await eventually("the 400") { bad.status == 400 }
      }
    }
  }

  @Test("Streams survive a loss of the read model: no event is missing or sent twice")
  func lossOfReadModel() async throws {
    try await withService(instances: 2) { test, processes in
      let path = "/orders/\(Identifier.sample(1))/track"
      test.orders.put(.sample(1, .placed))
      try await test.publish(Order.sample(1, .placed))
      let staff = RESTClient(processes[0].url, principal: HistoryUnderTest.staff)
      try await eventually("the order") { try await staff.get("/orders/\(Identifier.sample(1))").status == 200 }
      let clients = [
        try await EventStreamClient(processes[0].url, path, as: HistoryUnderTest.customer),
        try await EventStreamClient(processes[1].url, path, as: HistoryUnderTest.customer),
      ]
      try await publishAll(test, 1) { count in
        try await eventually(within: .seconds(10), "event \(count)") { clients.allSatisfy { $0.events.count == count } }
        if count == 4 { try await test.cacheClient.send(RedisCommand("FLUSHALL")) }
        if count == 8 {
          try await test.cache.kill9()
          try await test.cache.start()
        }
      }
      try await eventually("the end") { clients.allSatisfy(\.hasEnded) }
      for client in clients { #expect(client.briefs == allEvents && client.events.map(\.id) == ids) }
    }
  }

  @Test("A recently placed order can be tracked before its event is consumed")
  func justPlaced() async throws {
    try await withService { test, processes in
      let order = Order.sample(1, .placed, id: .v7(at: .now()))
      test.orders.put(order)
      let api = RESTClient(processes[0].url)
      for _ in 1...20 {
        let client = try await EventStreamClient(processes[0].url, "/orders/\(order.id)/track", as: HistoryUnderTest.customer)
        try await eventually("the first event") { client.briefs == ["order placed"] }
        #expect(client.text.hasPrefix("retry: 1000\n\n"))
        await client.close()
        // Well before the first keep-alive.
        try await eventually("the end of the stream at the server") {
          try await api.get("/metrics").text.contains("tracking_streams_open 0\n")
        }
      }
    }
  }

  @Test("At shutdown streams end immediately and cleanly")
  func shutdown() async throws {
    try await withService { test, processes in
      let order = Order.sample(1, .placed, id: .v7(at: .now()))
      test.orders.put(order)
      var clients: [EventStreamClient] = []
      for _ in 1...5 {
        clients.append(
          try await EventStreamClient(processes[0].url, "/orders/\(order.id)/track", as: HistoryUnderTest.customer))
      }
      let streams = clients
      try await eventually("the streams") { streams.allSatisfy { $0.events.count == 1 } }
      let start = ContinuousClock.now
      let exit = try await processes[0].stop()
      #expect(exit == .status(0))
      let elapsed = ContinuousClock.now - start
      #expect(elapsed < .seconds(5))
      #expect(streams.allSatisfy { $0.hasEnded })
    }
  }
}

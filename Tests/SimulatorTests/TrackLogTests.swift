import Contracts
import LoadClient
import Testing

@testable import Simulator

@Suite("Log of a tracking stream")
struct TrackLogTests {
  private func event(_ id: String, _ name: String, _ status: String, _ version: Int) -> ServerSentEvent {
    let data = "{\"status\":\"\(status)\",\"version\":\(version),\"at\":\"2026-01-02T03:04:05.678Z\"}"
    return ServerSentEvent(id: id, name: name, data: Array(data.utf8))
  }

  /// What is wrong with the last of `events`.
  private func anomalies(_ events: ServerSentEvent...) -> [TrackAnomaly] {
    var log = TrackLog()
    return events.map { log.take($0).anomalies }.last ?? []
  }

  @Test("a whole order is pushed without an anomaly, and is over when the payment is captured")
  func wholeOrder() throws {
    var log = TrackLog()
    let events = [
      event("1.0.0", "order", "placed", 1), event("1.1.0", "payment", "requested", 1), event("1.2.0", "payment", "authorized", 2),
      event("2.2.0", "order", "paid", 2), event("3.2.0", "order", "accepted", 3), event("3.2.1", "delivery", "requested", 1),
      event("3.2.3", "delivery", "assigned", 3), event("4.2.3", "order", "pickedUp", 4), event("5.2.3", "order", "delivered", 5),
    ]
    for event in events {
      let (change, anomalies) = log.take(event)
      #expect(change?.subject.rawValue == event.name)
      #expect(anomalies == [])
      #expect(!log.isOver)
    }
    let (change, _) = log.take(event("5.3.3", "payment", "captured", 3))
    #expect(change?.at == Timestamp(rfc3339: "2026-01-02T03:04:05.678Z"))
    #expect(log.isOver)
    #expect(log.lastEventID == "5.3.3")
  }

  @Test("a change that is pushed twice is found, and given on once")
  func repeated() {
    var log = TrackLog()
    _ = log.take(event("1.0.0", "order", "placed", 1))
    let (change, anomalies) = log.take(event("1.0.0", "order", "placed", 1))
    #expect(change == nil)
    #expect(anomalies == [.repeated(.order, version: 1)])
  }

  @Test("a version that falls is found")
  func fall() {
    #expect(
      anomalies(event("1.3.0", "payment", "captured", 3), event("1.3.0", "payment", "authorized", 2))
        == [.fell(.payment, from: 3, to: 2)])
  }

  @Test("an event id that goes back is found")
  func identifierFall() {
    #expect(
      anomalies(event("1.3.0", "order", "placed", 1), event("2.2.0", "order", "paid", 2)) == [.fell(.payment, from: 3, to: 2)])
  }

  @Test("an order's change that is left out is found")
  func skipped() {
    #expect(
      anomalies(event("1.0.0", "order", "placed", 1), event("3.0.0", "order", "accepted", 3))
        == [.skipped(.order, from: 1, to: 3)])
  }

  @Test("a payment may grow by more than one: a part refund changes no status")
  func paymentVersions() {
    #expect(anomalies(event("1.1.0", "payment", "captured", 3), event("1.5.0", "payment", "refunded", 5)) == [])
  }

  @Test("what the contract doesn't know is found")
  func unreadable() {
    #expect(anomalies(event("1.0.0", "weather", "sunny", 1)) == [.unreadable("event weather")])
    #expect(anomalies(ServerSentEvent(id: "1.0.0", name: "order", data: Array("{}".utf8))) == [.unreadable("{}")])
    #expect(anomalies(event("7", "order", "placed", 1)) == [.unreadable("id 7")])
  }

  @Test("an order is over only with a payment that fits its end", arguments: OrderStatus.allCases)
  func over(status: OrderStatus) {
    for payment in PaymentStatus.allCases {
      var log = TrackLog()
      _ = log.take(event("1.0.0", "order", status.rawValue, 1))
      _ = log.take(event("1.1.0", "payment", payment.rawValue, 1))
      #expect(log.isOver == status.paymentEnds.contains(payment), "\(status) with \(payment)")
    }
  }
}

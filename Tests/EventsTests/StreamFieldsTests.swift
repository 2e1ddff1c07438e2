import Contracts
import Testing

@testable import Events

@Suite("An event as a stream entry")
struct StreamFieldsTests {
  private let event = Event(
    id: Identifier("01a1fc3c-a7a8-7b82-9501-7820600efb3c")!, source: "/shop", type: .shopUpdated,
    subject: Identifier("01a1fc3c-a7a8-75bc-8f57-3e41155c386a")!, time: Timestamp(milliseconds: 1_795_233_195_947),
    sequence: 42, traceparent: "00-6a0d803fdda8c27cd5c3353a1f87ed86-9a0fea753eca2863-01")

  @Test("The fields are exactly the seven of the contract, in their order")
  func exactFields() {
    #expect(event.streamFields.map(\.name) == ["id", "source", "type", "subject", "time", "sequence", "traceparent"])
    #expect(
      event.streamFields.map(\.value) == [
        "01a1fc3c-a7a8-7b82-9501-7820600efb3c", "/shop", "shop.updated", "01a1fc3c-a7a8-75bc-8f57-3e41155c386a",
        "2026-11-21T03:53:15.947Z", "42", "00-6a0d803fdda8c27cd5c3353a1f87ed86-9a0fea753eca2863-01",
      ])
  }

  @Test("Written fields are read back")
  func roundTrip() throws {
    let fields = Dictionary(uniqueKeysWithValues: event.streamFields.map { ($0.name, $0.value) })
    #expect(try Event(streamFields: fields) == event)
  }

  @Test(
    "A missing or invalid field is named",
    arguments: [
      ("id", nil), ("id", "7"), ("source", nil), ("source", "shop"), ("type", ""), ("subject", "x"), ("time", "yesterday"),
      ("sequence", "0"), ("sequence", "1.5"), ("sequence", nil),
    ] as [(String, String?)])
  func namesTheField(_ name: String, _ value: String?) {
    var fields = Dictionary(uniqueKeysWithValues: event.streamFields.map { ($0.name, $0.value) })
    fields[name] = value
    #expect { try Event(streamFields: fields) } throws: { error in
      (error as? MalformedEvent)?.reason.contains("the field \(name) ") == true
    }
  }
}

import LoadClient
import Testing

@testable import Simulator

@Suite("Server-sent events")
struct ServerSentEventsTests {
  private static let stream = """
    : hello
    id: 1.0.0
    event: order
    data: {"status":"placed","version":1}

    data: first
    data:second
    data:  third
    unknown: field

    : keep-alive

    event: nothing

    id: 2.1.0
    data

    event: payment
    data: 배달

    data: never finished
    """

  private static let events = [
    ServerSentEvent(id: "1.0.0", name: "order", data: Array("{\"status\":\"placed\",\"version\":1}".utf8)),
    ServerSentEvent(id: "1.0.0", name: "message", data: Array("first\nsecond\n third".utf8)),
    ServerSentEvent(id: "2.1.0", name: "message", data: []),
    ServerSentEvent(id: "2.1.0", name: "payment", data: Array("배달".utf8)),
  ]

  private func parse(_ pieces: [ArraySlice<UInt8>]) -> [ServerSentEvent] {
    var parser = ServerSentEvents()
    var events: [ServerSentEvent] = []
    for piece in pieces { parser.feed(piece) { events.append($0) } }
    return events
  }

  @Test("a stream split at any byte has the same events", arguments: ["\n", "\r\n", "\r"])
  func cutAnywhere(lineEnd: String) {
    let bytes = Array(Self.stream.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: lineEnd).utf8)
    for cut in 0...bytes.count {
      #expect(parse([bytes[..<cut], bytes[cut...]]) == Self.events, "cut at \(cut)")
    }
  }

  @Test("a stream fed byte by byte has the same events", arguments: ["\n", "\r\n", "\r"])
  func byteByByte(lineEnd: String) {
    let bytes = Array(Self.stream.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: lineEnd).utf8)
    #expect(parse(bytes.indices.map { bytes[$0...$0] }) == Self.events)
  }

  @Test("a leading byte order mark is not part of the first field")
  func byteOrderMark() {
    let bytes = [0xef, 0xbb, 0xbf] + Array("data: x\n\n".utf8)
    #expect(parse([bytes[...]]).map(\.data) == [[UInt8(ascii: "x")]])
  }

  @Test("an id with a null character is ignored, an empty one counts")
  func identifiers() {
    #expect(parse([Array("id: 7\ndata: a\n\nid: 8\u{0}\ndata: b\n\nid\ndata: c\n\n".utf8)[...]]).map(\.id) == ["7", "7", ""])
  }
}

import Contracts
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

struct IdentifierTests {
  @Test(
    "An identifier is written as it was read, in lower case",
    arguments: [
      ("0198c0de-0000-7abc-8def-0123456789ab", "0198c0de-0000-7abc-8def-0123456789ab"),
      ("0198C0DE-0000-7ABC-8DEF-0123456789AB", "0198c0de-0000-7abc-8def-0123456789ab"),
      ("00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"),
      ("ffffffff-ffff-ffff-ffff-ffffffffffff", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    ])
  func roundTrip(text: String, canonical: String) throws {
    let identifier = try #require(Identifier(text))
    #expect(identifier.description == canonical)
    #expect(Identifier(canonical) == identifier)
    #expect(Identifier(Substring(text)) == identifier)
  }

  @Test(
    "Anything but 8-4-4-4-12 hexadecimal digits is no identifier",
    arguments: [
      "", "-", "0198c0de", "0198c0de00007abc8def0123456789ab", "{0198c0de-0000-7abc-8def-0123456789ab}",
      "0198c0de-0000-7abc-8def-0123456789a", "0198c0de-0000-7abc-8def-0123456789abc", "0198c0de-0000-7abc-8def-0123456789ag",
      "0198c0de_0000-7abc-8def-0123456789ab", "0198c0d-e0000-7abc-8def-0123456789ab", " 0198c0de-0000-7abc-8def-0123456789a",
      "0198c0de-0000-7abc-8def-0123456789ab\n", "0198c0de-0000-7abc-8def-01234567가", "----+---+---+---+------------",
      "0198c0de-0000-7abc-8def-01234567８９ab",
    ])
  func refused(text: String) {
    #expect(Identifier(text) == nil)
  }

  @Test("A version 7 identifier contains its version, its variant and its time")
  func versionSeven() throws {
    let time = try #require(Timestamp(rfc3339: "2026-01-01T00:00:00.000Z"))
    for _ in 0..<1000 {
      let text = Array(Identifier.v7(at: time).description)
      #expect(String(text[0..<13]) == "019b76da-a800")
      #expect(text[14] == "7")
      #expect("89ab".contains(text[19]))
    }
  }

  @Test("Version 7 identifiers sort by their millisecond of creation, as values and as text")
  func ordering() {
    let times = (0..<2000).map { Timestamp(milliseconds: 1_767_225_600_000 + Int64($0)) }
    let identifiers = times.map { Identifier.v7(at: $0) }
    #expect(identifiers.sorted() == identifiers)
    #expect(identifiers.map(\.description).sorted() == identifiers.map(\.description))
  }

  @Test("No two identifiers of one millisecond are the same")
  func randomTail() {
    let time = Timestamp(milliseconds: 1_767_225_600_000)
    #expect(Set((0..<10_000).map { _ in Identifier.v7(at: time) }).count == 10_000)
  }

  @Test("The order of identifiers is the order of their bytes")
  func byteOrder() throws {
    let ascending = try [
      "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-8000-000000000000",
      "00000000-0000-0001-0000-000000000000", "7fffffff-ffff-ffff-ffff-ffffffffffff", "80000000-0000-0000-0000-000000000000",
      "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ].map { try #require(Identifier($0)) }
    #expect(ascending.shuffled().sorted() == ascending)
  }

  @Test("In JSON an identifier is a string, and an invalid string is rejected")
  func json() throws {
    let identifier = try #require(Identifier("0198c0de-0000-7abc-8def-0123456789ab"))
    #expect(try encoded([identifier]) == #"["0198c0de-0000-7abc-8def-0123456789ab"]"#)
    #expect(try decoded(#"["0198C0DE-0000-7ABC-8DEF-0123456789AB"]"#, as: [Identifier].self) == [identifier])
    #expect(throws: DecodingError.self) { try decoded(#"["no"]"#, as: [Identifier].self) }
    #expect(throws: DecodingError.self) { try decoded("[7]", as: [Identifier].self) }
  }
}

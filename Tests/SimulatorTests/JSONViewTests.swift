import Testing

@testable import Simulator

@Suite("Views of JSON")
struct JSONViewTests {
  private let json = JSONView(
    #" { "a" : {"id":"inner","x":[1,{"id":2}]}, "text":"say \"id\": {", "id":"outer" , "n":-42,"d":37.5, "none":null,"list":[ {"id":"p"},[1,2],"s" , 7 ] ,"last":9}"#
      .utf8)

  @Test("a member is found at its own level only")
  func members() {
    #expect(json["id"]?.string == "outer")
    #expect(json["a"]?["id"]?.string == "inner")
    #expect(json["x"]?.string == nil)
    #expect(json["missing"]?.string == nil)
  }

  @Test("numbers and strings are read, other values are nil")
  func values() {
    #expect(json["n"]?.integer == -42)
    #expect(json["last"]?.integer == 9)
    #expect(json["d"]?.double == 37.5)
    #expect(json["none"]?.integer == nil)
    #expect(json["none"]?.string == nil)
    #expect(json["n"]?.string == nil)
  }

  @Test("an array has its elements, also nested ones")
  func elements() {
    let list = json["list"]?.elements ?? []
    #expect(list.count == 4)
    #expect(list.first?["id"]?.string == "p")
    #expect(list.dropFirst().first?.elements.compactMap(\.integer) == [1, 2])
    #expect(JSONView("[]".utf8).elements.isEmpty)
    #expect(JSONView("{}".utf8)["id"]?.string == nil)
  }

  @Test("a truncated document never crashes and never has a wrong value")
  func cutOff() {
    let bytes = Array(#"{"a":{"b":[1,"x\"y"]},"id":"outer"}"#.utf8)
    for end in bytes.indices {
      let id = JSONView(bytes[..<end])["id"]?.string
      #expect(id == nil || id == "outer")
    }
  }

  @Test("a string is escaped as JSON")
  func quoted() {
    #expect("a\"b\\c\nd배".quoted == #""a\"b\\c\u000ad배""#)
  }
}

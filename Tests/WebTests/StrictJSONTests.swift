import JSON
import Contracts
import HTTPTypes
import NIOCore
import Testing
@testable import Web

@Suite("Strict JSON")
struct StrictJSONTests {
  private struct Place: Decodable, Equatable {
    var latitude: Double
  }
  private struct Item: Decodable, Equatable {
    var price: Int64
  }
  private enum Colour: String, Decodable { case red, blue }
  private struct Body: Decodable {
    var name: String
    var count: Int?
    var place: Place?
    var items: [Item]?
    var colour: Colour?
    var note: PatchField<String>
  }

  private func decode(_ text: String) throws -> Body {
    try StrictJSON.decode(Body.self, from: ByteBuffer(string: text))
  }

  private func problem(_ text: String) -> Problem? {
    do {
      _ = try decode(text)
      return nil
    } catch {
      return error as? Problem
    }
  }

  @Test("known members are decoded at every level")
  func decodes() throws {
    let body = try decode(
      #" {"name":"a\u00e9\ud83c\udf57\n","count":2e1,"place":{"latitude":-37.5e0},"items":[{"price":1},{"price":2.0}],"colour":"blue"} "#
    )
    #expect(body.name == "aé🍗\n")
    #expect(body.count == 20)
    #expect(body.place == Place(latitude: -37.5))
    #expect(body.items == [Item(price: 1), Item(price: 2)])
    #expect(body.colour == .blue)
  }

  @Test("absent, null and a value are distinguished")
  func patchField() throws {
    #expect(try decode(#"{"name":"a"}"#).note == .absent)
    #expect(try decode(#"{"name":"a","note":null}"#).note == .null)
    #expect(try decode(#"{"name":"a","note":"x"}"#).note == .value("x"))
  }

  @Test(
    "malformed JSON is 400 with its position",
    arguments: [
      ("", "line 1, column 1"), ("{", "line 1, column 2"), ("{\n  \"name\": tru}", "line 2, column 11"),
      (#"{"name":"a",}"#, "column 13"), (#"{"name":"a" "count":1}"#, "column 13"), (#"{"name":"a"} x"#, "column 14"),
      (#"{"name":"\ud800"}"#, "a lone surrogate"), (#"{"name":"\ud800\u0041"}"#, "a lone surrogate"),
      (#"{"name":"\udc00"}"#, "a lone surrogate"), (#"{"name":"\x"}"#, "unknown escape"),
      ("{\"name\":\"a\nb\"}", "control character"),
      (#"{"name":"a","name":"b"}"#, "twice"), (#"{"count":NaN}"#, "expected a value"),
      (#"{"count":Infinity}"#, "expected a value"),
      (#"{"count":-}"#, "expected a digit"), (#"{"count":01}"#, "begin with 0"), (#"{"count":1.}"#, "expected a digit"),
      (#"{'name':1}"#, "expected a member name"), (#"{"name":"\u12"}"#, "four hexadecimal"), (#""a"#, "ends inside a string"),
      (String(repeating: "[", count: 100_000), "levels of nesting"),
      (#"{"a":"# + String(repeating: "[", count: 70), "levels of nesting"),
    ])
  func malformed(text: String, says: String) throws {
    let problem = try #require(self.problem(text))
    #expect(problem.status == .badRequest)
    #expect(problem.code == "malformed_json")
    #expect(problem.detail?.contains(says) == true, "\(problem.detail ?? "")")
  }

  @Test("text that is not UTF-8 is malformed", arguments: [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80]] as [[UInt8]])
  func notUTF8(bytes: [UInt8]) {
    let text = Array(#"{"name":""#.utf8) + bytes + Array(#""}"#.utf8)
    #expect(throws: Problem.self) { try StrictJSON.decode(Body.self, from: ByteBuffer(bytes: text)) }
  }

  @Test(
    "wrong types and missing members are 422 with a pointer",
    arguments: [
      ("[]", "", "must be an object, not an array"), ("null", "", "must be an object, not null"),
      ("{}", "/name", "is missing"), (#"{"name":1}"#, "/name", "must be a string, not a number"),
      (#"{"name":null}"#, "/name", "must be a string, not null"),
      (#"{"name":"a","count":"1"}"#, "/count", "must be an integer, not a string"),
      (#"{"name":"a","count":1.5}"#, "/count", "must be an integer, not a number"),
      (#"{"name":"a","count":1e400}"#, "/count", "is out of range"),
      (#"{"name":"a","count":9223372036854775808}"#, "/count", "is out of range"),
      (#"{"name":"a","count":1e30}"#, "/count", "is out of range"),
      (#"{"name":"a","place":{"latitude":1e999}}"#, "/place/latitude", "is too large a number"),
      (#"{"name":"a","items":[{"price":1},{"price":true}]}"#, "/items/1/price", "must be an integer, not a boolean"),
      (#"{"name":"a","items":[{}]}"#, "/items/0/price", "is missing"),
      (#"{"name":"a","colour":"green"}"#, "/colour", "is not one of the known values"),
      (#"{"name":"a\u0000b"}"#, "/name", "must not contain the character U+0000"),
    ])
  func invalid(text: String, pointer: String, detail: String) throws {
    let problem = try #require(self.problem(text))
    #expect(problem.status == .unprocessableContent)
    #expect(problem.code == "invalid_body")
    #expect(problem.errors == [.init(pointer: pointer, detail: detail)])
  }

  @Test("all unknown fields are reported, nested ones too, with escaped pointers")
  func unknown() throws {
    let problem = try #require(
      self.problem(#"{"name":"a","a/b~c":1,"place":{"latitude":1,"longitud":2},"items":[{"price":1,"x":{}}]}"#))
    #expect(problem.code == "invalid_body")
    #expect(
      Set(problem.errors.map(\.pointer)) == ["/a~1b~0c", "/place/longitud", "/items/0/x"])
    #expect(problem.errors.allSatisfy { $0.detail == "is not a known field" })
  }

  @Test("types of the contracts report their own errors")
  func contracts() throws {
    struct Priced: Decodable {
      let id: Identifier
      let price: Money
    }
    func errors(_ text: String) -> [FieldError] {
      let result = Result<Priced, any Error> { try StrictJSON.decode(Priced.self, from: ByteBuffer(string: text)) }
      guard case .failure(let error) = result else { return [] }
      return (error as? Problem)?.errors ?? []
    }
    let id = "01890a5d-ac96-774b-bcce-b302099a8057"
    #expect(errors(#"{"id":"\#(id)","price":{"amount":1,"currency":"KRW"}}"#) == [])
    #expect(errors(#"{"id":"7","price":{"amount":1,"currency":"KRW"}}"#) == [.init(pointer: "/id", detail: "is not a UUID")])
    #expect(errors(#"{"id":"\#(id)","price":{"amount":1,"currency":"USD"}}"#).map(\.pointer) == ["/price/currency"])
    #expect(errors(#"{"id":"\#(id)","price":{"amount":1,"currency":"KRW","tax":1}}"#).map(\.pointer) == ["/price/tax"])
  }

  @Test("an object of 100,000 members is parsed in linear time")
  func large() throws {
    let members = (0..<100_000).map { "\"m\($0)\":0" }.joined(separator: ",")
    let start = ContinuousClock.now
    _ = problem("{\(members)}")
    #expect(ContinuousClock.now - start < .seconds(5))
  }

  @Test("validation reports all errors at once")
  func validation() {
    var validation = Validation()
    validation.check(false, "/name", "must have 1 to 100 characters")
    validation.check(true, "/district", "never")
    #expect(validation.changed(PatchField<Int>.null, "/price") == nil)
    #expect(validation.changed(PatchField<Int>.value(3), "/price") == 3)
    #expect(
      throws: Problem.invalidBody([
        .init(pointer: "/name", detail: "must have 1 to 100 characters"), .init(pointer: "/price", detail: "must not be null"),
      ])
    ) { try validation.finish() }
  }

  @Test("written text can be parsed again", arguments: ["", "plain", "q\"b\\n\nt\tu\u{1}", "한글 🍗"])
  func written(text: String) throws {
    var json = JSONText()
    json.beginObject()
    json.add(text, text)
    json.add("n", 1)
    json.endObject()
    let read = try StrictJSON.decode([String: JSONScalar].self, from: json.buffer)
    #expect(read[text]?.text == text)
  }
}

private struct JSONScalar: Decodable {
  let text: String?
  init(from decoder: any Decoder) throws {
    text = try? decoder.singleValueContainer().decode(String.self)
  }
}

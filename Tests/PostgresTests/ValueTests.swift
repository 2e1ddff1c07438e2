import Postgres
import Testing

private struct Values: Equatable {
  var text: String? = "치킨 \"양념\" \\ 🍗\n"
  var number: Int64? = .min
  var flag: Bool? = true
  var real: Double? = 1.5e-300
  var json: [UInt8]? = Array(#"{"이름": "둘둘"}"#.utf8)
  var texts: [String]? = ["", "a,b", "\"", "\\", "{}", "NULL", "김밥"]
  var numbers: [Int64]? = [.max, 0, -1]
}

private struct RoundTrip: PostgresStatement {
  static let sql = """
    SELECT $1::text, $2::bigint, $3::bool, $4::float8, $5::json, $6::text[], $7::bigint[]
    """
  let values: Values

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(values.text)
    parameters.append(values.number)
    parameters.append(values.flag)
    parameters.append(values.real)
    parameters.append(values.json)
    parameters.append(values.texts)
    parameters.append(values.numbers)
  }

  static func decode(_ row: inout PostgresRow) throws -> Values {
    Values(
      text: try row.next(String?.self), number: try row.next(Int64?.self), flag: try row.next(Bool?.self),
      real: try row.next(Double?.self), json: try row.next([UInt8]?.self), texts: try row.next([String]?.self),
      numbers: try row.next([Int64]?.self))
  }
}

private struct TextAsNumber: PostgresStatement {
  static let sql = "SELECT $1::text AS price"
  let text: String?
  func bind(_ parameters: inout PostgresParameters) { parameters.append(text) }
  static func decode(_ row: inout PostgresRow) throws -> Int { try row.next() }
}

private struct OneColumnTooMany: PostgresStatement {
  static let sql = "SELECT 1"
  static func decode(_ row: inout PostgresRow) throws -> Int { try row.next(Int.self) + row.next(Int.self) }
}

@Suite struct ValueTests {
  @Test("Values of every type are read back unchanged")
  func roundTrip() async throws {
    let edges = Values(text: "", number: .max, flag: false, real: -.infinity, json: Array("[]".utf8), texts: [], numbers: [])
    let nulls = Values(text: nil, number: nil, flag: nil, real: nil, json: nil, texts: nil, numbers: nil)
    let long = Values(text: String(repeating: "떡볶이", count: 200_000))
    try await withClient { client, _, _ in
      for values in [Values(), edges, nulls, long] {
        let rows = try await client.execute(RoundTrip(values: values))
        #expect(rows == [values])
      }
    }
  }

  @Test(
    "NULL, another type, an overflow or a missing column is a decoding error",
    arguments: [nil, "abc", "", "9223372036854775808", "1.5"])
  func wrongShape(text: String?) async throws {
    try await withClient { client, _, _ in
      let error = try await postgresError { _ = try await client.execute(TextAsNumber(text: text)) }
      #expect(error.code == .decoding)
      #expect(error.message.contains("price"))
      let missing = try await postgresError { _ = try await client.execute(OneColumnTooMany()) }
      #expect(missing.code == .decoding)
      #expect(try await client.execute(TextAsNumber(text: "-42")) == [-42])
    }
  }

  @Test("Text with a NUL character is rejected, not truncated")
  func nulCharacter() async throws {
    try await withClient { client, _, _ in
      let error = try await postgresError { _ = try await client.execute(TextAsNumber(text: "1\u{0}2")) }
      #expect(error.code == .badParameter)
    }
  }
}

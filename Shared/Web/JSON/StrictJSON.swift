public import NIOCore

/// Decodes request bodies and nothing looser: every member must be one that the type asks for, at every level.
public enum StrictJSON {
  /// Decodes `bytes` as `type`.
  /// - Throws: ``Problem``: 400 `malformed_json` with the place, or 422 `invalid_body` with a JSON pointer for each wrong or unknown field.
  public static func decode<T: Decodable>(_ type: T.Type, from bytes: ByteBuffer) throws(Problem) -> T {
    let value: JSONValue
    do {
      value = try bytes.withUnsafeReadableBytes { bytes throws(JSONSyntaxError) in
        try JSONParser.parse(bytes.assumingMemoryBound(to: UInt8.self))
      }
    } catch {
      throw .malformedJSON(error.description)
    }
    let visits = JSONVisits()
    let decoded: T
    do {
      decoded = try JSONValueDecoder(value, visits: visits).decode(type)
    } catch let error as DecodingError {
      throw .invalidBody([fieldError(error)])
    } catch let problem as Problem {
      throw problem
    } catch {
      throw .invalidBody([.init(pointer: "", detail: "can't be read")])
    }
    let unknown = visits.unknownFields()
    guard unknown.isEmpty else { throw .invalidBody(unknown) }
    return decoded
  }

  private static func fieldError(_ error: DecodingError) -> Problem.FieldError {
    switch error {
    case .keyNotFound(let key, let context):
      .init(pointer: JSONVisits.pointer(context.codingPath + [key]), detail: "is missing")
    case .valueNotFound(_, let context), .typeMismatch(_, let context), .dataCorrupted(let context):
      .init(pointer: JSONVisits.pointer(context.codingPath), detail: context.debugDescription)
    @unknown default:
      .init(pointer: "", detail: "can't be read")
    }
  }
}

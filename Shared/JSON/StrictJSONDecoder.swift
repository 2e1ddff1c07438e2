public import NIOCore

/// Decodes documents and nothing looser: every member must be one that the type asks for, at every level.
public enum StrictJSONDecoder {
  /// Decodes `bytes` as `type`.
  /// - Throws: ``StrictJSONError``; whatever else the type's own decoding throws.
  public static func decode<T: Decodable>(_ type: T.Type, from bytes: ByteBuffer) throws -> T {
    let value: JSONValue
    do {
      value = try bytes.withUnsafeReadableBytes { bytes throws(JSONSyntaxError) in
        try JSONParser.parse(bytes.assumingMemoryBound(to: UInt8.self))
      }
    } catch {
      throw StrictJSONError.malformed(error.description)
    }
    let visits = JSONVisits()
    let decoded: T
    do {
      decoded = try JSONValueDecoder(value, visits: visits).decode(type)
    } catch let error as DecodingError {
      throw StrictJSONError.invalid([fieldError(error)])
    }
    let unknown = visits.unknownFields()
    guard unknown.isEmpty else { throw StrictJSONError.invalid(unknown) }
    return decoded
  }

  private static func fieldError(_ error: DecodingError) -> JSONFieldError {
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

/// What is wrong with a document.
public enum StrictJSONError: Error, Equatable {
  /// It is not JSON; says where.
  case malformed(String)
  /// It is JSON of another shape.
  case invalid([JSONFieldError])
}

/// What is wrong with one field of a document.
public struct JSONFieldError: Hashable, Sendable {
  /// A JSON pointer (RFC 6901).
  public let pointer: String
  public let detail: String

  public init(pointer: String, detail: String) {
    self.pointer = pointer
    self.detail = detail
  }
}

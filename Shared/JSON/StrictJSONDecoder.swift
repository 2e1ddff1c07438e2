public import Contracts
public import NIOCore

/// Decodes JSON strictly: at every level, a member that the type does not decode is an error.
public enum StrictJSONDecoder {
  /// Decodes `bytes` as `type`.
  /// - Throws: ``StrictJSONError``; any other error of the type's own decoding.
  public static func decode<T: Decodable>(_ type: T.Type, from bytes: ByteBuffer) throws -> T {
    let value: JSONValue
    do {
      value = try bytes.withUnsafeReadableBytes { bytes throws(JSONSyntaxError) in
        try JSONParser.parse(bytes.assumingMemoryBound(to: UInt8.self))
      }
    } catch {
      throw StrictJSONError.malformed(error.description)
    }
    let usage = JSONMemberUsage()
    let decoded: T
    do {
      decoded = try JSONValueDecoder(value, usage: usage).decode(type)
    } catch let error as DecodingError {
      throw StrictJSONError.invalid([fieldError(error)])
    }
    let unknown = usage.unknownFields()
    guard unknown.isEmpty else { throw StrictJSONError.invalid(unknown) }
    return decoded
  }

  private static func fieldError(_ error: DecodingError) -> FieldError {
    switch error {
    case .keyNotFound(let key, let context):
      .init(pointer: JSONMemberUsage.pointer(context.codingPath + [key]), detail: "is missing")
    case .valueNotFound(_, let context), .typeMismatch(_, let context), .dataCorrupted(let context):
      .init(pointer: JSONMemberUsage.pointer(context.codingPath), detail: context.debugDescription)
    @unknown default:
      .init(pointer: "", detail: "can't be read")
    }
  }
}

/// Why a document was rejected.
public enum StrictJSONError: Error, Equatable {
  /// It is not JSON; a description of the error and its position.
  case malformed(String)
  /// It is JSON, but does not match the type.
  case invalid([FieldError])
}

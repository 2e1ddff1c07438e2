import Contracts
import JSON
public import NIOCore

/// Decodes request bodies, strictly; see `StrictJSONDecoder`.
public enum StrictJSON {
  /// Decodes `bytes` as `type`.
  /// - Throws: ``Problem``: 400 `malformed_json` with the position, or 422 `invalid_body` with a JSON pointer for each invalid or
  /// unknown field.
  public static func decode<T: Decodable>(_ type: T.Type, from bytes: ByteBuffer) throws(Problem) -> T {
    do {
      return try StrictJSONDecoder.decode(type, from: bytes)
    } catch StrictJSONError.malformed(let reason) {
      throw .malformedJSON(reason)
    } catch StrictJSONError.invalid(let fields) {
      throw .invalidBody(fields)
    } catch let problem as Problem {
      throw problem
    } catch {
      throw .invalidBody([.init(pointer: "", detail: "can't be decoded")])
    }
  }
}

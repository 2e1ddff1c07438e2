import Web

/// The body of `POST /__paths__` and of `PATCH /__paths__/{id}`.
struct __Aggregate__Body: Decodable {
  let name: String

  /// - Throws: 422 `invalid_body`.
  func validated() throws -> String {
    if let violation = __Aggregate__Rules.violation(ofName: name) {
      throw Problem.invalidBody([.init(pointer: "/name", detail: violation)])
    }
    return name
  }
}

public import JSON

/// Collects everything that is wrong with a body, so that the client hears it at once.
///
/// ```swift
/// var validation = Validation()
/// validation.check((1...100).contains(body.name.count), "/name", "must have 1 to 100 characters")
/// try validation.finish()
/// ```
public struct Validation: Sendable {
  public private(set) var errors: [Problem.FieldError] = []

  public init() {}

  /// Notes an error at `pointer` unless the rule `holds`.
  public mutating func check(_ holds: Bool, _ pointer: String, _ detail: @autoclosure () -> String) {
    if !holds { refuse(pointer, detail()) }
  }

  /// Notes an error at `pointer`.
  public mutating func refuse(_ pointer: String, _ detail: String) {
    errors.append(.init(pointer: pointer, detail: detail))
  }

  /// The value of a field that may be left out but not taken away; notes an error for `null`.
  public mutating func changed<Value>(_ field: PatchField<Value>, _ pointer: String) -> Value? {
    if case .null = field { refuse(pointer, "must not be null") }
    return field.value
  }

  /// - Throws: 422 `invalid_body` with everything noted, if anything was.
  public func finish() throws(Problem) {
    if !errors.isEmpty { throw .invalidBody(errors) }
  }
}

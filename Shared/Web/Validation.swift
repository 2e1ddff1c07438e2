public import Contracts
public import JSON

/// Collects all errors in a body, so that the client gets them at once.
///
/// ```swift
/// var validation = Validation()
/// validation.check((1...100).contains(body.name.count), "/name", "must have 1 to 100 characters")
/// try validation.finish()
/// ```
public struct Validation: Sendable {
  public private(set) var errors: [FieldError] = []

  public init() {}

  /// Records an error at `pointer` unless the rule `holds`.
  public mutating func check(_ holds: Bool, _ pointer: String, _ detail: @autoclosure () -> String) {
    if !holds { refuse(pointer, detail()) }
  }

  /// Records the errors.
  public mutating func check(_ errors: [FieldError]) {
    self.errors += errors
  }

  /// Records the error, if there is one.
  public mutating func check(_ error: FieldError?) {
    if let error { errors.append(error) }
  }

  /// Records an error at `pointer`.
  public mutating func refuse(_ pointer: String, _ detail: String) {
    errors.append(FieldError(pointer: pointer, detail: detail))
  }

  /// The value of a field that may be omitted but not removed; records an error for `null`.
  public mutating func changed<Value>(_ field: PatchField<Value>, _ pointer: String) -> Value? {
    if case .null = field { refuse(pointer, "must not be null") }
    return field.value
  }

  /// - Throws: 422 `invalid_body` with all recorded errors, if there are any.
  public func finish() throws(Problem) {
    try Problem.check(errors)
  }
}

public import Web

extension RuntimeConfiguration {
  /// A length of time that may change.
  /// - Parameter onChange: called with each new value, for what can't read it at each use; must be quick and must not come back here.
  /// - Throws: `SettingsError` when the value at the start is none.
  public func duration(
    _ key: String, in range: ClosedRange<Duration>, onChange: @escaping @Sendable (Duration) -> Void = { _ in }
  ) throws(SettingsError) -> RuntimeValue<Duration> {
    let bounds = "\(Settings.text(range.lowerBound)) to \(Settings.text(range.upperBound))"
    return try declare(key, allowed: "a length of time such as 250ms, 30s or 10m, from \(bounds)", onChange: onChange) { text in
      Settings.duration(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// A whole number that may change; otherwise as ``duration(_:in:onChange:)``.
  public func integer(
    _ key: String, in range: ClosedRange<Int>, onChange: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws(SettingsError) -> RuntimeValue<Int> {
    try declare(key, allowed: "a number from \(range.lowerBound) to \(range.upperBound)", onChange: onChange) { text in
      Int(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// A switch; otherwise as ``duration(_:in:onChange:)``.
  public func bool(
    _ key: String, onChange: @escaping @Sendable (Bool) -> Void = { _ in }
  ) throws(SettingsError) -> RuntimeValue<Bool> {
    try declare(key, allowed: "true or false", onChange: onChange) { Bool($0) }
  }
}

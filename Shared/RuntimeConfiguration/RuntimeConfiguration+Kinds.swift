public import Web

extension RuntimeConfiguration {
  /// A duration that may change at run time.
  /// - Parameter onChange: called with each new value, for users that can't read it each time; must not block or use this object.
  /// - Throws: `SettingsError` when the initial value is invalid.
  public func duration(
    _ key: String, in range: ClosedRange<Duration>, onChange: @escaping @Sendable (Duration) -> Void = { _ in }
  ) throws(SettingsError) -> RuntimeValue<Duration> {
    let bounds = "\(Settings.text(range.lowerBound)) to \(Settings.text(range.upperBound))"
    return try declare(key, allowed: "a duration such as 250ms, 30s or 10m, from \(bounds)", onChange: onChange) { text in
      Settings.duration(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// An integer that may change at run time; otherwise as ``duration(_:in:onChange:)``.
  public func integer(
    _ key: String, in range: ClosedRange<Int>, onChange: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws(SettingsError) -> RuntimeValue<Int> {
    try declare(key, allowed: "a number from \(range.lowerBound) to \(range.upperBound)", onChange: onChange) { text in
      Int(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// A boolean that may change at run time; otherwise as ``duration(_:in:onChange:)``.
  public func bool(
    _ key: String, onChange: @escaping @Sendable (Bool) -> Void = { _ in }
  ) throws(SettingsError) -> RuntimeValue<Bool> {
    try declare(key, allowed: "true or false", onChange: onChange) { Bool($0) }
  }
}

import Synchronization

/// The current value of a run-time setting: read it each time it is used, and keep no copy.
public final class RuntimeValue<Value: Sendable>: Sendable {
  private let current: Mutex<Value>
  private let onChange: @Sendable (Value) -> Void

  init(_ value: Value, onChange: @escaping @Sendable (Value) -> Void) {
    current = Mutex(value)
    self.onChange = onChange
  }

  public var value: Value { current.withLock { $0 } }

  func set(_ value: Value) {
    current.withLock { $0 = value }
    onChange(value)
  }
}

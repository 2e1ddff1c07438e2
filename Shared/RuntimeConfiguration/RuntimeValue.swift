import Synchronization

/// A setting's value that operators may change while the service runs: read it at each use, and keep no copy.
public final class RuntimeValue<Value: Sendable>: Sendable {
  private let held: Mutex<Value>
  private let onChange: @Sendable (Value) -> Void

  init(_ value: Value, onChange: @escaping @Sendable (Value) -> Void) {
    held = Mutex(value)
    self.onChange = onChange
  }

  public var value: Value { held.withLock { $0 } }

  func set(_ value: Value) {
    held.withLock { $0 = value }
    onChange(value)
  }
}

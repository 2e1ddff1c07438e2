/// The id of a stream entry, `<milliseconds>-<counter>`, ordered as Redis orders it.
struct StreamID: Hashable, Comparable, CustomStringConvertible {
  let milliseconds: Int64
  let counter: Int64

  init(milliseconds: Int64, counter: Int64) {
    self.milliseconds = milliseconds
    self.counter = counter
  }

  init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let milliseconds = Int64(parts[0]), let counter = Int64(parts[1]) else { return nil }
    self.init(milliseconds: milliseconds, counter: counter)
  }

  var description: String { "\(milliseconds)-\(counter)" }

  static func < (left: StreamID, right: StreamID) -> Bool {
    (left.milliseconds, left.counter) < (right.milliseconds, right.counter)
  }
}

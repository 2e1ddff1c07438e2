/// The parameters of one statement, in text format in one buffer.
public struct PostgresParameters: Sendable {
  /// The values, each terminated by a NUL as libpq requires.
  private(set) var bytes: [UInt8] = []
  /// The offset of each value in ``bytes``; -1 for NULL.
  private(set) var offsets: [Int32] = []
  /// The number, from 1, of the first value that PostgreSQL's text format can't represent.
  private(set) var invalid: Int?

  public init() {}

  /// The number of parameters so far.
  public var count: Int { offsets.count }

  public mutating func append(_ value: String) {
    begin(capacity: value.utf8.count)
    let start = bytes.count
    bytes.append(contentsOf: value.utf8)
    end(checkedFrom: start)
  }

  /// UTF-8 text, such as a JSON document, unchanged.
  public mutating func append(_ value: [UInt8]) {
    begin(capacity: value.count)
    let start = bytes.count
    bytes.append(contentsOf: value)
    end(checkedFrom: start)
  }

  public mutating func append(_ value: Int64) {
    begin(capacity: 20)
    appendDecimal(value)
    bytes.append(0)
  }

  public mutating func append(_ value: Int) { append(Int64(value)) }

  public mutating func append(_ value: Bool) {
    begin(capacity: 1)
    bytes.append(UInt8(ascii: value ? "t" : "f"))
    bytes.append(0)
  }

  /// The shortest text that parses as the same number; also `NaN` and `Infinity`.
  public mutating func append(_ value: Double) {
    if value.isNaN {
      append("NaN")
    } else if value.isInfinite {
      append(value < 0 ? "-Infinity" : "Infinity")
    } else {
      append(value.description)
    }
  }

  /// A `text[]`.
  public mutating func append(_ values: [String]) {
    begin(capacity: values.reduce(2) { $0 + $1.utf8.count + 3 })
    let start = bytes.count
    appendArray(values) { parameters, value in
      parameters.bytes.append(UInt8(ascii: "\""))
      for byte in value.utf8 {
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { parameters.bytes.append(UInt8(ascii: "\\")) }
        parameters.bytes.append(byte)
      }
      parameters.bytes.append(UInt8(ascii: "\""))
    }
    end(checkedFrom: start)
  }

  /// A `bigint[]`.
  public mutating func append(_ values: [Int64]) {
    begin(capacity: values.count * 8 + 2)
    appendArray(values) { $0.appendDecimal($1) }
    bytes.append(0)
  }

  /// An enumeration's raw value.
  public mutating func append(_ choice: some RawRepresentable<String>) { append(choice.rawValue) }

  /// A `text[]` of raw values.
  public mutating func append(_ choices: [some RawRepresentable<String>]) { append(choices.map(\.rawValue)) }

  public mutating func appendNull() { offsets.append(-1) }

  public mutating func append(_ value: String?) { if let value { append(value) } else { appendNull() } }
  public mutating func append(_ value: [UInt8]?) { if let value { append(value) } else { appendNull() } }
  public mutating func append(_ value: Int64?) { if let value { append(value) } else { appendNull() } }
  public mutating func append(_ value: Int?) { if let value { append(value) } else { appendNull() } }
  public mutating func append(_ value: Bool?) { if let value { append(value) } else { appendNull() } }
  public mutating func append(_ value: Double?) { if let value { append(value) } else { appendNull() } }
  public mutating func append(_ values: [String]?) { if let values { append(values) } else { appendNull() } }
  public mutating func append(_ values: [Int64]?) { if let values { append(values) } else { appendNull() } }
  public mutating func append(_ choice: (some RawRepresentable<String>)?) { append(choice?.rawValue) }
  public mutating func append(_ choices: [some RawRepresentable<String>]?) { append(choices?.map(\.rawValue)) }

  private mutating func begin(capacity: Int) {
    if offsets.isEmpty {
      offsets.reserveCapacity(8)
      bytes.reserveCapacity(max(192, capacity + 1))
    }
    offsets.append(Int32(bytes.count))
  }

  /// Ends the value; a NUL inside it would silently truncate it.
  private mutating func end(checkedFrom start: Int) {
    if invalid == nil, bytes[start...].contains(0) { invalid = offsets.count }
    bytes.append(0)
  }

  private mutating func appendArray<Element>(
    _ values: [Element], _ appendElement: (inout PostgresParameters, Element) -> Void
  ) {
    bytes.append(UInt8(ascii: "{"))
    for (index, value) in values.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      appendElement(&self, value)
    }
    bytes.append(UInt8(ascii: "}"))
  }

  private mutating func appendDecimal(_ value: Int64) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    var rest = value.magnitude
    let start = bytes.count
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    bytes[start...].reverse()
  }
}

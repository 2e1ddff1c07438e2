public import Contracts

extension Event {
  /// The fields of a stream entry, in order: exactly these, and never any state of the subject.
  public var streamFields: [(name: String, value: String)] {
    [
      ("id", id.description), ("source", source), ("type", type.rawValue), ("subject", subject.description),
      ("time", time.rfc3339), ("sequence", String(sequence)), ("traceparent", traceparent ?? ""),
    ]
  }

  /// Reads a stream entry; unknown fields are ignored, as CloudEvents requires.
  ///
  /// - Throws: `MalformedEvent`, which names the first missing or invalid field.
  public init(streamFields fields: [String: String]) throws(MalformedEvent) {
    func field<Value>(_ name: String, _ read: (String) -> Value?) throws(MalformedEvent) -> Value {
      guard let text = fields[name] else { throw MalformedEvent(reason: "the field \(name) is missing") }
      guard let value = read(text) else { throw MalformedEvent(reason: "the field \(name) is invalid: \(text.prefix(80))") }
      return value
    }
    self.init(
      id: try field("id") { Identifier($0) },
      source: try field("source") { $0.hasPrefix("/") ? $0 : nil },
      type: try field("type") { $0.isEmpty ? nil : EventType(rawValue: $0) },
      subject: try field("subject") { Identifier($0) },
      time: try field("time") { Timestamp(rfc3339: $0) },
      sequence: try field("sequence") { Int64($0).flatMap { $0 > 0 ? $0 : nil } },
      traceparent: fields["traceparent"].flatMap { $0.isEmpty ? nil : $0 })
  }
}

/// A stream entry that is no event: it can never be handled, so it becomes a dead letter at once.
public struct MalformedEvent: Error, Hashable, Sendable {
  public let reason: String
}

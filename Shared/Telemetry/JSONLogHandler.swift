import Contracts
public import Logging

/// Writes one JSON object per line: `time`, `level`, `service`, `instance`, `label`, `message`, then the metadata and `error`.
///
/// Metadata with one of these names gets a trailing underscore, so that no name appears twice.
public struct JSONLogHandler: LogHandler {
  public var logLevel: Logger.Level = .info
  public var metadata: Logger.Metadata = [:]
  public var metadataProvider: Logger.MetadataProvider?

  private let fixed: [UInt8]
  private let write: @Sendable ([UInt8]) -> Void

  /// - Parameter write: receives a whole line with its newline; by default one `write(2)` to stderr.
  public init(
    service: String, instance: String, label: String, write: @escaping @Sendable ([UInt8]) -> Void = StandardError.write
  ) {
    var line = JSONLine(opening: false)
    line.add("service", service)
    line.add("instance", instance)
    line.add("label", label)
    self.fixed = line.bytes
    self.write = write
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    var line = JSONLine(opening: true)
    line.add("time", Timestamp.now().rfc3339)
    line.add("level", event.level.rawValue)
    line.append(members: fixed)
    line.add("message", event.message.description)
    var all = metadataProvider?.get() ?? [:]
    all.merge(metadata) { _, own in own }
    if let added = event.metadata { all.merge(added) { _, own in own } }
    for (key, value) in all.sorted(by: { $0.key < $1.key }) {
      line.add(Self.reserved.contains(key) ? key + "_" : key, value)
    }
    if let error = event.error { line.add("error", String(describing: error)) }
    write(line.finish())
  }

  private static let reserved: Set<String> = ["time", "level", "service", "instance", "label", "message"]
}

/// The OpenAPI document that a service serves: its own `openapi.yaml`, joined with what services share.
///
/// The line `x-includes` of the service's file names the shared parts that it has, beside `process.yaml`, which all have. Shared
/// components are added as far as something refers to them. A service may add to a shared operation, such as a response.
public struct OpenAPIDocument: Sendable {
  /// The shared operations that a service has because of what it is, each in a file of this name.
  enum Part: String {
    /// Its settings can change while it runs.
    case configuration
    /// It publishes events.
    case publisher
    /// It consumes events.
    case subscriber
    /// It keeps a read model of other services' data.
    case projector
  }

  /// The whole document, in YAML.
  public let text: String

  /// - Parameter own: the bytes of the service's own file.
  /// - Throws: if an unknown part is named, or something is defined twice.
  public init(own: [UInt8]) throws(OpenAPIError) {
    var document = YAMLMapping(Self.lines(own))
    let parts = try Self.parts(document.remove("x-includes"))
    var shared = SharedComponents()
    let common = [PackageResources.process_yaml, PackageResources.http_yaml, PackageResources.contracts_yaml]
    for bytes in common + parts.map(\.yaml) {
      var part = YAMLMapping(Self.lines(bytes))
      if let components = part.remove("components") { try shared.add(components) }
      try document.merge(part)
    }
    try shared.complete(&document)
    text = document.lines.joined(separator: "\n") + "\n"
  }

  private static func lines(_ bytes: [UInt8]) -> [Substring] {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// The parts that `x-includes: [configuration, publisher]` names.
  private static func parts(_ includes: YAMLMapping.Entry?) throws(OpenAPIError) -> [Part] {
    var parts: [Part] = []
    for name in includes?.line.split(whereSeparator: { " ,[]".contains($0) }).dropFirst() ?? [] {
      guard let part = Part(rawValue: String(name)) else {
        throw OpenAPIError("x-includes names \(name), which is no shared part")
      }
      parts.append(part)
    }
    return parts
  }
}

extension OpenAPIDocument.Part {
  fileprivate var yaml: [UInt8] {
    switch self {
    case .configuration: PackageResources.configuration_yaml
    case .publisher: PackageResources.publisher_yaml
    case .subscriber: PackageResources.subscriber_yaml
    case .projector: PackageResources.projector_yaml
    }
  }
}

/// A mistake in a service's `openapi.yaml` or in a shared part.
public struct OpenAPIError: Error, CustomStringConvertible {
  public let description: String

  init(_ reason: String) {
    description = "openapi.yaml: \(reason)"
  }
}

import JSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

enum CommandLineOptions {
  /// Values by key.
  static func read(_ arguments: [String], _ settings: [Setting]) throws(SettingsError) -> [String: String] {
    let keys = Dictionary(settings.map { ($0.optionName, $0.key) }, uniquingKeysWith: { first, _ in first })
    var values: [String: String] = [:]
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard argument.hasPrefix("--"), let key = keys[String(parts[0].dropFirst(2))] else {
        throw SettingsError(key: String(parts[0]), reason: "is not an option; --help lists them")
      }
      if parts.count == 2 {
        values[key] = String(parts[1])
      } else if let value = rest.popFirst() {
        values[key] = value
      } else {
        throw SettingsError(key: argument, reason: "needs a value")
      }
    }
    return values
  }
}

enum ConfigurationFile {
  /// The file's members by dotted key: strings unchanged, numbers and booleans as text.
  static func read(_ path: String) throws(SettingsError) -> [String: String] {
    guard let bytes = contents(path) else {
      throw SettingsError(key: "BAEDAL_CONFIG", reason: "names \(path), which can't be read")
    }
    let value: JSONValue
    do {
      value = try bytes.withUnsafeBufferPointer { bytes throws(JSONSyntaxError) in try JSONParser.parse(bytes) }
    } catch {
      throw SettingsError(key: "BAEDAL_CONFIG", reason: "names \(path), which is not JSON: \(error.description)")
    }
    guard case .object = value else {
      throw SettingsError(key: "BAEDAL_CONFIG", reason: "names \(path), which is not a JSON object")
    }
    var values: [String: String] = [:]
    flatten(value, "", into: &values)
    return values
  }

  private static func flatten(_ value: JSONValue, _ key: String, into values: inout [String: String]) {
    switch value {
    case .object(let members):
      for member in members { flatten(member.value, key.isEmpty ? member.name : "\(key).\(member.name)", into: &values) }
    case .string(let text), .number(let text): values[key] = text
    case .bool(let truth): values[key] = truth ? "true" : "false"
    case .null, .array: break
    }
  }

  private static func contents(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var all: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = fread(&part, 1, part.count, file)
      guard count > 0 else { return ferror(file) == 0 ? all : nil }
      all += part[..<count]
    }
  }
}
